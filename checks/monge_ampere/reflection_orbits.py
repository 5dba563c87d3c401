"""Equal weights on an orbit of a finite reflection group: the flow's map is the Brenier map.

The proof is attacked by the flow itself, on random orbits of several groups, at random points.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, final

import numpy as np
from jaxtyping import Float
from sympy import Expr, Rational

from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import probability_flow_map
from ...theory.expectation import Inner
from ...theory.monge_ampere import reflection
from ...theory.monge_ampere.notation import tau
from ...theory.statement import Statement, at_most
from ...theory.verdict import Json, Strength, Verdict
from .. import builders
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison
from ..trial import Effort, Run
from .exact_laws import EQUILATERAL, SQUARE, ExactLaw, Point
from .monotone_pairs import label_from

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

NEARLY = Rational(101, 100)

POINTS: Final = 48
"""Points at which the map of a drawn orbit is looked at."""


@final
@dataclass(frozen=True, slots=True)
class OrbitMap:
    """What is claimed: the mechanics of mirrors, and that `<x, v> <= share <x, y>` for the atom y that wins.

    `share` is 1 and v any atom; `gain`, `velocity` and `shift` are those of `theory.monge_ampere.reflection`. The
    weight of one atom is `weight` times that of each other one, with `weight` = 1.
    """

    gain: Expr = field(default_factory=reflection.reflection_gain)
    velocity: Expr = field(default_factory=reflection.pair_velocity)
    shift: Expr = field(default_factory=reflection.shift)
    share: Rational = field(default=Rational(1))
    weight: Rational = field(default=Rational(1))


@final
@dataclass(frozen=True, slots=True)
class OrbitKind:
    """A reflection group by name, and a base point's coordinates by which are equal: the orbit has a fixed size."""

    group: str
    pattern: tuple[int, ...]

    @property
    def parameters(self) -> int:
        """How many numbers choose an orbit."""
        return max(self.pattern)


KINDS: Final[Mapping[str, OrbitKind]] = {
    "dodecagons of the hexagon's group": OrbitKind("polygon 6", (1, 2)),
    "cuboctahedra": OrbitKind("signed permutations 3", (1, 1, 0)),
    "truncated tetrahedra": OrbitKind("permutations 4", (1, 2, 3, 3)),
    "regular dodecagons": OrbitKind("polygon 12", (1, 0)),
}
"""Orbits that are drawn, by name; 0 in a pattern is the coordinate 0. All have twelve atoms: see `DIMENSION`."""

DIMENSION: Final = 4
"""Orbits stand in the first coordinates of R^4, and are then turned: one compilation serves all."""

CLOSEST: Final = 0.2
"""The least distance of two atoms, in units of their length: the flow takes long to tell closer ones."""


@final
@dataclass(frozen=True, slots=True)
class DrawnOrbit:
    """A kind of orbit, the numbers that choose one, and the seed of a rotation and of the points."""

    kind: str
    base: tuple[float, ...]
    seed: int

    def place(self) -> tuple[Float[np.ndarray, "n 4"], Float[np.ndarray, "k 4"]]:
        """Return the atoms of the orbit, turned at random, and normal points."""
        chosen, generator = KINDS[self.kind], np.random.default_rng(self.seed)
        start = np.array([0.0 if k == 0 else self.base[k - 1] for k in chosen.pattern])
        orbit = reflect_everywhere(start, mirrors(chosen.group))
        turn = np.linalg.qr(generator.standard_normal((DIMENSION, DIMENSION)))[0]
        return orbit @ turn[: orbit.shape[1]], generator.standard_normal((POINTS, DIMENSION))

    @property
    def is_open(self) -> bool:
        """Whether no two atoms are closer than `CLOSEST`."""
        atoms, _ = self.place()
        apart = np.linalg.norm(atoms[1:] - atoms[0], axis=1).min()
        return bool(apart >= CLOSEST * np.linalg.norm(atoms[0]))


