"""Drawn laws on the line that move along a field: the rate of the scheme's objective by a complex step.

The law is a normal mixture; it moves by y + e h(y), h(y) = a sin(b y) + c, and X = y - s sin(y)/2 - r is an increasing
function of it: the coupling is optimal and stays so for small e. Every part of the objective is an integral of smooth
functions against the first law, by the trapezoidal rule, whose error decays faster than any power. The derivative is
the imaginary part at e = i 1e-20, free of cancellation, and owes nothing to a formula for it.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, final

import numpy as np
import sympy as sp
from jaxtyping import Float

from ...theory.coordinates import IndexSum
from ...theory.expectation import GradientMean, Inner, Mean
from ...theory.jko import first_variation
from ...theory.jko.notation import beta, constant, dimension, tau
from ...theory.verdict import Json
from ..builders import property as drawn_property
from ..comparison import Comparison, compare_equal
from ..trial import Effort, Run

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Points: TypeAlias = Float[np.ndarray, " n"]
NODES = 201
REACH = 14.0
STEP = 1e-20
EPS = float(np.finfo(np.float64).eps)


class Works(Protocol):
    """The work of the condition for even U and diffusion, and for any U and F, as expressions."""

    @property
    def work(self) -> sp.Expr:
        """For even U and diffusion."""
        ...

    @property
    def general_work(self) -> sp.Expr:
        """For any U and F."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MovingLaw:
    """A mixture of N(m, s^2) with the weight `share` and N(0, 1), its field, its energies, and the law before it.

    V = `confinement` y^4/4 + `slope` y, U = `attraction` z^2/2 + `odd` z^3/3; the internal energy is beta r log r where
    `even` (and U has no odd part), and r^2 otherwise. `stretch` and `shift` are s and r of the old law.
    """

    share: float
    mean: float
    scale: float
    amplitude: float
    frequency: float
    offset: float
    confinement: float
    slope: float
    attraction: float
    odd: float
    diffusivity: float
    stretch: float
    shift: float
    constant: float
    step: float
    even: bool


def _draw() -> "SearchStrategy[MovingLaw]":
    from hypothesis import strategies as st

    def between(low: float, high: float) -> "SearchStrategy[float]":
        return st.floats(low, high, allow_nan=False)

    return st.builds(
        MovingLaw,
        share=between(0.1, 0.9),
        mean=between(-2, 2),
        scale=between(0.5, 1.5),
        amplitude=between(0.2, 1),
        frequency=between(0.5, 2),
        offset=between(0, 1),
        confinement=between(-1, 1),
        slope=between(-1, 1),
        attraction=between(-2, 2),
        odd=between(-1, 1),
        diffusivity=between(0.1, 2),
        stretch=between(-1, 1),
        shift=between(-1, 1),
        constant=between(0.2, 1),
        step=between(0.1, 1),
        even=st.booleans(),
    )


def _density(law: MovingLaw, y: Points) -> tuple[Points, Points]:
    """Return the density of the mixture and its slope."""
    first = np.exp(-((y - law.mean) ** 2) / (2 * law.scale**2)) / law.scale * law.share
    second = np.exp(-(y**2) / 2) * (1 - law.share)
    slope = -first * (y - law.mean) / law.scale**2 - second * y
    return (first + second) / np.sqrt(2 * np.pi), slope / np.sqrt(2 * np.pi)


def _slopes(law: MovingLaw, at: Points, y: Points, mass: Points) -> dict[sp.Expr, Points]:
    """Return the slopes of V, U * mu, U^- * mu and F'(rho) at points, mu being the masses at y."""
    density, density_slope = _density(law, at)
    odd = 0.0 if law.even else law.odd
    apart = at[:, None] - y
    convolved = (law.attraction * apart + odd * apart**2) @ mass
    mirrored = (law.attraction * apart - odd * apart**2) @ mass
    energy = first_variation.entropy() if law.even else first_variation.any_internal_energy()
    return {
        first_variation.potential: law.confinement * at**3 + law.slope,
        first_variation.convolved: convolved,
        first_variation.mirrored_convolved: mirrored,
        first_variation.chemical_potential(energy): (
            law.diffusivity * density_slope / density if law.even else 2 * density_slope
        ),
    }


@final
@dataclass(frozen=True, slots=True)
class _Rates:
    """The rate of the objective, the claimed work, and the size of the terms that add up to it."""

    rate: float
    work: float
    size: float


def _rates(claimed: Works, law: MovingLaw, stride: int) -> _Rates:
    """Return both sides, on every node or on every other."""
    y = np.linspace(-REACH, REACH, NODES)[::stride]
    density, _ = _density(law, y)
    mass = density * (y[1] - y[0])
    field = law.amplitude * np.sin(law.frequency * y) + law.offset
    squeeze = law.amplitude * law.frequency * np.cos(law.frequency * y)
    before = y - law.stretch * np.sin(y) / 2 - law.shift
    odd = 0.0 if law.even else law.odd

    moved = y + 1j * STEP * field
    apart = moved[:, None] - moved
    stretched = 1 + 1j * STEP * squeeze
    internal = -law.diffusivity * np.log(stretched) if law.even else density / stretched
    objective = (
        mass @ (law.confinement * moved**4 / 4 + law.slope * moved)
        + law.constant * mass @ (law.attraction * apart**2 / 2 + odd * apart**3 / 3) @ mass
        + mass @ internal
        + mass @ (moved - before) ** 2 / (2 * law.step)
    )

    works: dict[sp.Basic, Points] = {
        Mean(Inner(vector, first_variation.shift)): mass * field * at
        for vector, at in ((first_variation.new, y), (first_variation.old, before))
    }
    for vector, at in ((first_variation.new, y), (first_variation.old, before)):
        for name, slope in _slopes(law, at, y, mass).items():
            node = GradientMean(IndexSum(name, (), dimension), first_variation.shift, vector)
            works[node] = mass * field * slope
    numbers = {constant: law.constant, tau: law.step, beta: law.diffusivity}
    expression = claimed.work if law.even else claimed.general_work
    # The work of F'(rho) holds beta inside: nodes become numbers before the symbols do.
    placed = expression.xreplace({node: sp.Float(float(np.sum(value))) for node, value in works.items()})
    size = sum(float(np.abs(value).sum()) for value in works.values()) * (1 + 1 / law.step)
    return _Rates(float(objective.imag) / STEP, float(placed.subs(numbers)), size)


def _compare(claimed: Works, law: MovingLaw, run: Run) -> Comparison:
    """Compare the rate of the objective with the claimed work."""
    fine, coarse = (_rates(claimed, law, stride) for stride in (1, 2))
    quadrature = abs(fine.rate - coarse.rate) + abs(fine.work - coarse.work)
    return compare_equal(fine.rate, fine.work, quadrature + 64 * EPS * fine.size)


def _encode(law: MovingLaw) -> Json:
    return asdict(law)


def _decode(value: Json) -> MovingLaw:
    return MovingLaw(**value)


rates_of_drawn_laws = drawn_property(
    _draw,
    _compare,
    encode=_encode,
    decode=_decode,
    method="complex step through the objective of drawn mixtures on the line, trapezoidal rule on two grids",
    name="rates of drawn laws",
    examples={Effort.QUICK: 10, Effort.STANDARD: 40, Effort.DEEP: 400},
    shrink=False,
)
"""The condition's work against the rate of the objective along drawn fields."""
