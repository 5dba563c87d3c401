"""The page of a Monge-Ampere study: data, answer, figures with their numbers, and how all was computed."""

import re
from collections.abc import Iterator

from ...markdown import bullets, code, details, escape, paragraphs, table
from ...numbers import format_number
from ..estimates import StoredEstimate, with_error
from ..provenance import render_provenance
from .figures import draw_entries, show_figure
from .sentences import describe_atoms, describe_witness, gap_rows, judge_flow, judge_horizons
from .stored import StoredGap, StoredMongeAmpere

FORMULAS = r"""
For atoms $`y_i`$ with weights $`w_i`$, $`\mu = \sum_i w_i \delta_{y_i}`$, and the forward process
$`X_t = e^{-t} X_0 + \sqrt{1 - e^{-2t}}\,\varepsilon`$ with law $`p_t`$:

- the *flow's map* $`\Phi_T`$ takes a sample at time $`T`$ to data, against $`\dot x = -x - \nabla\log p_t(x)`$; its
  *basins* are the points that go to one atom;
- the *optimal map* $`\nabla\varphi`$ is that of least cost $`\mathbb{E}|x - \nabla\varphi(x)|^2`$; the function
  $`\varphi`$ is convex and solves the Monge-Ampère equation; its *cells* are bounded by straight lines;
- *mass sent elsewhere*: the probability that the two maps send $`x`$ to different atoms; *mean squared distance*:
  $`\mathbb{E}|\Phi(x) - \nabla\varphi(x)|^2`$; *excess of cost*: what the flow pays beyond the least cost;
- a gradient of a convex function never sends two points the *wrong way round*:
  $`\langle x_1 - x_2, \nabla\varphi(x_1) - \nabla\varphi(x_2)\rangle \ge 0`$.

At a finite horizon $`T`$ three things can be compared: samples of $`N(0, I)`$ through the flow, as a sampler does,
against the optimal map from $`N(0, I)`$, for the data as they are or centred; and samples of $`p_T`$ against the
optimal map from $`p_T`$. As $`T`$ grows all three tend to the same number, the gap at infinity.
"""

HEADERS = {
    "raw": "from $`N(0, I)`$",
    "centred": "from $`N(0, I)`$, data centred",
    "forward": "from $`p_T`$",
}

PARTS = {
    "angles": "angles",
    "monte_carlo": "Monte Carlo",
    "radii": "radii",
    "outside": "far radii",
    "diagram": "optimal map",
}
"""The sources of error as they are called in print."""


_FORMULA = re.compile(r"<[^>]*>|\b[xy]_\d+")


def write_page(study: StoredMongeAmpere) -> str:
    """Return the page as Markdown."""
    return (
        paragraphs(
            "# Monge-Ampère study",
            _introduction(study),
            bullets(_findings(study)),
            "## Basins and cells",
            show_figure("basins"),
            _in_formulas(_sentence(describe_witness(study))) + _replay(study),
            "## Gap to optimal transport",
            _gap(study),
            "## Gap and horizon",
            show_figure("gap") if "gap" in draw_entries(study) else "",
            _horizons(study),
            "## What the words mean",
            FORMULAS.strip(),
            "## Provenance",
            render_provenance(study.run, study.settings, study.device, study.seconds),
        )
        + "\n"
    )


def _introduction(study: StoredMongeAmpere) -> str:
    source = f"{code(str(study.run['file']))}: " if "file" in study.run else ""
    mean = "their mean is 0" if study.is_centred else "their mean is not 0"
    return f"{source}{escape(study.description)}; {describe_atoms(study)}; {mean}. Atoms are taken as they are."


def _findings(study: StoredMongeAmpere) -> Iterator[str]:
    """Yield what a busy reader wants to know."""
    yield f"**{escape(_sentence(judge_flow(study, '±')))}**"
    yield escape(_sentence(judge_horizons(study, "±")))
    excess = with_error(study.gap.cost_excess, "±")
    yield f"It costs {excess} more than the optimal map, which costs {with_error(study.cost, '±')}."


def _replay(study: StoredMongeAmpere) -> str:
    if study.witness is None or not study.witness.certified:
        return ""
    return f" {code('lemmata replay study.json')} follows both points again by another rigorous method."


def _gap(study: StoredMongeAmpere) -> str:
    found = {
        "mass sent elsewhere": study.gap.mismatch,
        "mean squared distance": study.gap.l2_squared,
        "excess of cost": study.gap.cost_excess,
    }
    sources = list(dict.fromkeys(source for estimate in found.values() for source in estimate.parts))
    header = ["", "value", *(PARTS.get(source, source.replace("_", " ")) for source in sources)]
    texts = gap_rows(study, "±")
    rows = [[name, texts[name], *_parts(estimate, sources)] for name, estimate in found.items()]
    rows.append(["optimal cost", texts["optimal cost"], *([""] * len(sources))])
    solved = (
        f"The optimal map was found by {study.method}; the masses of its cells are those of the atoms up to "
        f"{format_number(study.mass_residual, 2)}."
    )
    alignment = "l" + "r" * (len(sources) + 1)
    return paragraphs(
        "From $`N(0, I)`$ at infinite horizon, each with its error by source:", table(header, rows, alignment), solved
    )


def _parts(estimate: StoredEstimate, sources: list[str]) -> list[str]:
    known = (estimate.parts.get(source) for source in sources)
    return ["–" if part is None else format_number(part, 2) for part in known]


def _horizons(study: StoredMongeAmpere) -> str:
    shown = [name for name in study.by_horizon if name != "raw" or not study.is_centred]
    columns = [dict(study.by_horizon[name]) for name in shown]

    def rows(number: str) -> list[list[str]]:
        return [
            [format_number(horizon, 4), *(with_error(_number(column[horizon], number), "±") for column in columns)]
            for horizon in columns[0]
        ] + [["$`\\infty`$", *([with_error(_number(study.gap, number), "±")] * len(columns))]]

    header = ["$`T`$", *(HEADERS[name] for name in shown)]
    alignment = "r" * len(header)
    return paragraphs(
        "Mass sent elsewhere by horizon:",
        table(header, rows("mismatch"), alignment),
        details("Mean squared distance", table(header, rows("l2_squared"), alignment)),
        details("Excess of cost", table(header, rows("cost_excess"), alignment)),
    )


def _number(gap: StoredGap, name: str) -> StoredEstimate:
    return {"mismatch": gap.mismatch, "l2_squared": gap.l2_squared, "cost_excess": gap.cost_excess}[name]


def _in_formulas(text: str) -> str:
    """Return plain text with inner products and names that have an index as formulas."""
    return _FORMULA.sub(lambda found: "$`" + found[0].replace("<", r"\langle ").replace(">", r"\rangle") + "`$", text)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
