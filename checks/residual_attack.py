"""An attack on a formula through its residuals, for checks whose derivation alone cannot refute."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..theory.verdict import Strength
from .comparison import Comparison

if TYPE_CHECKING:
    from sympy import Expr


def residual_attack(
    residual: "Callable[[Any], Mapping[str, Expr]]",
) -> Callable[[Any], Iterable[Comparison]]:
    """Build an attack from residuals: each is evaluated in balls at random points until one excludes zero."""

    def attack(claimed: Any) -> Iterable[Comparison]:
        from ..theory.deciding.refute import refute

        for label, expression in residual(claimed).items():
            witness = refute(expression)
            yield Comparison(
                deviation=0.0 if witness is None else 1.0,
                error=0.0,
                scale=1.0,
                observed="0" if witness is None else witness.observed,
                required="0",
                strength=Strength.CERTIFIED if witness is None else witness.strength,
                point={} if witness is None else witness.point,
                data={"residual": label},
            )

    return attack
