"""The data separation function on a grid of s, with its errors, from samples or from a formula.

For data X with E|X|^2 = d and Y = s X + eps: `lambda(s) = E|E[X | Y]|^2/d = 1 - v(s)`, v = mmse/d, and
`h^2(s) = 1 - (1 + s^2) v(s)`, which lies in [0, 1] and is what the kinetic-optimal path is made of. All dimensionless.

References: [shaul2023, abstract, (i)], with lambda identified as E|E[X1 | X]|^2/d.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..measures import Numbers

FORMULA_ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Rounding error of a formula's value: a few operations of order 1."""

Curve = Callable[[Float[np.ndarray, " m"]], Numbers]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Separation:
    """The separation function on a grid of s, with errors; a formula is kept in `error_function`.

    All arrays run over `s`, which increases. `h_squared_interval` holds for all s together, except with probability
    `false_alarm`, and uses no theorem but 0 <= lambda <= 1. `error_ceiling` is a deterministic bound on v (infinite
    where it was not computed); `proved_interval` is where both meet, with the proved `h^2 >= 0`.

    `term_covariance` and `term_width` are those of one query's terms of h^2; the interval includes `rounding`, which is
    what rounding moves their mean by at most. `tail_information` bounds int s v ds beyond the last s (infinite if not
    computed). `at_zero` is lambda(0) = |E X|^2/d, exact; `method` names the form used at each s. `n`, `d` and
    `num_queries` are 0 for a formula, and only for a formula are `error_function`, v as a function of s, and
    `h_squared_uncertainty`, the error with which it gives h^2, there.
    """

    s: Float[np.ndarray, " m"]
    h_squared: Float[np.ndarray, " m"]
    h_squared_interval: tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]
    term_covariance: Float[np.ndarray, "m m"]
    term_width: Float[np.ndarray, " m"]
    rounding: Float[np.ndarray, " m"]
    error_ceiling: Float[np.ndarray, " m"]
    tail_information: float
    at_zero: float
    method: tuple[str, ...]
    num_queries: int
    n: int
    d: int
    false_alarm: float
    error_function: Curve | None = None
    h_squared_uncertainty: Curve | None = None

    @property
    def mean(self) -> Float[np.ndarray, " m"]:
        """The estimate of lambda at each s."""
        return 1 - self.error

    @property
    def error(self) -> Float[np.ndarray, " m"]:
        """The estimate of v = 1 - lambda at each s."""
        return (1 - self.h_squared) / (1 + self.s**2)

    @property
    def h_squared_standard_error(self) -> Float[np.ndarray, " m"]:
        """The standard error of the estimate of h^2."""
        return np.sqrt(np.diag(self.term_covariance) / max(self.num_queries, 1))

    @property
    def standard_error(self) -> Float[np.ndarray, " m"]:
        """The standard error of the estimate of lambda."""
        return self.h_squared_standard_error / (1 + self.s**2)

    @property
    def interval(self) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        """Lower and upper ends of the interval of lambda: that of h^2, carried over."""
        lower, upper = (1 - (1 - end) / (1 + self.s**2) for end in self.h_squared_interval)
        return lower, upper

    @property
    def proved_interval(self) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        """Lower and upper ends of the interval of h^2, narrowed by `h^2 >= 0` and the overlap ceiling."""
        lower, upper = self.h_squared_interval
        return np.maximum(np.maximum(lower, 0.0), 1 - (1 + self.s**2) * self.error_ceiling), upper

    @staticmethod
    def from_function(
        separation: Curve | None, s: Numbers, *, error: Curve | None = None, accuracy: float = 0.0
    ) -> "Separation":
        """Take the separation function from a formula.

        **Arguments:** either `separation` maps an array of s >= 0 to lambda, or `error` maps it to v = 1 - lambda,
        which keeps the digits that `1 - lambda` loses at large s; `accuracy` bounds the error of h^2 beside rounding.

        **Raises:** `ValueError` if both or none is given, s does not increase, or a value of h^2 is outside [0, 1] by
        more than its error.
        """
        if separation is not None and error is None:
            v, lost = _complement(separation), 1.0
        elif separation is None and error is not None:
            v, lost = error, 0.0
        else:
            raise ValueError("give a formula either for lambda or for v = 1 - lambda")

        def uncertainty(signal: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
            return accuracy + FORMULA_ROUNDING * (1 + lost * signal**2)

        grid = checked_grid(s)
        h_squared = 1 - (1 + grid**2) * np.asarray(v(grid), np.float64)
        doubt = uncertainty(grid)
        if not ((h_squared >= -doubt) & (h_squared <= 1 + doubt)).all():
            worst = int(np.argmax(np.abs(h_squared - 0.5) - doubt))
            raise ValueError(f"not a separation function: h^2 = {h_squared[worst]:.6g} at s = {grid[worst]:.6g}")
        zeros = np.zeros_like(grid)
        return Separation(
            s=grid,
            h_squared=h_squared,
            h_squared_interval=(h_squared - doubt, h_squared + doubt),
            term_covariance=np.zeros((len(grid), len(grid))),
            term_width=zeros,
            rounding=zeros,
            error_ceiling=np.full(len(grid), np.inf),
            tail_information=np.inf,
            at_zero=float(1 - np.asarray(v(np.zeros(1)))[0]),
            method=("formula",) * len(grid),
            num_queries=0,
            n=0,
            d=0,
            false_alarm=0.0,
            error_function=v,
            h_squared_uncertainty=uncertainty,
        )


def angular_grid(num: int = 32) -> Float[np.ndarray, " num"]:
    """Return `num` values of s = tan theta with theta equally spaced inside (0, pi/2)."""
    return np.tan(np.pi / 2 * np.arange(1, num + 1) / (num + 1))


def checked_grid(s: Numbers) -> Float[np.ndarray, " m"]:
    """Return `s` as an increasing, finite, non-negative vector."""
    grid = np.atleast_1d(np.asarray(s, np.float64))
    if grid.ndim != 1 or not grid.size or not np.isfinite(grid).all() or grid[0] < 0 or (np.diff(grid) <= 0).any():
        raise ValueError("s must be a vector of finite, non-negative, increasing numbers")
    return grid


def _complement(separation: Curve) -> Curve:
    """Return v = 1 - lambda as a function."""
    return lambda s: 1 - np.asarray(separation(s), np.float64)
