"""Particles: explicit data to the bit, laws in closed form, strong orders, and interactions summed again by hand."""

from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pytest
import sympy as sp
from scipy.stats import chi2, norm

from lemmata.numerics.compile import compile_expression
from lemmata.numerics.jko import Energy, Forces, GaussianLaw, QuadraticEnergy, gaussian_diffusion, simulate
from lemmata.numerics.solve import SolveFailed
from lemmata.theory.jko.potentials import potential_gradient

v = sp.symbols("v1:3", real=True)
START = np.random.default_rng(0).uniform(-4, 4, (64, 2))
HILL = Energy(v, v[0] ** 4 / 4 + sp.cos(v[0] * v[1]) + v[1] ** 2, diffusivity=0.3)


@pytest.mark.parametrize("name", ["styblinski_tang", "holder_table", "rotational"])
def test_without_noise_euler_steps_are_explicit_data(name: str) -> None:
    found = simulate(Energy.of_test_potential(name, 2), START, dt=0.01, steps=2, key=0)
    slope = compile_expression(potential_gradient(name, v), v)
    for before, after in pairwise(found.snapshots):
        expected = before - 0.01 * np.asarray(slope(before[:, 0], before[:, 1]))
        assert np.abs(after - expected).max() <= 1e-13 * (1 + np.abs(expected).max())
    assert found.times.tolist() == [0.0, 0.01, 0.02]
    assert np.array_equal(found.snapshots[0], START)


def test_the_sample_has_the_law_of_the_diffusion() -> None:
    energy = Energy(v, (v[0] ** 2 + 2 * v[1] ** 2) / 2 - v[0], diffusivity=0.5)
    rng, count = np.random.default_rng(1), 4000
    law = GaussianLaw(np.array([0.5, -1.0]), np.array([[0.4, 0.1], [0.1, 0.2]]))
    start = rng.multivariate_normal(law.mean, law.covariance, count)
    found = simulate(energy, start, dt=0.2, steps=3, key=7, substeps=4, scheme="sra1")
    closed = QuadraticEnergy.of(np.diag([1.0, 2.0]), slope=[-1.0, 0.0], diffusivity=0.5)
    for time, snapshot, error in zip(found.times, found.snapshots, found.error, strict=True):
        exact = gaussian_diffusion(law, closed, float(time))
        for i in range(2):
            deviation = float(np.sqrt(exact.covariance[i, i]))
            # Exact for a normal sample, at a false alarm of 1e-6 each; the scheme's error comes on top.
            reach = norm.isf(5e-7) * deviation / np.sqrt(count)
            assert abs(snapshot[:, i].mean() - exact.mean[i]) <= reach + error
            spread = snapshot[:, i].std(ddof=1)
            low, high = np.sqrt(chi2.ppf([5e-7, 1 - 5e-7], count - 1) / (count - 1)) * deviation
            assert low - error <= spread <= high + error
    assert 0 < found.error[-1] < 2e-3


@pytest.mark.parametrize(("scheme", "order"), [("euler", 1.0), ("sra1", 1.5)])
def test_errors_shrink_with_the_strong_order(scheme: Literal["euler", "sra1"], order: float) -> None:
    start = START / 4
    runs = {
        count: simulate(HILL, start, dt=0.25, steps=1, key=3, substeps=count, scheme=scheme) for count in (4, 16, 64)
    }
    errors = [runs[count].error[-1] for count in (4, 16, 64)]
    for coarse, fine in pairwise(errors):
        assert np.log(coarse / fine) / np.log(4) > order - 0.2
    if scheme == "euler":
        assert np.log(errors[0] / errors[-1]) / np.log(16) == pytest.approx(1, abs=0.2)


