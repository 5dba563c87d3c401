"""The Brenier map is the gradient of a convex function, monotone, and carries the normal law to the data."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.monge_ampere.brenier import brenier_map

TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]], [0.2, 0.3, 0.5])


@given(st.integers(0, 2**31))
def test_it_is_monotone_and_the_gradient_of_its_potential(seed: int) -> None:
    rng = np.random.default_rng(seed)
    transport = brenier_map(DiscreteMeasure(rng.normal(size=(4, 2)), rng.dirichlet(np.full(4, 3.0))))
    x, z = rng.normal(size=(2, 20, 2))
    images = transport(x)
    assert (((x - z) * (images - transport(z))).sum(axis=1) >= -1e-12).all()
    # A subgradient lies under the potential everywhere, which also makes the potential convex.
    below = transport.potential(x) + ((z - x) * images).sum(axis=1)
    assert (transport.potential(z) >= below - 1e-12).all()


def test_images_have_the_law_of_the_data() -> None:
    transport, count = brenier_map(TRIANGLE), 100_000
    images = transport(np.random.default_rng(0).normal(size=(count, 2)))
    for atom, weight in zip(TRIANGLE.atoms, TRIANGLE.weights, strict=True):
        share = (images == atom).all(axis=1).mean()
        # Five standard deviations of a share.
        assert abs(share - weight) <= 5 * np.sqrt(weight * (1 - weight) / count)


def test_close_to_the_data_the_nearest_atom_wins() -> None:
    transport = brenier_map(TRIANGLE, horizon=1e-3)
    np.testing.assert_array_equal(transport(TRIANGLE.atoms + 0.01), TRIANGLE.atoms)
