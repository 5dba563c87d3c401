"""A number with its error: the only form in which numerics hands numbers on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

UNATTRIBUTED = "other"
"""Where the error of an operand without parts goes when it meets one that has them."""

_ROUNDING = 1e-9
"""How far, relatively, the parts' sum may be from the error: what adding them in another order can change."""


@final
@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is known up to `error`.

    **Arguments:** the truth lies within `error` >= 0 of `value`, except with probability `false_alarm` in [0, 1) (0
    where the error is a bound or a deterministic estimate); `method` says how the number was found; `parts` splits the
    error by source ("interpolation", "monte_carlo", "tail", "quadrature", ...) and is empty where there is only one.

    Sums, differences and products are estimates too: their errors bound the worst case and their false alarms add, so
    nothing is assumed about how the operands depend on each other. Parts add by source under sums and differences and
    scale under products, so they always sum to the error.

    **Raises:** `ValueError` for a value that is not finite, an error or a part that is negative or not a number, parts
    that do not sum to the error, or a probability outside [0, 1).
    """

    value: float
    error: float
    method: str = ""
    false_alarm: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not math.isfinite(self.value) or not self.error >= 0:
            raise ValueError(f"not an estimate: {self.value} +- {self.error}")
        if not 0 <= self.false_alarm < 1:
            raise ValueError(f"a false-alarm probability lies in [0, 1), not at {self.false_alarm}")
        if not all(part >= 0 for part in self.parts.values()):
            raise ValueError(f"not the parts of an error: {dict(self.parts)}")
        if self.parts and not math.isclose(sum(self.parts.values()), self.error, rel_tol=_ROUNDING):
            raise ValueError(f"the parts {dict(self.parts)} of the error do not sum to it: {self.error}")

    @classmethod
    def of_parts(
        cls, value: float, parts: Mapping[str, float], method: str = "", false_alarm: float = 0.0
    ) -> "Estimate":
        """Return the estimate whose error is the sum of `parts`."""
        return cls(value, sum(parts.values()), method, false_alarm, parts)

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self.value - self.error

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.value + self.error

    def contains(self, number: float) -> bool:
        """Tell whether `number` lies in the interval, ends included."""
        return bool(self.low <= number <= self.high)

    def __neg__(self) -> "Estimate":
        return Estimate(-self.value, self.error, self.method, self.false_alarm, self.parts)

    def __add__(self, other: "Estimate | float") -> "Estimate":
        right = _as_estimate(other)
        return _combine(self, right, self.value + right.value, 1.0, 1.0)

    def __sub__(self, other: "Estimate | float") -> "Estimate":
        right = _as_estimate(other)
        return _combine(self, right, self.value - right.value, 1.0, 1.0)

    def __mul__(self, other: "Estimate | float") -> "Estimate":
        right = _as_estimate(other)
        # The errors' own product is charged to both in halves.
        left_factor, right_factor = abs(right.value) + right.error / 2, abs(self.value) + self.error / 2
        return _combine(self, right, self.value * right.value, left_factor, right_factor)

    def __str__(self) -> str:
        return f"{self.value:.12g} ± {self.error:.2g}"


def _as_estimate(number: Estimate | float) -> Estimate:
    return number if isinstance(number, Estimate) else Estimate(float(number), 0.0)


def _combine(left: Estimate, right: Estimate, value: float, left_factor: float, right_factor: float) -> Estimate:
    """Return the estimate of `value` whose error is that of the operands times their factors, by source."""
    methods = dict.fromkeys(method for method in (left.method, right.method) if method)
    parts: dict[str, float] = {}
    if left.parts or right.parts:
        for operand, factor in ((left, left_factor), (right, right_factor)):
            for source, part in _attributed(operand).items():
                parts[source] = parts.get(source, 0.0) + factor * part
    return Estimate(
        value,
        left_factor * left.error + right_factor * right.error,
        "; ".join(methods),
        min(left.false_alarm + right.false_alarm, math.nextafter(1, 0)),
        parts,
    )


def _attributed(operand: Estimate) -> Mapping[str, float]:
    """Return the parts of the error, the whole under `UNATTRIBUTED` if it has none."""
    return operand.parts or ({UNATTRIBUTED: operand.error} if operand.error else {})