def test_the_error_is_that_of_the_path_with_the_same_noise() -> None:
    # The halved steps of one run are the steps of the other, on a tree of the same resolution.
    rough = simulate(HILL, START / 4, dt=0.25, steps=1, key=3, substeps=8)
    other = simulate(HILL, START / 4, dt=0.25, steps=1, key=4, substeps=8)
    again = simulate(HILL, START / 4, dt=0.25, steps=1, key=3, substeps=8)
    assert np.array_equal(rough.snapshots, again.snapshots)
    assert np.abs(rough.snapshots[1] - other.snapshots[1]).max() > 0.1
    exact = Energy(v, (v[0] ** 2 + v[1] ** 2) / 2)
    found = simulate(exact, START, dt=0.5, steps=2, key=0, substeps=8)
    apart = np.sqrt(((found.snapshots[2] - np.exp(-1.0) * START) ** 2).sum(axis=1).mean())
    assert found.error[2] == pytest.approx(apart, rel=0.1)


def test_every_particle_acts_on_every_other_by_the_even_part() -> None:
    pull = sp.exp(-(v[0] ** 2 + v[1] ** 2)) + v[0] ** 4
    energy = Energy(v, v[0] ** 2, pull + v[0] ** 3 + v[1])
    found = simulate(energy, START / 4, dt=0.05, steps=1, key=0)
    x = START / 4
    apart = x[:, None] - x
    bell = -2 * apart * np.exp(-(apart**2).sum(axis=-1, keepdims=True))
    bell[..., 0] += 4 * apart[..., 0] ** 3
    force = bell.mean(axis=1) + np.stack([2 * x[:, 0], np.zeros(len(x))], axis=1)
    assert np.abs(found.snapshots[1] - (x - 0.05 * force)).max() < 1e-14


def test_a_singular_interaction_does_not_act_on_its_own_particle() -> None:
    distance = sp.sqrt(v[0] ** 2 + v[1] ** 2)
    found = simulate(Energy(v, sp.S.Zero, distance), [[0.0, 0.0], [3.0, 4.0]], dt=0.5, steps=1, key=0)
    assert found.snapshots[1] == pytest.approx(np.array([[0.15, 0.2], [2.85, 3.8]]), abs=1e-14)


def test_forces_may_come_from_elsewhere() -> None:
    forces = Forces(lambda points: 2.0 * points, None, 0.0)
    found = simulate(forces, START, dt=0.1, steps=1, key=0)
    assert found.snapshots[1] == pytest.approx(0.8 * START, rel=1e-14)
    with pytest.raises(ValueError, match="diffusivity"):
        Forces(lambda points: points, None, -1.0)


def test_particles_that_escape_are_no_result() -> None:
    with pytest.raises(SolveFailed, match="left the range of finite numbers"):
        simulate(Energy(v, -(v[0] ** 4)), 1e3 * START, dt=1.0, steps=12, key=0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x0": np.zeros((3, 1))}, r"one of R\^2, the particles are in R\^1"),
        ({"x0": np.zeros(3)}, "finite array"),
        ({"x0": [[np.nan, 0.0]]}, "finite array"),
        ({"dt": 0.0}, "dt > 0"),
        ({"steps": -1}, "dt > 0"),
        ({"substeps": 0}, "dt > 0"),
        ({"energy": Energy(v, diffusivity=1.0, exponent=2.0)}, "entropy alone"),
    ],
)
def test_malformed_requests_are_refused(changed: dict[str, Any], message: str) -> None:
    request: dict[str, Any] = {"energy": HILL, "x0": START, "dt": 0.1, "steps": 1, "key": 0} | changed
    with pytest.raises(ValueError, match=message):
        simulate(request.pop("energy"), request.pop("x0"), **request)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"coordinates": ()}, "distinct real symbols"),
        ({"coordinates": sp.symbols("a b")}, "distinct real symbols"),
        ({"coordinates": v, "potential": sp.Symbol("w")}, "not on w"),
        ({"coordinates": v, "gradient": (v[0],)}, "needs 2 entries"),
        ({"coordinates": v, "diffusivity": -1.0}, "beta >= 0"),
        ({"coordinates": v, "exponent": 0.5}, "p >= 1"),
    ],
)
def test_malformed_energies_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Energy(**arguments)
