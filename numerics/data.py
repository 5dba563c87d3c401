"""Real data that every installation has: scikit-learn's 8 x 8 handwritten digits and patches of its two photographs.

References: [alpaydin1998], test set of the "Optical Recognition of Handwritten Digits" data; for the photographs,
`sklearn.datasets.load_sample_images`.
"""

from functools import cache

import numpy as np
from jaxtyping import Float

from .data_set import DataSet
from .measures import DiscreteMeasure

PATCH_SIDE = 32
PATCH_STRIDE = 10
"""Pixels between neighbouring patches: of the strides with at least 4096 patches, the one that overlaps least."""


@cache
def _load_digits() -> DiscreteMeasure:
    """Load the digits, centre them, normalise them, and protect them against being written to."""
    # scikit-learn takes a second to import, and few checks look at the data.
    from sklearn.datasets import load_digits

    pixels = load_digits().data.astype(np.float64)
    measure = DiscreteMeasure(pixels - pixels.mean(axis=0)).normalised()
    measure.atoms.flags.writeable = False
    return measure


def digits() -> Float[np.ndarray, "1797 64"]:
    """Return the 1797 digits in d = 64, centred pixel by pixel and scaled by one factor so that E|X|^2 = d."""
    return _load_digits().atoms


@cache
def photograph_patches() -> DataSet:
    """Return 4880 patches of 32 x 32 pixels in three colours, d = 3072, centred and scaled as the digits are.

    They lie on a regular grid over the two photographs of 427 x 640 pixels, 2440 on each, left to right and top to
    bottom; neighbours overlap. All are different, so that H(X) = log 4880. Rows stay in 8 bits, 15 MB. Where another
    JPEG library decodes the photographs, single pixels may differ by a step or two.
    """
    from sklearn.datasets import load_sample_images

    windows = [
        np.lib.stride_tricks.sliding_window_view(photograph, (PATCH_SIDE, PATCH_SIDE), axis=(0, 1))
        for photograph in load_sample_images().images
    ]
    # A window's pixels come last and its colours before them: the order here is that of an image in memory.
    patches = np.concatenate(
        [
            window[::PATCH_STRIDE, ::PATCH_STRIDE].transpose(0, 1, 3, 4, 2).reshape(-1, 3 * PATCH_SIDE**2)
            for window in windows
        ]
    )
    patches.flags.writeable = False
    description = f"{len(patches)} images of {PATCH_SIDE} x {PATCH_SIDE} x 3, flattened ({patches.dtype})"
    return DataSet(patches, description=description).normalised()
