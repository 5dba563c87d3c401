"""A number with its error: the only form in which numerics hands numbers on."""

import math
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is known up to `error`.

    **Arguments:** the truth lies within `error` >= 0 of `value`, except with probability `false_alarm` in [0, 1) (0
    where the error is a bound or a deterministic estimate); `method` says how the number was found.

    Sums, differences and products are estimates too: their errors bound the worst case and their false alarms add, so
    nothing is assumed about how the operands depend on each other.
    """

    value: float
    error: float
    method: str = ""
    false_alarm: float = 0.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.value) or not self.error >= 0:
            raise ValueError(f"not an estimate: {self.value} +- {self.error}")
        if not 0 <= self.false_alarm < 1:
            raise ValueError(f"a false-alarm probability lies in [0, 1), not at {self.false_alarm}")

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
        return Estimate(-self.value, self.error, self.method, self.false_alarm)

    def __add__(self, other: "Estimate | float") -> "Estimate":
        right = _as_estimate(other)
        return _combine(self, right, self.value + right.value, self.error + right.error)

    def __sub__(self, other: "Estimate | float") -> "Estimate":
        right = _as_estimate(other)
        return _combine(self, right, self.value - right.value, self.error + right.error)

    def __mul__(self, other: "Estimate | float") -> "Estimate":
        right = _as_estimate(other)
        error = abs(self.value) * right.error + abs(right.value) * self.error + self.error * right.error
        return _combine(self, right, self.value * right.value, error)

    def __str__(self) -> str:
        return f"{self.value:.12g} ± {self.error:.2g}"


def _as_estimate(number: Estimate | float) -> Estimate:
    return number if isinstance(number, Estimate) else Estimate(float(number), 0.0)


def _combine(left: Estimate, right: Estimate, value: float, error: float) -> Estimate:
    methods = dict.fromkeys(method for method in (left.method, right.method) if method)
    return Estimate(value, error, "; ".join(methods), min(left.false_alarm + right.false_alarm, math.nextafter(1, 0)))
