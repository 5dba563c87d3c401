"""Three atoms of equal weight in the plane: the flow's map is optimal for the equilateral triangle and for no other.

criterion            the chain of derivations from far-field borders to the angles, and the way back
certified triangles  exact triangles, each with a pair of points that the flow sends the wrong way round
random triangles     drawn triangles, with equal weights and others, whose basins are crossed by the flow
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, Final, final

import sympy as sp
from sympy import Expr, Rational, pi

from ...theory.derivation import Derivation
from ...theory.monge_ampere import far_field, third_atom, triangle
from ...theory.statement import Statement
from ...theory.verdict import Certificate, Json, Strength, Verdict, Witness
from .. import builders
from ..builders import Check
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind, Scope, make_table
from ..trial import Effort, Run
from .drawn_triangles import FARTHEST, DrawnTriangle, crossing_depth, decode_triangle, drawn_triangles, encode_triangle
from .exact_laws import EQUILATERAL, FLATTER, OBTUSE, RIGHT, TRIANGLE, ExactLaw
from .monotone_pairs import label_from

NEARLY = Rational(101, 100)

SCALENE: Final = DrawnTriangle(((0, 0), (8, 0), (1, 6)), (1, 1, 1))
"""Squared sides 37, 64 and 85: the triangle that random ones begin with."""

COLUMNS: Final = (
    "triangle",
    "ratio of squared sides",
    "pair",
    r"$\langle x_1 - x_2, y_1 - y_2 \rangle / |y_1 - y_2|^2$",
)

EVERY_TRIANGLE: Final = (FLATTER, EQUILATERAL, TRIANGLE, RIGHT, OBTUSE)
"""Exact triangles; the first two at every effort."""

ROUNDING: Final = 2.0**-48 * FARTHEST
"""By so much a crossing may be deep in rounding alone."""


@final
@dataclass(frozen=True, slots=True)
class TriangleCriterion:
    """What is claimed, step by step, and which triangles are called optimal.

    `border` is the limit of the mass at the far-field border, `common_offset` the offset of Laguerre cells in those of
    the flow, `offset` that of equal weights, `centre` a coordinate of the borders' common point, `cell` a cell's angle,
    `cone` a cone's mass, `angle` the triangle's. Triangles whose squared sides have a ratio of at most 1 + `tolerance`,
    with `tolerance` = 0, are optimal, and no others.
    """

    border: Expr = field(default_factory=lambda: third_atom.share)
    common_offset: Expr = field(default_factory=lambda: triangle.offsets[0])
    offset: Expr = field(default=sp.S.Zero)
    centre: Expr = field(default=sp.S.Zero)
    cell: Expr = field(default_factory=triangle.cell_angle)
    cone: Expr = field(default_factory=triangle.cone_mass)
    angle: Expr = field(default=pi / 3)
    tolerance: Fraction = field(default=Fraction(0))


def _links(claimed: TriangleCriterion, effort: Effort) -> Iterator[tuple[str, Derivation, Statement | Expr]]:
    """Yield each derivation of the chain with what it is claimed to end in."""
    yield "mass at the border", far_field.derive_border_mass(), far_field.border_mass_statement(claimed.border)
    yield "the drift vanishes", far_field.derive_drift_vanishes(), far_field.drift_statement(sp.S.Zero)
    if effort is not Effort.QUICK:
        for which, name in enumerate(("the second atom loses", "the third atom loses")):
            found = far_field.derive_far_field(which)
            yield name, found, found.conclusion
    yield "common offset", triangle.derive_offsets_agree(), triangle.offsets_statement(claimed.common_offset)
    yield "compatibility", triangle.derive_compatibility(), triangle.compatibility_statement(sp.S.Zero)
    yield "offset of equal weights", triangle.derive_offset_is_zero(), claimed.offset
    yield "common point", triangle.derive_centre(), claimed.centre
    yield "mass of a cone", triangle.derive_cone_mass(), triangle.cone_mass_statement(claimed.cone)
    yield "angle", triangle.derive_angle(), triangle.angle_statement(claimed.angle)


def _check_chain(formula: Callable[[], TriangleCriterion], run: Run) -> Evidence:
    """Decide that every derivation of the chain ends in what is claimed of it; the first that does not decides."""
    certificates: dict[str, Json] = {}
    steps: list[Mapping[str, Json]] = []
    shared: dict[str, Any] = {
        "check": "criterion",
        "kind": Kind.DERIVATION,
        "scope": Scope.GENERAL,
        "method": "derivations with decided steps"
        + (" (far field: beyond quick)" if run.effort is Effort.QUICK else ""),
    }
    for name, derived, stated in _links(formula(), run.effort):
        decision = derived.concludes(stated)
        if decision.witness is not None:
            witness = _marked(decision.witness, name)
            if run.at is None or run.at.data.get("link") == name:
                return Evidence(**shared, verdict=Verdict.REFUTED, witness=witness, error=0.0, resolution=0.0)
        if decision.certificate is None:
            return Evidence(**shared, verdict=Verdict.UNDECIDED, reason=f"{name}: {decision.reason or 'fails'}")
        certificates[name] = decision.certificate.to_json()
        steps += derived.to_json_steps()
    return Evidence(
        **shared,
        verdict=Verdict.PROVED,
        certificate=Certificate("all", {"parts": certificates}),
        error=0.0,
        tolerance=0.0,
        resolution=0.0,
        derivation=tuple(steps),
    )


def _marked(witness: Witness, link: str) -> Witness:
    return replace(witness, data={**witness.data, "link": link})


def _residuals(claimed: TriangleCriterion) -> dict[str, Expr]:
    """Return what the claim leaves over of cells far out, of cones, and of the equilateral orbit.

    Neighbouring corners of a triangle with three equal angles are seen from its centre at pi less such an angle.
    """
    parts = {
        "far out": triangle.laguerre_residuals(triangle.laguerre_advantage()),
        "cell": triangle.cell_angle_residuals(claimed.cell),
        "cone": triangle.cone_mass_residuals(triangle.cone_mass_within()),
        "orbit": triangle.equilateral_residuals(pi - claimed.angle),
        "leads": far_field.lead_residuals(),
        "border": third_atom.border_share_residuals(third_atom.border_share()),
        "mass": third_atom.mass_drift_residuals(third_atom.mass_drift()),
    }
    return {f"{part}: {name}": residual for part, found in parts.items() for name, residual in found.items()}


def side_ratio(law: ExactLaw) -> Fraction:
    """Return the ratio of the largest squared side of a triangle to the least."""
    squares = [
        sum(((x - y) ** 2 for x, y in zip(law.atoms[i], law.atoms[i - 1], strict=True)), Fraction(0)) for i in range(3)
    ]
    return max(squares) / min(squares)


@cache
def _crossing(law: ExactLaw) -> tuple[Fraction, Mapping[str, Certificate], str]:
    """Return `<x_1 - x_2, y_1 - y_2>/|y_1 - y_2|^2` for the law's first pair, certificates, and the pair as text."""
    first, second = law.pairs[0]
    images = {name: label_from(law, place, 0) for name, place in (("x_1", first), ("x_2", second))}
    moved = [a - b for a, b in zip(*(image.centre for image in images.values()), strict=True)]
    product = sum(((a - b) * c for a, b, c in zip(first, second, moved, strict=True)), Fraction(0))
    shown = f"x_1 = ({', '.join(map(str, first))}), x_2 = ({', '.join(map(str, second))})"
    return (
        product / sum((c * c for c in moved), Fraction(0)),
        {f"{law.name}, {name}": image.certificate for name, image in images.items()},
        shown,
    )


