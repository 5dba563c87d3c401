"""Run the numeric checks and the benchmarks on a GPU, and compare the checks with the same machine's processor.

`make gpu` runs it on a checkout where nothing can be installed; `make gpu DEVICE=cpu` rehearses the whole of it on the
processor, with small sizes. The parts can be run one by one, each within a time limit after which the same command
goes on from where it was:

    checks-gpu   the checks that compute numbers, on the GPU, with every comparison they make
    checks-cpu   the same on the processor
    bench        the estimator, and the device's own matrix product
    merge        compare, and write `benchmarks/gpu.json` (`build/gpu/rehearsal.json` for a rehearsal)

Exit codes: 0 all is well; 1 the devices disagree, or a check does not hold; 2 there is no GPU, or a package or a part
is missing; 3 the time is over before the part is finished.
"""

import argparse
import fnmatch
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .journal import Journal, read_journal
from .legs import Json, LegRun, Name
from .processes import available_cores

FOLDER = Path("build/gpu")
RESULT = Path("benchmarks/gpu.json")
BEGIN, END = "<!-- gpu: begin (make gpu writes this part) -->", "<!-- gpu: end -->"

PARTS = ("checks-gpu", "checks-cpu", "bench", "merge")
DISAGREE, UNABLE, TIME_OVER = 1, 2, 3

NEEDED = (
    "diffrax",
    "equinox",
    "flint",
    "hypothesis",
    "jax",
    "jaxtyping",
    "numpy",
    "pebble",
    "scipy",
    "sklearn",
    "sympy",
)
"""Modules that the parts import: what is missing is said at once, and not by the hundredth check."""

TIMEOUT = 1800.0
"""Seconds that one check may take with its controls."""

GPU_JOBS = 4
"""Processes that share a GPU: most of a check's time there is compiling, which a processor does."""


class UnableError(Exception):
    """Why nothing was run, in one line."""


def require_packages() -> None:
    """Make sure that everything is there.

    **Raises:** `UnableError` naming what is missing.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UnableError(
            f"missing here: {', '.join(missing)}. Run `make gpu-wheels` on a machine with a package index and bring "
            "build/wheels along"
        )


def require_device(device: str) -> None:
    """Make sure that JAX sees a GPU where one is wanted; asked in a process of its own, which gives it back.

    **Raises:** `UnableError` where it does not.
    """
    if device == "cpu":
        return
    asked = subprocess.run(
        [sys.executable, "-c", "import jax; print(jax.default_backend())"], capture_output=True, text=True, check=False
    )
    found = (asked.stdout.split() or ["none"])[-1]
    if found != "gpu":
        raise UnableError(f"no GPU that JAX can see: its default platform here is {found}. Nothing was run")


def numeric_names(records: Sequence[Any], pattern: str) -> list[Name]:
    """Return the checks that compute numbers, of claims whose id matches `pattern`: all but the exact arguments."""
    from lemmata.checks.evidence import Kind

    exact = (Kind.DERIVATION, Kind.ENCLOSURE)
    return [
        (record.id, check.name)
        for record in records
        for check in record.checks
        if check.kind not in exact and fnmatch.fnmatch(record.id, pattern)
    ]


def run_check(name: Name, effort: str, seed: int, programs: Path) -> dict[str, Json]:
    """Run one check with its controls: what a worker does."""
    from lemmata.numerics.device import describe_device

    from .legs import run_legs

    legs = [leg.to_json() for leg in run_legs([name], effort=effort, seed=seed, programs=programs)]
    return {"name": list(name), "legs": legs, "device": dict(describe_device())}


def run_checks(part: str, chosen: argparse.Namespace) -> int:
    """Run the checks that the part's journal does not hold, and return the exit code."""
    on_cpu = part == "checks-cpu" or chosen.device == "cpu"
    if on_cpu:
        os.environ["JAX_PLATFORMS"] = "cpu"
    else:
        # Several processes share the GPU's memory.
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    require_device("cpu" if on_cpu else chosen.device)
    from lemmata.checks.pool import WorkerPool, describe_death
    from lemmata.checks.trial import DEFAULT_SEED

    from .legs import source_digest

    started = time.monotonic()
    jobs = chosen.jobs or (available_cores() if on_cpu else min(GPU_JOBS, available_cores()))
    header = {"sources": source_digest(), "effort": chosen.effort, "seed": DEFAULT_SEED, "on_cpu": on_cpu}
    journal = Journal(chosen.folder / f"{part}.jsonl", header)
    with WorkerPool(jobs) as pool:
        # In a worker as well: this process takes nothing of the GPU.
        names = pool.submit(list_names, chosen.claims, timeout=TIMEOUT).result()
        done = {tuple(entry["name"]) for entry in journal.entries}
        programs = chosen.folder / "programs"
        waiting: dict[Future[Any], Name] = {
            pool.submit(run_check, name, chosen.effort, DEFAULT_SEED, programs, timeout=TIMEOUT): name
            for name in names
            if name not in done
        }
        failed = False
        while waiting:
            rest = chosen.seconds - (time.monotonic() - started)
            if rest <= 0:
                print(f"{part}: time is over, {len(waiting)} of {len(names)} checks to go; the same command goes on")
                return TIME_OVER
            limit = rest if math.isfinite(rest) else None
            for task in wait(waiting, timeout=limit, return_when=FIRST_COMPLETED).done:
                name, error = waiting.pop(task), task.exception()
                if error is not None:
                    failed = True
                    print(f"{' / '.join(name)}: {describe_death(error)}", flush=True)
                    continue
                entry = task.result()
                journal.add(entry)
                verdict = entry["legs"][0]["leg"]["evidence"]["verdict"]
                seconds = sum(leg["seconds"] for leg in entry["legs"])
                print(f"{' / '.join(name)}: {verdict}, {seconds:.1f} s", flush=True)
    return DISAGREE if failed else 0