@cache
def mirrors(group: str) -> Float[np.ndarray, "m d"]:
    """Return one unit normal of each mirror of a group: `polygon m`, `permutations d` or `signed permutations d`."""
    name, _, size = group.rpartition(" ")
    if name == "polygon":
        angles = np.pi * np.arange(int(size)) / int(size)
        return np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    axes = np.eye(int(size))
    signs = (-1,) if name == "permutations" else (-1, 1)
    found = [axes[i] + s * axes[j] for i, j in itertools.combinations(range(int(size)), 2) for s in signs]
    found += [] if name == "permutations" else list(axes)
    return np.array([normal / np.linalg.norm(normal) for normal in found])


def reflect_everywhere(start: Float[np.ndarray, " d"], normals: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "n d"]:
    """Return the orbit of a point: what reflections make of it, until nothing new appears."""
    orbit = start[None]
    while True:
        images = orbit[:, None] - 2 * (orbit @ normals.T)[..., None] * normals
        every = np.concatenate([orbit, images.reshape(-1, len(start))])
        wider = every[np.unique(np.round(every, 6), axis=0, return_index=True)[1]]
        if len(wider) == len(orbit):
            return orbit
        orbit = wider


def drawn_orbits() -> "SearchStrategy[DrawnOrbit]":
    """Draw an orbit of one of the kinds, with a base point off all mirrors that its pattern does not name."""
    from hypothesis import strategies as st

    def of_kind(kind: str) -> "SearchStrategy[DrawnOrbit]":
        # Steps of 1/8 keep different coordinates, and so different atoms, apart.
        values = st.lists(st.integers(2, 16), min_size=KINDS[kind].parameters, max_size=KINDS[kind].parameters)
        base = values.map(lambda steps: tuple(float(x) for x in np.cumsum(steps) / 8))
        return st.builds(DrawnOrbit, st.just(kind), base, st.integers(0, 2**20))

    return st.sampled_from(list(KINDS)).flatmap(of_kind).filter(lambda drawn: drawn.is_open)


def _encode(drawn: DrawnOrbit) -> Json:
    return {"kind": drawn.kind, "base": list(drawn.base), "seed": drawn.seed}


def _decode(value: Json) -> DrawnOrbit:
    return DrawnOrbit(value["kind"], tuple(value["base"]), int(value["seed"]))


def _advantage(claimed: OrbitMap, drawn: DrawnOrbit, run: Run) -> Comparison:
    """Compare the largest inner product with an atom and the claimed share of that with the atom that wins."""
    atoms, points = drawn.place()
    weights = np.ones(len(atoms))
    weights[0] = float(claimed.weight)
    found = probability_flow_map(points, DiscreteMeasure(atoms, weights / weights.sum()))
    assert found.labels is not None
    products = points @ atoms.T
    winning = np.take_along_axis(products, found.labels[:, None], axis=1)[:, 0]
    # A point too near a border to be decided says nothing, and is within the error of the claim.
    excess = np.where(found.decided, products.max(axis=1) - float(claimed.share) * winning, 0.0)
    worst = int(np.argmax(excess))
    size = float(np.linalg.norm(points[worst]) * np.linalg.norm(atoms[0]))
    return Comparison(
        deviation=float(excess[worst]),
        error=16 * float(np.finfo(np.float64).eps) * size,
        scale=size,
        observed=f"max <x, v> = {products[worst].max():.12g}, <x, y> = {winning[worst]:.12g}",
        required=f"<x, v> at most {claimed.share} <x, y>",
        equality=False,
        point={"orbit": drawn.kind, "base": str(drawn.base), "x": str(points[worst].tolist())},
    )


def _attack(claimed: OrbitMap) -> Iterator[Comparison]:
    """Compare exact inner products of points whose labels are enclosed, for v the winning atom and the next one."""
    for law in (EQUILATERAL, SQUARE):
        for place in law.pairs[0]:
            yield from _exact_products(law, place, Fraction(int(claimed.share.p), int(claimed.share.q)))


