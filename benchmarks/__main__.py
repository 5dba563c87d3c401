"""Run every benchmark, each in a process of its own, and put the results into one table.

`python -m benchmarks [NAME...]` writes `build/benchmarks.json` and the part of `docs/benchmarks.md` between the markers
(the latter only where every benchmark ran at full size).
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .machine import show_machine
from .measurement import markdown_table
from .page import PAGE, rewrite_part
from .script import FOLDER, write_json

SCRIPTS = ("kinetic_optimal", "monge_ampere", "jko_fit", "large_data", "deciding")
"""The benchmarks in the order of the table."""

OUTPUT = Path("build/benchmarks.json")
BEGIN, END = "<!-- benchmarks: begin (make bench writes this part) -->", "<!-- benchmarks: end -->"


def run_benchmark(name: str, *, smoke: bool) -> dict[str, Any]:
    """Run one benchmark in a fresh process and return its document.

    **Raises:** `subprocess.CalledProcessError` where it fails.
    """
    output = FOLDER / f"{name}.json"
    print(f"== {name}", flush=True)
    started = time.perf_counter()
    options = ["--smoke"] if smoke else []
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options, "--output", str(output)], check=True)
    document: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return {**document, "name": name, "seconds": time.perf_counter() - started}


def render_part(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return the part of the page that is written by machine: the machine, then a table for each benchmark."""
    parts = [show_machine(documents[0]["machine"])]
    parts += [f"### {document['name']}\n\n{markdown_table(document['measurements'])}" for document in documents]
    return "\n\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was named and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all where none is given: {', '.join(SCRIPTS)}")
    parser.add_argument("--smoke", action="store_true", help="tiny inputs; the page is left alone")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(SCRIPTS))
    if unknown:
        parser.error(f"unknown benchmarks: {', '.join(unknown)}")
    documents = [run_benchmark(name, smoke=chosen.smoke) for name in chosen.names or SCRIPTS]
    write_json(OUTPUT, {"benchmarks": documents})
    if not chosen.smoke and len(documents) == len(SCRIPTS):
        rewrite_part(render_part(documents), BEGIN, END)
        print(f"wrote {OUTPUT} and {PAGE}")


if __name__ == "__main__":
    main()