def _check_triangles(formula: Callable[[], TriangleCriterion], run: Run) -> Evidence:
    """Hold exact triangles to the claim: a crossed pair if it calls them not optimal, and none if it calls them so."""
    claimed = formula()
    laws = {law.name: law for law in run.by_effort(EVERY_TRIANGLE[:2], EVERY_TRIANGLE, EVERY_TRIANGLE)}
    if run.at is not None:
        laws = {name: law for name, law in laws.items() if name == run.at.data["instance"]}
    found, proofs, rows = [], {}, []
    for law in laws.values():
        product, certificates, pair = _crossing(law)
        optimal = side_ratio(law) <= 1 + claimed.tolerance
        value = float(product)
        found.append(
            Comparison(
                deviation=-value if optimal else value,
                error=2.0**-52 * abs(value),
                scale=1.0,
                observed=f"<x_1 - x_2, y_1 - y_2>/|y_1 - y_2|^2 = {product} at {pair}",
                required="not negative" if optimal else "negative",
                equality=False,
                strength=Strength.CERTIFIED,
                point={"data": law.name, "ratio of squared sides": str(side_ratio(law))},
                data={"instance": law.name},
            )
        )
        proofs.update({name: proof.to_json() for name, proof in certificates.items()})
        rows.append((law.name, str(side_ratio(law)), pair, str(product)))
    evidence = weigh(
        found,
        run,
        check="certified triangles",
        kind=Kind.ENCLOSURE,
        method="labels in ball arithmetic, exact products of differences",
        tables=[make_table("Triangles and a pair of points of each", COLUMNS, rows)],
    )
    certificate = Certificate("all", {"parts": proofs})
    if evidence.witness is not None:
        return replace(evidence, certificate=certificate)
    # A tolerance is refuted that covers the triangle nearest to the equilateral one.
    nearest = min((float(side_ratio(law)) - 1 for law in laws.values() if side_ratio(law) > 1), default=0.0)
    return replace(evidence, verdict=Verdict.CERTIFIED, certificate=certificate, resolution=nearest)


