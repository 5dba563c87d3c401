"""The plan of a reading: what is fixed before it starts, and refined when it turns out too coarse."""

from dataclasses import dataclass, field
from typing import final

import sympy as sp


@final
class StartAgain(Exception):  # noqa: N818 - a signal, not a fault
    """The plan was refined; the expression has to be read again."""


@final
@dataclass(slots=True)
class Plan:
    """Choices that are fixed before a reading starts, refined from one reading to the next."""

    capacity: int
    unity: int = 0
    constants: list[sp.Basic] = field(default_factory=list)
    divisors: dict[int, int] = field(default_factory=dict)
    root_orders: dict[str, int] = field(default_factory=dict)
    shifts: dict[int, int] = field(default_factory=dict)
    refined: int = 0

    def refine(self) -> StartAgain:
        """Count a refinement and return the signal to start again."""
        self.refined += 1
        return StartAgain()

    def include(self, constant: sp.Basic) -> None:
        """Provide for a constant that turned out to be needed."""
        self.refined += 1
        if constant is sp.I:
            self.unity = 4
        else:
            self.constants.append(constant)
