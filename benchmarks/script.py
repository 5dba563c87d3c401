"""What every benchmark script does around its measurements: arguments, a table on the screen, a JSON file."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .machine import machine_facts
from .measurement import Measurement, text_table

FOLDER = Path("build/benchmarks")


def run_script(
    name: str, measure: Callable[[bool], Sequence[Measurement]], arguments: Sequence[str] | None = None
) -> None:
    """Run the benchmarks of one script, print them as a table and write them to `build/benchmarks/<name>.json`.

    **Arguments:** `measure(smoke)` returns the measurements, on tiny inputs where `smoke` is set.
    """
    parser = argparse.ArgumentParser(description=f"Benchmarks of {name}.")
    parser.add_argument("--smoke", action="store_true", help="tiny inputs: does it run, not how fast")
    parser.add_argument("--output", type=Path, default=FOLDER / f"{name}.json", help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    rows = [measurement.to_json() for measurement in measure(chosen.smoke)]
    print(text_table(rows))
    write_json(chosen.output, {"machine": machine_facts(), "smoke": chosen.smoke, "measurements": rows})


def write_json(path: Path, document: Any) -> None:
    """Write a document, making its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
