"""The page of a JKO study: data, answer, energies, couplings, predictions, and how all was computed."""

from collections.abc import Iterator

from ...markdown import bullets, code, details, escape, paragraphs, table
from ...numbers import format_measured, format_number
from ..estimates import with_error
from ..provenance import render_provenance
from .figures import show_figure
from .sentences import (
    FLOORS,
    describe_diffusivity,
    describe_grid,
    describe_identification,
    describe_model,
    describe_particles,
    judge_predictions,
)
from .stored import StoredDistances, StoredJko

FORMULAS = r"""
For the law $`\mu`$ of the particles, with density $`\rho`$,
$`J(\mu) = \int V\,d\mu + \tfrac12 \iint U(x - y)\,d\mu(x)\,d\mu(y) + \beta \int \rho\log\rho`$, whose gradient flow is
the law of $`dX = -(\nabla V + \nabla U * \mu)\,dt + \sqrt{2\beta}\,dW`$:

- $`V`$ and $`U`$ are known up to constants: the mean of $`V`$ over the particles, and $`U`$ at 0, are taken to be 0. Of
  $`U`$ only the even part acts;
- with $`V`$ and $`U`$ linear in their features, the first-order condition of a JKO step on the *optimal coupling* of
  neighbouring snapshots is a least-squares problem, which is solved in closed form;
- a *combination of coefficients that is not identified* changes no force on any particle that was seen; a large
  *condition number* says that some combinations change them little;
- *held-out particles* were not fitted to. The predictions move them by one interval; $`W_1`$ is the exact 1-Wasserstein
  distance to what became of them. Errors are those of noise and of drawing; what other held-out particles would give
  is not in them;
- the *floor* is what the true energies would come to on average: where rows are the same particles at each time, the
  distance of two predictions with different noise; else that of two samples of the same snapshot.
"""


def write_page(study: StoredJko) -> str:
    """Return the page as Markdown."""
    return (
        paragraphs(
            "# JKO study",
            _introduction(study),
            bullets(_findings(study)),
            "## Energies",
            show_figure(study, "potential"),
            show_figure(study, "interaction") if study.interaction is not None else "",
            _coefficients(study),
            "## Couplings",
            show_figure(study, "couplings"),
            _costs(study),
            "## Predictions",
            show_figure(study, "predictions"),
            show_figure(study, "distances"),
            _distances(study),
            "## What the words mean",
            FORMULAS.strip(),
            "## Provenance",
            render_provenance(study.run, study.settings, study.device, study.seconds),
        )
        + "\n"
    )


def _introduction(study: StoredJko) -> str:
    source = f"{code(str(study.run['file']))}: " if "file" in study.run else ""
    return (
        f"{source}{escape(study.description)}; {escape(describe_particles(study))}. "
        f"Sought: {escape(describe_model(study))}."
    )


def _findings(study: StoredJko) -> Iterator[str]:
    """Yield what a busy reader wants to know."""
    yield f"**{escape(_sentence(judge_predictions(study, '±')))}**"
    yield escape(_sentence(describe_diffusivity(study, "±")))
    yield escape(_sentence(describe_grid("V", study.potential)))
    if study.interaction is not None:
        yield escape(_sentence(describe_grid("U", study.interaction)))
    said = escape(_sentence(describe_identification(study)))
    yield f"**{said}**" if study.null_space else said


def _coefficients(study: StoredJko) -> str:
    rows = [
        [code(one.label), format_measured(one.value, one.standard_error), format_number(one.standard_error, 2)]
        for one in study.coefficients
    ]
    scores = [
        [str(number), escape(method), format_number(error, 2)] for number, (method, error) in enumerate(study.scores)
    ]
    return paragraphs(
        details("Coefficients", table(["feature", "coefficient", "standard error"], rows, "lrr")),
        details(
            "Scores of the density",
            table(["snapshot", "method", "root mean square error"], scores, "rlr"),
        )
        if scores
        else "",
    )


def _costs(study: StoredJko) -> str:
    rows = [
        [*_ends(study, number), format_number(one["cost"], 4), format_number(one["gap"], 1)]
        for number, one in enumerate(study.couplings)
    ]
    header = ["from", "to", "mean squared distance", "above the optimum by at most"]
    return paragraphs(
        table(header, rows, "rrrr"),
        f"The first-order condition is left with a mean squared residual of {format_number(study.loss, 4)}.",
    )


def _distances(study: StoredJko) -> str:
    rows = [[*_ends(study, number), *_row(one)] for number, one in enumerate(study.intervals)]
    header = ["from", "to", "no movement", "predicted", f"floor: {FLOORS[study.floor_kind]}"]
    return table(header, [*rows, ["mean", "", *_row(study.mean)]], "rrrrr")


def _row(distances: StoredDistances) -> list[str]:
    return [
        format_number(distances.unmoved, 4),
        with_error(distances.predicted, "±"),
        with_error(distances.floor, "±"),
    ]


def _ends(study: StoredJko, interval: int) -> list[str]:
    return [format_number(time, 4) for time in study.times[interval : interval + 2]]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