def _crossed(claimed: TriangleCriterion, drawn: DrawnTriangle, run: Run) -> Comparison:
    """Look for points that the flow sends the wrong way round: there have to be some, or none where called optimal."""
    optimal = drawn.shape[0] <= 1 + float(claimed.tolerance) and len(set(drawn.masses)) == 1
    depth = crossing_depth(drawn)
    return Comparison(
        deviation=depth if optimal else 2 * ROUNDING - depth,
        error=ROUNDING,
        scale=1.0,
        observed=f"crossed by {depth:.4g}",
        required="not crossed" if optimal else "crossed",
        equality=False,
        point={"corners": str(drawn.corners), "weights": str(drawn.masses)},
    )


triangle_criterion = Claim(
    id="monge-ampere.triangle-criterion",
    title="Of triangles of equal weight, the flow's map is optimal for the equilateral one alone",
    statement=r"""
Let three atoms of equal weight in the plane not lie on a line. $`\Phi_\infty`$ is the optimal map from $`N(0, I)`$ if
and only if their triangle is equilateral.

*Far field.* Across the side from $`y_i`$ to $`y_j`$, with unit vector $`e`$ along it and $`n`$ normal to it away from
the third atom, let $`\Phi(c_{ij}) = w_i/(w_i + w_j)`$. For each fixed $`c \ne c_{ij}`$ and all large $`R`$,
$`\Phi_\infty(R n + c\, e)`$ is $`y_i`$ where $`c < c_{ij}`$ and $`y_j`$ where $`c > c_{ij}`$.

*Only if.* Laguerre cells meet in straight rays of constant offset, which an optimal $`\Phi_\infty`$ must share, so
that for any weights $`l_{12} c_{12} + l_{23} c_{23} + l_{31} c_{31} = 0`$ with $`l_{ij}`$ the sides' lengths. Equal
weights have $`c_{ij} = 0`$: the three rays meet in 0, the cell of an atom with the angle $`\alpha`$ is a cone of mass
$`(\pi - \alpha)/(2\pi)`$, and mass $`\frac13`$ means $`\alpha = \frac\pi3`$.

*If.* The equilateral triangle is an orbit of a reflection group.
""",
    source=Source("lemmata", "this catalogue", Reading.NEW),
    formula=TriangleCriterion,
    controls={
        "mass at the border off by one per cent": false(
            lambda: replace(TriangleCriterion(), border=NEARLY * third_atom.share), near=True
        ),
        "offset 1/100 for equal weights": false(
            lambda: replace(TriangleCriterion(), offset=Rational(1, 100)), near=True
        ),
        "cells with the triangle's own angles": false(lambda: replace(TriangleCriterion(), cell=triangle.angle)),
        "cell's angle off by one per cent": false(
            lambda: replace(TriangleCriterion(), cell=NEARLY * triangle.cell_angle()), near=True
        ),
        "cone's mass off by one per cent": false(
            lambda: replace(TriangleCriterion(), cone=NEARLY * triangle.cone_mass()), near=True
        ),
        "right angles": false(lambda: replace(TriangleCriterion(), angle=pi / 2)),
        "squared sides that differ by a quarter at most": false(
            lambda: replace(TriangleCriterion(), tolerance=Fraction(1, 4)), near=True
        ),
        "squared sides that differ by a factor of 3 at most": false(
            lambda: replace(TriangleCriterion(), tolerance=Fraction(2)), near=True
        ),
    },
    checks=(
        builders.identity(_residuals, name="cells", extends="a side along an axis: the normal law has no direction"),
        Check("criterion", Kind.DERIVATION, _check_chain),
        Check("certified triangles", Kind.ENCLOSURE, _check_triangles),
        builders.property(
            drawn_triangles,
            _crossed,
            encode=encode_triangle,
            decode=decode_triangle,
            method="labels of the flow on a polar grid, exact products of differences",
            name="random triangles",
            examples={Effort.QUICK: 8, Effort.STANDARD: 40, Effort.DEEP: 500},
            shrink=False,
            first=(SCALENE,),
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 2",
    uses=(
        "monge-ampere.regular-flow",
        "monge-ampere.exchange",
        "monge-ampere.brenier",
        "monge-ampere.prior-map-reflection-orbit",
    ),
    instance=lambda: "the corners of an equilateral triangle, optimal; (-1, -1/2), (1, -1/2), (0, 1), not optimal",
    remark="Random triangles have unequal weights too: there the flow is crossed as well, as the first condition says.",
)

CLAIMS = (triangle_criterion,)
