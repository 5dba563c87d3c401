"""The floor of the energy at the sizes of known training sets: what a path that looks at the data can save at most.

A training set of n samples in dimension d has entropy rate L = log(n)/d at most. That the floor is not idle shows a
data set of the same entropy rate: a hypercube on a fraction k = L/log 2 of the dimensions, whose coordinates are
-1/sqrt k or 1/sqrt k. By its product form its error is v(s) = v_2(s/sqrt k), with v_2 that of two points.
"""

import math
from collections.abc import Mapping
from functools import cache

import flint
import numpy as np
from sympy import Expr, Integer, log

from ...numerics.estimate import Estimate
from ...numerics.kinetic_optimal import Separation, kinetic_optimal_path
from ...theory.deciding.balls import enclose_over
from ...theory.kinetic_optimal.energy_bounds import derive_integral_ceiling
from ...theory.kinetic_optimal.notation import entropy_rate
from ...theory.verdict import Json
from ..builders import Check, Formula
from ..comparison import compare_at_most, weigh
from ..evidence import Evidence, Kind, make_table
from ..trial import Run
from .separations import GRID, two_points

SIZES: Mapping[str, tuple[int, int]] = {
    "MNIST": (60_000, 784),
    "CIFAR-10": (50_000, 3_072),
    "ImageNet-64": (1_281_167, 12_288),
}
"""Number of samples and dimension of known training sets."""

DIGITS, PRECISION = 4, 128
"""Decimals that are printed, and bits that they are computed with."""

NOTE = (
    "Whatever the data look like, a path that is fitted to so few samples per dimension saves no more of Cond-OT's "
    "energy than the share given: Cond-OT spends at most 2, and every path at least the floor. The last column is the "
    r"optimal energy of one data set of the same entropy per dimension, a hypercube on a share $\log(n)/(d \log 2)$ of "
    "the dimensions: it lies between the two, so the floor says something of data that exist."
)


def rate_of(size: tuple[int, int]) -> Expr:
    """Return log(n)/d, exactly."""
    count, dimension = size
    return log(Integer(count)) / dimension


def print_decimals(expression: Expr, digits: int = DIGITS) -> str:
    """Return an exact positive number to so many decimals, each certain.

    **Raises:** `ValueError` where 128 bits do not tell how to round, as for a number half-way between two decimals.
    """
    with flint.ctx.workprec(PRECISION):
        ball = enclose_over(expression, {}, precision=PRECISION).real
        rounded = (ball * 10**digits + flint.arb(1) / 2).floor().unique_fmpz()
    if rounded is None:
        raise ValueError(f"{expression} cannot be rounded to {digits} decimals at {PRECISION} bits")
    whole, decimals = divmod(int(rounded), 10**digits)
    return f"{whole}.{decimals:0{digits}d}"


@cache
def hypercube_energy(rate: float) -> Estimate:
    """Compute the optimal energy of the hypercube on a fraction of the dimensions that has this entropy rate."""
    root = math.sqrt(rate / math.log(2))
    pair = two_points()
    assert pair.error_function is not None
    assert pair.h_squared_uncertainty is not None
    error, doubt = pair.error_function, pair.h_squared_uncertainty
    # h^2 = 1 - (1 + s^2) v, and 1 + s^2 <= 1 + s^2/k: the error of h^2 is no larger than that of the pair's.
    accuracy = float(np.max(doubt(GRID)))
    curve = Separation.from_function(None, GRID * root, error=lambda s: error(np.asarray(s) / root), accuracy=accuracy)
    return kinetic_optimal_path(curve).energy_estimate


def _check_sizes(formula: Formula, run: Run) -> Evidence:
    """Compare the claimed floor with the optimal energy of data of the same entropy rate, size by size."""
    claimed: Expr = formula()
    comparisons, rows = [], []
    for name, size in SIZES.items():
        if run.at is not None and run.at.data.get("size") != name:
            continue
        rate = rate_of(size)
        floor, energy = claimed.subs(entropy_rate, rate), hypercube_energy(float(rate))
        at = {"size": name}
        comparisons.append(compare_at_most(float(floor), energy.value, energy.error + 1e-12, point=at, data=at))
        rows.append(_row(name, size, floor, energy))
    columns = [
        *("", "$n$", "$d$", r"$\log(n)/d$", "floor of every path", "Cond-OT at least", "Cond-OT at most"),
        *("most that can be saved", "optimum at this entropy"),
    ]
    return weigh(
        comparisons,
        run,
        check="training sets",
        kind=Kind.NUMERIC,
        method="floor in ball arithmetic, every digit certain; closed-form path of a hypercube on some dimensions",
        instance="hypercubes with the entropy per dimension of MNIST, CIFAR-10 and ImageNet-64",
        tables=[make_table("What no Gaussian path goes below, by size of the training set", columns, rows, NOTE)],
    )


def _row(name: str, size: tuple[int, int], floor: Expr, energy: Estimate) -> list[Json]:
    rate = rate_of(size)
    integral = derive_integral_ceiling().conclusion.right.subs(entropy_rate, rate)
    return [
        *(name, size[0], size[1], print_decimals(rate), print_decimals(floor)),
        *(print_decimals(2 - integral), "2", f"{print_decimals(100 - 50 * floor, digits=1)} %"),
        f"{energy.value:.{DIGITS}f}",
    ]


training_sets = Check("training sets", Kind.NUMERIC, _check_sizes)
"""The floor's table, and that the floor is below what data of the same entropy need."""
