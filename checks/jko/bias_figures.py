"""Entries of the figures of estimators: how far the JKO, explicit and trapezoid fits are off, against the spacing."""

from collections.abc import Mapping, Sequence
from typing import Final

from ...numerics.estimate import Estimate
from ...numerics.jko.conditions import Estimator
from ...theory.verdict import Json
from .orders import Series, draw_orders

NAMES: Final[Mapping[Estimator, str]] = {"jko": "JKO", "explicit": "explicit", "trapezoid": "trapezoid"}
"""What a reader is told for the name that fits give an estimator."""


def draw_parameters(
    taus: Sequence[float],
    fits: Mapping[str, Mapping[Estimator, Sequence[Estimate]]],
    leading: Mapping[str, Mapping[int, float]],
) -> dict[str, Json]:
    """Return the figure of fitted parameters of Gaussian snapshots, a panel for each, beside derived leading terms.

    **Arguments:** `fits` are estimates minus truth by parameter and estimator, one for each spacing; `leading` the
    coefficients of tau and tau^2 that the claim states for the JKO and the trapezoid estimator, by parameter.
    """
    panels = [
        {
            "title": parameter,
            "xlabel": r"spacing $\tau$",
            "xscale": "log",
            "series": [
                *(_points(NAMES[name], taus, biases) for name, biases in found.items()),
                *(_power(f"stated, order {order}", taus, abs(c), order) for order, c in leading[parameter].items()),
            ],
        }
        for parameter, found in fits.items()
    ]
    return {
        "kind": "panels",
        "ylabel": r"$|$estimate $-$ truth$|$",
        "yscale": "log",
        "panels": panels,
        "png": True,
        "caption": r"Bias of the three estimators against the spacing $\tau$ of two Gaussian snapshots of the "
        "diffusion, fitted without noise, on logarithmic scales. The JKO and the explicit estimator are off by nearly "
        "as much, to either side; the trapezoid's error falls by two decades where theirs falls by one. Lines are the "
        "leading terms that are stated.",
        "alt": "Two panels, for the stiffness and for the diffusivity. In each, circles and squares nearly coincide "
        "along a line of slope 1; triangles lie far below them along a line of slope 2.",
    }


def draw_estimators(found: Mapping[Estimator, Series]) -> dict[str, Json]:
    """Return the figure of the distance between fitted and true coefficients, a panel for each estimator.

    Titles say which order each shows.
    """
    titled = {}
    for name, series in found.items():
        order = series.observed_order()
        titled[rf"{NAMES[name]}: order ${order.value:.2f} \pm {max(order.error, 0.01):.2f}$"] = series
    return {
        **draw_orders(titled),
        "ylabel": "distance to the truth",
        "caption": r"Distance of the fitted coefficients of $V = x^4/4 - x^2/2$ and $\beta = 2/5$ to the true ones, "
        r"against the spacing $\tau$ of two noise-free snapshots of the Fokker-Planck flow, with the orders that they "
        r"show as $\tau \to 0$. The JKO and the explicit estimator are off by the first order, and equally far; "
        "averaging the condition over old and new points leaves the second.",
        "alt": "Three panels with two logarithmic axes. The points of the JKO and of the explicit estimator fall along "
        "the same line of slope 1; those of the trapezoid lie a hundred times lower or more, along a line of slope 2.",
    }


def _points(label: str, taus: Sequence[float], biases: Sequence[Estimate]) -> dict[str, Json]:
    """Return the lengths of biases, with their errors; those that drown in it are left out."""
    seen = [(tau, bias) for tau, bias in zip(taus, biases, strict=True) if abs(bias.value) > bias.error]
    return {
        "label": label,
        "style": "points",
        "x": [tau for tau, _ in seen],
        "y": [abs(bias.value) for _, bias in seen],
        "lower": [abs(bias.value) - bias.error for _, bias in seen],
        "upper": [abs(bias.value) + bias.error for _, bias in seen],
    }


def _power(label: str, taus: Sequence[float], coefficient: float, order: int) -> dict[str, Json]:
    """Return c tau^order between the first and the last spacing."""
    ends = [taus[0], taus[-1]]
    return {"label": label, "style": "reference", "x": ends, "y": [coefficient * tau**order for tau in ends]}
