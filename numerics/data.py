"""Real data that every installation has: the 8 x 8 handwritten digits that come with scikit-learn.

References: [alpaydin1998]; test set of the "Optical Recognition of Handwritten Digits" data.
"""

from functools import cache

import numpy as np
from jaxtyping import Float

from .measures import DiscreteMeasure


@cache
def _load() -> DiscreteMeasure:
    """Load the digits, centre them, normalise them, and protect them against being written to."""
    # scikit-learn takes a second to import, and few checks look at the digits.
    from sklearn.datasets import load_digits

    pixels = load_digits().data.astype(np.float64)
    measure = DiscreteMeasure(pixels - pixels.mean(axis=0)).normalised()
    measure.atoms.flags.writeable = False
    return measure


def digits() -> Float[np.ndarray, "1797 64"]:
    """Return the 1797 digits in d = 64, centred pixel by pixel and scaled by one factor so that E|X|^2 = d."""
    return _load().atoms
