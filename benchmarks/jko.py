"""Learn the fifteen test potentials and a diffusion from snapshots, and compare with what a peer was seen to reach.

Run as `python -m benchmarks.jko [--smoke] [--seeds N] [--cases NAME...] [--page]`. Data and settings are those of
`jko_cases`. Each finished fit is one line of `build/benchmarks/jko.jsonl`, and a second call goes on from there unless
the code that fits or the settings have changed; `build/benchmarks/jko.json` holds what all seeds amount to. With
`--page` the table of `docs/benchmarks.md` is written too.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lemmata.numerics import jko as fitted_by

from . import jko_cases
from .jko_cases import CASES, FULL, SMOKE, Outcome, Sizes, run_case
from .jko_table import render_table, summarise
from .journal import Journal
from .machine import machine_facts, show_machine
from .page import PAGE, rewrite_part
from .script import FOLDER, write_json

BEGIN, END = "<!-- jko: begin (python -m benchmarks.jko --page writes this part) -->", "<!-- jko: end -->"


def code_digest() -> str:
    """Hash the modules that make and fit the cases."""
    files = [Path(jko_cases.__file__), *sorted(Path(str(fitted_by.__file__)).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def run_seeds(names: Sequence[str], seeds: Sequence[int], sizes: Sizes, journal: Journal) -> None:
    """Run what the journal does not hold, case by case."""
    done = {(entry["case"], entry["seed"]) for entry in journal.entries}
    for name in names:
        for seed in seeds:
            if (name, seed) in done:
                continue
            outcome = run_case(CASES[name], seed, sizes)
            journal.add(outcome.to_json())
            print(
                f"{name}, seed {seed}: W1 {outcome.predicted:.5f}, true energies {outcome.true_model:.5f}, "
                f"standing still {outcome.unmoved:.5f}; {outcome.cpu_seconds:.1f} CPU s",
                flush=True,
            )


def summarise_journal(journal: Journal) -> list[dict[str, Any]]:
    """Return what the finished seeds of each case amount to, in the order of the cases."""
    outcomes = [Outcome.from_json(entry) for entry in journal.entries]
    found = {name: [one for one in outcomes if one.case == name] for name in CASES}
    return [summarise(CASES[name], seeds) for name, seeds in found.items() if seeds]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing, print the table and write the documents."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jko", description=__doc__.partition("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="few particles, one seed: does it run, not how well")
    parser.add_argument("--seeds", type=int, default=30, metavar="N", help="how many seeds (default: %(default)s)")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=tuple(CASES), metavar="NAME")
    parser.add_argument("--page", action="store_true", help=f"write the table of {PAGE}")
    parser.add_argument("--output", type=Path, default=FOLDER / "jko.json", help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    if chosen.seeds < 0:
        parser.error("the number of seeds must not be negative")
    sizes, seeds = (SMOKE, range(1)) if chosen.smoke else (FULL, range(chosen.seeds))
    header = {"code": code_digest(), "sizes": asdict(sizes)}
    journal = Journal(chosen.output.with_suffix(".jsonl"), header)
    run_seeds(chosen.cases, seeds, sizes, journal)
    rows, machine = summarise_journal(journal), machine_facts()
    write_json(chosen.output, {"machine": machine, "smoke": chosen.smoke, "cases": rows})
    print(render_table(rows))
    if chosen.page:
        rewrite_part(f"{show_machine(machine)}\n\n{render_table(rows)}", BEGIN, END)


if __name__ == "__main__":
    main()
