"""The kinetic-optimal paths of real data, the paper's point (iii): digits, and patches of photographs beside others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from ...theory.verdict import Json, Verdict
from ..builders import Check
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind, make_table
from ..trial import Effort, Run
from .path_energies import (
    PathEnergies,
    PathNumbers,
    compare_bounds,
    compare_numbers,
    path_energies,
    tabulate_energies,
)
from .path_figures import (
    draw_all_energies,
    draw_all_paths,
    draw_all_separations,
    draw_path,
    draw_separation,
)
from .separations import (
    DIGITS_DATA,
    PATCHES_DATA,
    DataCurve,
    digits_curve,
    exact_curves,
    normal_curve,
    patches_curve,
)

SOURCE = Source("shaul2023", "abstract, (iii)", Reading.RESTATED)
METHOD = "posterior-replica estimate of lambda, held to the proved entropy bound; closed-form path; quadrature"
USES = (
    "kinetic-optimal.straight-line",
    "kinetic-optimal.named-paths",
    "kinetic-optimal.separation-entropy-bound",
    "kinetic-optimal.linear-floor",
)


def path_check(
    name: str,
    curve: Callable[[Effort, int], DataCurve],
    instance: str,
    *,
    beside: Callable[[Run], Sequence[PathEnergies]] = lambda _: (),
) -> Check:
    """Build a check of claimed `PathNumbers` on a data set, which is also held to every bound, as are those `beside`.

    `resolution` is that of the claimed numbers: the bounds do not depend on them.
    """

    def examine(formula: Callable[[], PathNumbers], run: Run) -> Evidence:
        found = path_energies(curve(run.effort, run.seed))
        others = tuple(beside(run))
        numbers = tuple(compare_numbers(formula(), found))
        bounds = tuple(comparison for one in (found, *others) for comparison in compare_bounds(one))
        visited = _at(run, (*numbers, *bounds))
        evidence = weigh(
            visited,
            run,
            check=name,
            kind=Kind.STATISTICAL,
            method=METHOD,
            value=found.to_json(),
            instance=instance,
            figures=_draw(found, instance, others),
            tables=[_tabulate((found, *others))],
        )
        return replace(evidence, resolution=min(one.resolution for one in numbers))

    return Check(name, Kind.STATISTICAL, examine)


def _at(run: Run, comparisons: Sequence[Comparison]) -> Sequence[Comparison]:
    """Return the comparison that the run revisits, or all."""
    return [one for one in comparisons if run.at is None or dict(one.point) == dict(run.at.point)]


def _draw(found: PathEnergies, label: str, others: Sequence[PathEnergies]) -> Mapping[str, Json]:
    if not others:
        return {"separation": draw_separation(found, label), "path": draw_path(found)}
    every = (found, *others)
    return {
        "separations": draw_all_separations(every),
        "energies": draw_all_energies(every),
        "paths": draw_all_paths(every),
    }


def _tabulate(energies: tuple[PathEnergies, ...]) -> dict[str, Json]:
    columns = ["", "$L$", "floor", "kinetic-optimal", "Cond-OT", "cosine", "saving"]
    return make_table(
        "Kinetic energies per dimension",
        columns,
        tabulate_energies(energies),
        r"No Gaussian path goes below the floor $2 - 2\sqrt{1 - e^{-2L}}$ of the entropy $L$ per dimension; the saving "
        "is the share of Cond-OT's energy that the kinetic-optimal path does without.",
    )


digits_path = Claim(
    id="kinetic-optimal.digits-path",
    title="On the digits the kinetic-optimal path saves about a tenth of Cond-OT's energy",
    statement=r"""
For scikit-learn's 8x8 digits ($`n = 1797`$, $`d = 64`$), centred and scaled to $`\mathbb{E}|X_1|^2 = d`$, the
kinetic-optimal path computed from the estimated separation function has energy $`1.4`$, which is $`0.11`$ below that of
Cond-OT, relative to the latter (both to the digits printed).
""",
    source=SOURCE,
    formula=lambda: PathNumbers(Decimal("1.4"), Decimal("0.11")),
    controls={
        "a saving of 0.13": false(lambda: PathNumbers(Decimal("1.4"), Decimal("0.13")), near=True),
        "no saving: Cond-OT called optimal for the digits": false(lambda: PathNumbers(Decimal("1.4"), Decimal("0.00"))),
    },
    checks=(path_check("digits", digits_curve, "scikit-learn digits, n = 1797, d = 64"),),
    expected=Verdict.SUPPORTED,
    dimension="d = 64",
    uses=USES,
    data=DIGITS_DATA,
    instance=lambda: "the 1797 digits themselves",
)

patches_path = Claim(
    id="kinetic-optimal.patches-path",
    title="On patches of photographs Cond-OT is all but kinetic optimal",
    statement=r"""
For the 4880 patches of 32x32 pixels in three colours that a grid cuts from scikit-learn's two photographs
($`d = 3072`$), centred and scaled to $`\mathbb{E}|X_1|^2 = d`$, the kinetic-optimal path computed from the estimated
separation function has energy $`1.9`$, and saves $`0.01`$ of Cond-OT's energy (both to the digits printed). Their
entropy is at most $`\log n`$, so the entropy bound says as much beforehand, without a look at the photographs: with
$`L = \log(n)/d = 0.0028`$ no Gaussian path has less energy than $`1.85`$, and none saves more than $`7.5\,\%`$ of
Cond-OT's.
""",
    source=SOURCE,
    formula=lambda: PathNumbers(Decimal("1.9"), Decimal("0.01")),
    controls={
        "a saving of 0.03": false(lambda: PathNumbers(Decimal("1.9"), Decimal("0.03")), near=True),
        "a saving as on the digits": false(lambda: PathNumbers(Decimal("1.9"), Decimal("0.11"))),
        "an energy as on the digits": false(lambda: PathNumbers(Decimal("1.4"), Decimal("0.01"))),
    },
    checks=(
        path_check(
            "patches",
            patches_curve,
            "patches of scikit-learn's photographs, n = 4880, d = 3072",
            beside=lambda run: [
                path_energies(data)
                for data in (
                    digits_curve(run.effort, run.seed),
                    normal_curve(run.effort, run.seed),
                    *exact_curves(),
                )
            ],
        ),
    ),
    expected=Verdict.SUPPORTED,
    dimension="d = 3072",
    uses=USES,
    data=PATCHES_DATA + DIGITS_DATA,
    instance=lambda: "the 4880 patches themselves",
)

CLAIMS = (digits_path, patches_path)
