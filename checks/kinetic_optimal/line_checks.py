"""Comparisons on measures on the line, where every quantity of the Gaussian channel is a quadrature.

The numbers carry errors near 1e-13, so these checks resolve changes of a formula that no sampling could.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from ...numerics.kinetic_optimal.scalar_channel import ScalarChannel, solve_scalar_channel
from ..builders import Check, property
from ..comparison import Comparison, compare_at_most, compare_equal
from ..trial import Effort, Run
from .data_sets import CloudData, LineData, decode_line, encode_data, line_data

NODES = 24
"""Gauss-Legendre nodes of an integral over gamma: doubled for its error."""

PATH_EXAMPLES = {Effort.QUICK: 2, Effort.STANDARD: 25, Effort.DEEP: 250}
"""Examples of a check that computes a whole path for each: hundreds of channels."""

PATH_SPAN = 4
"""Span of the atoms there: clusters at many scales need an interpolant with tens of thousands of nodes."""

EXACT = "quadrature of the scalar channel (trapezoidal rule, error from twice the step)"


def number(expression: Expr, values: dict[Symbol, float]) -> float:
    """Evaluate a claimed expression at numbers."""
    return float(expression.subs(values))


def at_signal(data: LineData, s: Any) -> ScalarChannel:
    """Solve the channel of the drawn measure at one or several s."""
    return solve_scalar_channel(data.atoms, data.weights, s)


def line_property(
    compare: Callable[[Any, LineData, Run], Comparison],
    name: str,
    *,
    low: float = 1 / 64,
    high: float = 8.0,
    paths: bool = False,
    first: Sequence[LineData] = (),
) -> Check:
    """Build a property check over drawn measures on the line; with `paths`, over fewer and without tight clusters."""
    return property(
        lambda: line_data(low, high, span=PATH_SPAN if paths else 40),
        compare,
        encode=encode_data,
        decode=decode_line,
        method=f"Hypothesis over measures on the line; {EXACT}",
        name=name,
        examples=PATH_EXAMPLES if paths else None,
        shrink=not paths,
        first=first,
    )


def integrate_over_gamma(
    data: LineData, low: float, high: float, integrand: Callable[[ScalarChannel], np.ndarray[Any, Any]]
) -> tuple[float, float]:
    """Integrate a channel quantity over gamma = s^2 from `low` to `high`: value and error.

    The error is the difference between two Gauss-Legendre rules plus the error of the integrand.
    """
    values = []
    worst = 0.0
    for nodes in (NODES, 2 * NODES):
        points, weights = np.polynomial.legendre.leggauss(nodes)
        gamma = low + (high - low) * (points + 1) / 2
        channel = at_signal(data, np.sqrt(gamma))
        values.append((high - low) / 2 * float(weights @ integrand(channel)))
        worst = max(worst, float(channel.error.max()))
    return values[1], abs(values[1] - values[0]) + (high - low) * worst


def integrate_error(data: LineData) -> tuple[float, float]:
    """Integrate v over all s, the number J: value and error.

    In theta = arctan s, by two Gauss-Legendre rules, up to where s times the smallest gap between atoms is 20; what is
    beyond is below exp(-50).
    """
    gap = float(np.diff(np.unique(data.atoms[data.weights > 0])).min(initial=20.0))
    last = math.atan(20.0 / gap)
    values = []
    worst = 0.0
    for nodes in (2 * NODES, 4 * NODES):
        points, weights = np.polynomial.legendre.leggauss(nodes)
        s = np.tan(last * (points + 1) / 2)
        channel = at_signal(data, s)
        values.append(last / 2 * float(weights @ (channel.mmse * (1 + s**2))))
        worst = max(worst, float((channel.error * (1 + s**2)).max()))
    return values[1], abs(values[1] - values[0]) + last * worst + 1e-15


def compare_bound(left: float, right: float, error: float, data: LineData | CloudData) -> Comparison:
    """Compare `left <= right` on a drawn measure, with the measure's s in the witness."""
    return compare_at_most(left, right, error, point={"s": repr(data.s), "data": "see example"})


def compare_rate(difference: float, integral: float, error: float, data: LineData) -> Comparison:
    """Compare a difference with the integral of its claimed derivative."""
    return compare_equal(difference, integral, error, point={"s": repr(data.s), "data": "see example"})
