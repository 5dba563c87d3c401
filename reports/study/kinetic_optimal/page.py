"""The page of a kinetic-optimal study: data, findings, figures with their numbers, and how all was computed."""

from collections.abc import Iterator

from ...markdown import bullets, code, details, escape, paragraphs, table
from ...numbers import format_number, format_optional
from ..estimates import StoredEstimate, with_error
from ..provenance import render_provenance
from .figures import show_figure
from .sentences import (
    describe_normalisation,
    describe_rows,
    judge_check_sum,
    judge_saving,
    name_path,
    name_source,
    percent,
)
from .stored import StoredKineticOptimal

MOMENTS = {"|E X|^2/d": r"$`|\mathbb{E} X|^2/d`$", "E|X|^2/d": r"$`\mathbb{E}|X|^2/d`$"}
"""How the moments are written in plain text, and as formulas; the longer one comes first."""

FORMULAS = r"""
With data $`X`$, $`\mathbb{E}|X|^2 = d`$, noise $`\varepsilon \sim N(0, I)`$ and $`Y = sX + \varepsilon`$:

- separation function: $`\lambda(s) = \mathbb{E}|\mathbb{E}[X \mid Y]|^2 / d`$, and $`v = 1 - \lambda`$;
- a path $`X_t = \alpha_t X + \sigma_t \varepsilon`$ runs from noise at $`t = 0`$ to data at $`t = 1`$; its energy is
  $`\int_0^1 \mathbb{E}|u_t|^2\, dt / d`$, $`u`$ its velocity;
- linear floor: $`\lambda \ge s^2/(1 + s^2)`$ for all data; entropy bound: $`\lambda \ge 1 - (1 - e^{-2H/d})/s^2`$;
- energy floor: $`2 - 2\sqrt{1 - e^{-2H/d}}`$, below which no Gaussian path goes; Cond-OT costs at most 2;
- information: $`I(s)/d = \int_0^s s' v(s')\, ds'`$, whose limit is $`H/d`$.
"""


def write_page(study: StoredKineticOptimal) -> str:
    """Return the page as Markdown."""
    return (
        paragraphs(
            "# Kinetic-optimal study",
            _introduction(study),
            bullets(_findings(study)),
            "## Separation function",
            show_figure("separation"),
            _separation(study),
            "## Kinetic-optimal path",
            show_figure("path"),
            _path(study),
            "## Energies",
            show_figure("energies"),
            _energies(study),
            "## Check sum",
            show_figure("information"),
            _check_sum(study),
            "## What the words mean",
            FORMULAS.strip(),
            "## Provenance",
            render_provenance(study.run, study.settings, study.device, study.seconds),
        )
        + "\n"
    )


def _introduction(study: StoredKineticOptimal) -> str:
    data = study.data
    entropy = f"entropy {format_number(data.entropy, 4)} nats, {format_number(data.entropy_rate, 4)} per dimension"
    normalised = describe_normalisation(study)
    for plain, formula in MOMENTS.items():
        normalised = normalised.replace(plain, formula)
    source = f"{code(str(study.run['file']))}: " if "file" in study.run else ""
    return f"{source}{escape(data.description)}; {describe_rows(study)}; {entropy}. {_sentence(f'data {normalised}')}"


def _findings(study: StoredKineticOptimal) -> Iterator[str]:
    """Yield what a busy reader wants to know."""
    best, rival = study.energies["kinetic-optimal"], study.energies["cond-ot"]
    yield (
        f"The kinetic-optimal path costs **{with_error(best, '±')}** per dimension, Cond-OT {with_error(rival, '±')}: "
        f"a saving of **{percent(study.saving.value, study.saving.error)}**"
        + ("." if study.saving.error is None else f" ± {percent(study.saving.error, study.saving.error)}.")
    )
    yield _sentence(judge_saving(study))
    yield _sentence(judge_check_sum(study))


def _separation(study: StoredKineticOptimal) -> str:
    kept = study.separation
    columns = ("s", "mean", "lower", "upper", "linear_floor", "entropy_bound")
    header = ["$`s`$", "$`\\lambda`$", "from", "to", "linear floor", "entropy bound", "form"]
    rows = [
        [*(format_number(float(number), 5) for number in numbers), escape(str(form))]
        for *numbers, form in zip(*(kept[key] for key in columns), kept["method"], strict=True)
    ]
    folded = details("All values", table(header, rows, "rrrrrrl"))
    alarm = format_number(float(study.settings["false_alarm"]), 2)
    return paragraphs(f"All intervals hold together except with probability {alarm}.", folded)


def _path(study: StoredKineticOptimal) -> str:
    if not study.unique:
        return (
            "The queries do not tell the data from Gaussian data, for which every path on the unit circle is optimal; "
            "the one at constant angular speed is shown."
        )
    return (
        f"In flat coordinates the path is the straight line to the angle $`\\Theta_m`$ = "
        f"{format_number(study.final_angle, 5)}; its energy is $`2 - 2\\cos\\Theta_m`$. The schedules "
        f"$`\\alpha_t`$ and $`\\sigma_t`$ at {len(study.path['t'])} times stand under `path` in `study.json`."
    )


def _energies(study: StoredKineticOptimal) -> str:
    estimates = {
        **{name_path(name): energy for name, energy in study.energies.items()},
        "saving over Cond-OT": study.saving,
        "$`J = \\int_0^\\infty v\\, ds`$": study.error_integral,
    }
    sources = list(dict.fromkeys(source for estimate in estimates.values() for source in estimate.parts))
    header = ["", "value", *(name_source(source) for source in sources)]
    rows = [[name, with_error(found, "±"), *_parts(found, sources)] for name, found in estimates.items()]
    rows.append(["energy floor at this entropy", format_number(study.energy_floor, 6), *([""] * len(sources))])
    return paragraphs(
        "The error of each number, in all and by source:", table(header, rows, "l" + "r" * (len(sources) + 1))
    )


def _parts(estimate: StoredEstimate, sources: list[str]) -> list[str]:
    return [format_optional(estimate.parts.get(source), 2) for source in sources]


def _check_sum(study: StoredKineticOptimal) -> str:
    check = study.check_sum
    beyond = "not bounded" if check.beyond is None else f"at most {format_number(check.beyond, 2)}"
    return (
        f"$`\\int s v\\, ds`$ = {with_error(check.estimate, '±')} up to $`s`$ = {format_number(check.up_to, 4)}; what "
        f"lies beyond is {beyond}. Whatever the estimator, it has to come to $`H/d`$ = "
        f"{format_number(check.expected, 6)}: {judge_check_sum(study)}."
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
