"""How often the intervals of the separation function miss, and how wide they are, on data known exactly.

`python -m benchmarks.coverage` prints two tables and writes them into `docs/estimator.md`: the measured coverage of the
intervals of h^2 and of the numbers that follow from it, and the width of the intervals of the digits.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import numpy as np
from scipy import stats

from lemmata.numerics.data import digits
from lemmata.numerics.kinetic_optimal import angular_grid, separation
from lemmata.numerics.kinetic_optimal.coverage import Coverage, Form, draw_pool, exact_cases, measure_coverage
from lemmata.numerics.statistics import empirical_bernstein_half_width

from .page import rewrite_part

PAGE = Path("docs/estimator.md")
BEGIN, END = "<!-- {0}: begin (python -m benchmarks.coverage writes this part) -->", "<!-- {0}: end -->"

S = np.array([0.1, 0.3, 0.7, 1.0, 1.6, 2.5])
FALSE_ALARMS = (0.1, 0.01)
DESIGNS: tuple[tuple[Form, int], ...] = (
    ("replica", 10),
    ("residual", 10),
    ("pilot", 10),
    ("pilot", 100),
    ("pilot", 1000),
)


def measure_cases(repetitions: int) -> Iterator[tuple[str, ...]]:
    """Return the rows of the table of coverage."""
    for name, factors in exact_cases().items():
        most = max(count for _, count in DESIGNS)
        pool = draw_pool(factors, S, most_queries=most, repetitions=repetitions, key=jax.random.key(2))
        for form, num_queries in DESIGNS:
            for false_alarm in FALSE_ALARMS:
                found = measure_coverage(pool, form, num_queries, false_alarm)
                derived = max((one for key, one in found.items() if key != "h^2"), key=lambda one: one.misses)
                curve = found["h^2"]
                yield (
                    *(name, form, str(num_queries), f"{1 - false_alarm:g}"),
                    *(_show_coverage(one) for one in (curve, derived)),
                    *(_show_ratio(one.width_ratio) for one in (curve, found["final flat angle"])),
                )


def measure_widths(num_queries: int) -> Iterator[tuple[str, ...]]:
    """Return the rows of the table of widths on the digits: half-widths over 1.96 standard errors."""
    found = separation(digits(), angular_grid(32), key=jax.random.key(0), num_queries=num_queries)
    level = found.false_alarm / len(found.s)
    variance = np.diag(found.term_covariance)
    bernstein = empirical_bernstein_half_width(variance, np.asarray(num_queries), found.term_width, level)
    low, high = found.h_squared_interval
    for index in range(0, 24, 3):
        error = 1.96 * found.h_squared_standard_error[index]
        yield (
            *(f"{found.s[index]:.3g}", f"{found.h_squared[index]:.4f}", found.method[index]),
            f"{(high[index] - low[index]) / 2 / error:.2f}",
            f"{bernstein[index] / error:.2f}",
            f"{stats.norm.isf(level / 2) / 1.96:.2f}",
        )


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the page unless told not to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--queries", type=int, default=20_000, help="of the widths; default: %(default)s")
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    chosen = parser.parse_args(arguments)
    headings = ("data", "form", "queries", "nominal", "h^2", "derived numbers", "width of h^2", "width of Theta_m")
    parts = {"coverage": markdown_table(headings, list(measure_cases(chosen.repetitions)))}
    parts["widths"] = markdown_table(
        ("s", "h^2", "form", "betting", "empirical Bernstein", "normal at the same level"),
        list(measure_widths(chosen.queries)),
    )
    for name, part in parts.items():
        print(f"{part}\n")
        if not chosen.print_only:
            rewrite_part(part, BEGIN.format(name), END.format(name), PAGE)


def _show_coverage(found: Coverage) -> str:
    low, high = found.interval
    return f"{found.measured:.3f} ({low:.3f} to {high:.3f})"


def _show_ratio(ratio: float) -> str:
    return f"{ratio:.1f}" if np.isfinite(ratio) else "-"


if __name__ == "__main__":
    main()