def _exact_products(law: ExactLaw, place: Point, share: Fraction) -> Iterator[Comparison]:
    products = [sum((x * y for x, y in zip(place, atom, strict=True)), Fraction(0)) for atom in law.atoms]
    label = law.atoms.index(label_from(law, place, 0).centre)
    for atom in sorted(range(len(products)), key=lambda k: -products[k])[:2]:
        excess = float(products[atom] - share * products[label])
        yield Comparison(
            deviation=excess,
            error=2.0**-52 * abs(excess),
            scale=float(abs(products[label])),
            observed=f"<x, v> = {products[atom]}, <x, y> = {products[label]}",
            required=f"<x, v> at most {share} <x, y>",
            equality=False,
            strength=Strength.CERTIFIED,
            point={"data": law.name, "x": f"({', '.join(map(str, place))})", "v": str(atom)},
        )


def _statement(claimed: OrbitMap) -> Statement:
    return at_most(Inner(reflection.place, reflection.other), claimed.share * Inner(reflection.place, reflection.label))


def _residuals(claimed: OrbitMap) -> dict[str, Expr]:
    """Return what the claim leaves over of reflections, of pairs of mirror images, and of a shift."""
    parts = {
        "reflection": reflection.reflection_residuals(claimed.gain),
        "pair": reflection.pair_velocity_residuals(claimed.velocity),
        "shift": reflection.shift_residuals(claimed.shift),
    }
    return {f"{part}: {name}": residual for part, found in parts.items() for name, residual in found.items()}


prior_map_reflection_orbit = Claim(
    id="monge-ampere.prior-map-reflection-orbit",
    title="On orbits of reflection groups the flow's map is the Brenier map",
    statement=r"""
Let the atoms be an orbit of a finite reflection group of $`\mathbb{R}^d`$, moved by any vector, with equal weights:
the corners of a regular polygon, simplex, cube, cross-polytope or permutohedron, among others. Then for every $`d`$ and
every $`x`$ on no mirror, $`\Phi_\infty(x)`$ is the atom $`y`$ for which $`\langle x, y \rangle`$ is largest, before the
orbit is moved:

```math
\langle x, v \rangle \le c\, \langle x, y \rangle \quad\text{for every atom } v, \qquad c = 1 .
```

So $`\Phi_\infty`$ is the gradient of $`\max_v \langle x, v \rangle`$, and the Brenier map from $`N(0, I)`$. For the
flow pushes away from every mirror and never crosses one; the atom that wins, and the one with the largest inner
product, are therefore both in the closed chamber of $`x`$, which meets each orbit in one point (a cited fact on
reflection groups).
""",
    source=Source("lemmata", "this catalogue", Reading.NEW),
    formula=OrbitMap,
    controls={
        "gain of a reflection off by one per cent": false(
            lambda: replace(OrbitMap(), gain=NEARLY * reflection.reflection_gain()), near=True
        ),
        "velocity at the mirror not 0": false(lambda: replace(OrbitMap(), velocity=reflection.pair_velocity() + tau)),
        "moved by 1.01 times the vector": false(lambda: replace(OrbitMap(), shift=NEARLY * reflection.shift())),
        "c = 0.99": false(lambda: replace(OrbitMap(), share=Rational(99, 100)), near=True),
        "one atom a fifth heavier": false(lambda: replace(OrbitMap(), weight=Rational(6, 5)), miss=1e-6),
    },
    checks=(
        builders.identity(
            _residuals,
            name="mirrors",
            extends="vectors of R^3, which holds u, y and n, and a pair in the coordinates along and across a mirror",
        ),
        builders.derivation(
            lambda _: reflection.derive_reflection_orbit(), _statement, attack=_attack, name="chambers"
        ),
        builders.property(
            drawn_orbits,
            _advantage,
            encode=_encode,
            decode=_decode,
            method="labels of the flow at normal points, which no inner product exceeds",
            name="random orbits",
            examples={Effort.QUICK: 10, Effort.STANDARD: 60, Effort.DEEP: 800},
        ),
    ),
    expected=Verdict.PROVED,
    uses=("monge-ampere.regular-flow", "monge-ampere.gradient-is-optimal", "monge-ampere.brenier"),
    instance=lambda: "three atoms of equal weight at (2, -1, -1), (-1, 2, -1), (-1, -1, 2): an orbit of permutations",
)

CLAIMS = (prior_map_reflection_orbit,)
