"""What the parts of a run on a GPU found, put together: `benchmarks/gpu.json` and its part of the page."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .agreement import compare_runs
from .gpu_parts import DISAGREE, PARTS, UnableError
from .journal import read_journal
from .legs import LegRun
from .machine import show_machine
from .measurement import markdown_table, text_table
from .page import rewrite_part
from .script import write_json

RESULT = Path("benchmarks/gpu.json")
BEGIN, END = "<!-- gpu: begin (make gpu writes this part) -->", "<!-- gpu: end -->"


def merge_parts(folder: Path, device_kind: str) -> int:
    """Compare the parts in `folder`, write the result and return the exit code.

    **Arguments:** `device_kind` is `gpu`, or `cpu` for a rehearsal.

    **Raises:** `UnableError` where a part is missing, or was run on other sources.
    """
    headers, entries = zip(*(_read_part(folder / f"{part}.jsonl") for part in PARTS[:2]), strict=True)
    differing = [name for name in ("sources", "effort", "seed") if headers[0][name] != headers[1][name]]
    if differing:
        raise UnableError(f"the two runs of the checks differ in {', '.join(differing)}: run one of them again")
    try:
        bench = json.loads((folder / "bench.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnableError(f"{folder / 'bench.json'} is missing: run the part bench") from None
    platforms = [{entry["device"]["platform"] for entry in part} for part in entries]
    if platforms != [{device_kind}, {"cpu"}]:
        raise UnableError(f"the checks ran on {platforms}, not on {device_kind} and cpu: run them again")
    device, reference = ([LegRun.from_json(leg) for entry in part for leg in entry["legs"]] for part in entries)
    agreement = compare_runs(device, reference)
    rehearsal = device_kind == "cpu"
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
    result = folder / "rehearsal.json" if rehearsal else RESULT
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
    sound = all(not side["not_passed"] for side in document["checks"].values())
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
            f"{leg.leg['evidence']['reason'] or leg.leg['evidence']['witness']}"
            for leg in legs
            if leg.leg["control"] is None and leg.leg["evidence"]["verdict"] not in passes
        ],
    }