def list_names(pattern: str) -> list[Name]:
    """Return the checks to run; called in a worker, as it imports every claim."""
    from .legs import catalogue_records

    return numeric_names(catalogue_records(), pattern)


def run_bench(chosen: argparse.Namespace) -> int:
    """Time the estimator on the device and write the part's file."""
    if chosen.device == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    require_device(chosen.device)
    from .gpu_bench import measure_device
    from .machine import machine_facts
    from .script import write_json

    gemm, measurements = measure_device(small=chosen.device == "cpu")
    document = {
        "machine": machine_facts(),
        "gemm_rate_per_second": gemm,
        "gemm_precision": "HIGHEST",
        "measurements": [measurement.to_json() for measurement in measurements],
    }
    write_json(chosen.folder / "bench.json", document)
    return 0


def merge(chosen: argparse.Namespace) -> int:
    """Compare the parts, write the result and return the exit code.

    **Raises:** `UnableError` where a part is missing, or was run on other sources.
    """
    from .agreement import compare_runs
    from .machine import show_machine
    from .measurement import markdown_table, text_table
    from .page import rewrite_part
    from .script import write_json

    headers, entries = zip(*(_read_part(chosen.folder / f"{part}.jsonl") for part in PARTS[:2]), strict=True)
    differing = [name for name in ("sources", "effort", "seed") if headers[0][name] != headers[1][name]]
    if differing:
        raise UnableError(f"the two runs of the checks differ in {', '.join(differing)}: run one of them again")
    try:
        bench = json.loads((chosen.folder / "bench.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnableError(f"{chosen.folder / 'bench.json'} is missing: run the part bench") from None
    platforms = [{entry["device"]["platform"] for entry in part} for part in entries]
    if platforms != [{chosen.device}, {"cpu"}]:
        raise UnableError(f"the checks ran on {platforms}, not on {chosen.device} and cpu: run them again")
    device, reference = ([LegRun.from_json(leg) for entry in part for leg in entry["legs"]] for part in entries)
    agreement = compare_runs(device, reference)
    rehearsal = chosen.device == "cpu"
    document = {
        "rehearsal": rehearsal,
        "device": bench["machine"]["device"],
        "machine": bench["machine"],
        "effort": headers[0]["effort"],
        "seed": headers[0]["seed"],
        "checks": {
            "gpu": {"device": entries[0][0]["device"], **_summary(device)},
            "cpu": {"device": entries[1][0]["device"], **_summary(reference)},
        },
        "comparison": agreement.to_json(),
        "gemm_rate_per_second": bench["gemm_rate_per_second"],
        "gemm_precision": bench["gemm_precision"],
        "benchmarks": bench["measurements"],
    }
    result = chosen.folder / "rehearsal.json" if rehearsal else RESULT
    write_json(result, document)
    worst = agreement.worst
    summary = (
        f"{agreement.numbers} numbers of {agreement.legs} legs compared between the device and the processor; largest "
        f"difference {worst.units if worst else 0:.2g} of the stated errors together"
        + (f" ({worst.claim}, {worst.check})" if worst else "")
        + f"; {len(agreement.contradictions)} contradictions, {len(agreement.missing)} missing."
    )
    print(text_table(bench["measurements"]))
    print(summary)
    for line in (*agreement.contradictions, *agreement.missing):
        print(f"    {line}")
    if not rehearsal:
        part = "\n\n".join((show_machine(bench["machine"]), markdown_table(bench["measurements"]), summary))
        rewrite_part(part, BEGIN, END)
    print(f"wrote {result}")
    sound = all(not summary["not_passed"] for summary in document["checks"].values())
    return 0 if agreement.agrees and sound else DISAGREE


def _read_part(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    found = read_journal(path)
    if found is None or not found[1]:
        raise UnableError(f"{path} is missing: run the part {path.stem}")
    return found


def _summary(legs: Sequence[LegRun]) -> dict[str, Any]:
    """Count the legs of a run, add up their seconds, and name the checks that do not pass on their claim."""
    passes = ("supported", "certified", "proved")
    return {
        "legs": len(legs),
        "seconds": sum(leg.seconds for leg in legs),
        "not_passed": [
            f"{leg.claim} / {leg.leg['check']}: {leg.leg['failure'] or leg.leg['evidence']['verdict']}: "
            f"{leg.leg['evidence']['reason']}"
            for leg in legs
            if leg.leg["control"] is None and leg.leg["evidence"]["verdict"] not in passes
        ],
    }


def run_all(arguments: Sequence[str]) -> int:
    """Run every part, each in a process of its own, and return the worst exit code."""
    worst = 0
    for part in PARTS:
        print(f"== {part}", flush=True)
        code = subprocess.run([sys.executable, "-m", "benchmarks.gpu", part, *arguments], check=False).returncode
        # Checks that fail are compared all the same; without a benchmark there is nothing to merge.
        if code not in (0, DISAGREE) or (code and part == "bench"):
            return abs(code)
        worst = max(worst, code)
    return worst


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was named and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.partition("\n")[0])
    parser.add_argument("part", choices=("all", *PARTS))
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu", help="cpu: a rehearsal with small sizes")
    parser.add_argument("--effort", choices=("quick", "standard", "deep"), default="quick")
    parser.add_argument("--claims", default="*", metavar="PATTERN", help="ids of the claims to check")
    parser.add_argument("--seconds", type=float, default=math.inf, help="time limit of the checks")
    parser.add_argument("--jobs", type=int, help=f"processes (default: {GPU_JOBS} on a GPU, one for each core)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the parts are kept (default: %(default)s)")
    chosen = parser.parse_args(given)
    try:
        require_packages()
        if chosen.part == "all":
            require_device(chosen.device)
            return run_all([argument for argument in given if argument != "all"])
        if chosen.part == "bench":
            return run_bench(chosen)
        return merge(chosen) if chosen.part == "merge" else run_checks(chosen.part, chosen)
    except UnableError as error:
        print(error, file=sys.stderr)
        return UNABLE


if __name__ == "__main__":
    raise SystemExit(main())
