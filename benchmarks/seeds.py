"""Run a system's checks with many master seeds, and report whatever is not as it must be.

`python -m benchmarks.seeds --runs 100` runs seeds 1 to 100 at effort `quick`. The cache of `lemmata check` keys every
leg by the seed, so a hundred such runs would prove the same identities a hundred times. Here the first two seeds run
everything; from then on only those checks run again that can tell one seed from another: the statistical ones, those
on drawn instances, and any other whose evidence differed between the first two seeds.

Each finished seed is one line of `build/seeds.jsonl`; a second call goes on from there, unless the code has changed,
in which case the file is begun anew. The exit code is 1 where anything was found.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from lemmata.checks.cache import cache_directory
from lemmata.checks.pool import WorkerPool, describe_death
from lemmata.numerics.threads import available_cores

from .journal import Journal
from .legs import Json, LegRun, Name, catalogue_records, code_fingerprint, run_legs

OUTPUT = Path("build/seeds.jsonl")
SYSTEM = "kinetic-optimal"

TIMEOUT = 3600.0
"""Seconds that one seed may take."""

NOT_COMPARED = ("seed", "seconds", "provenance")
"""Fields of evidence that differ between seeds, or between runs, whatever was computed."""


@final
@dataclass(frozen=True, slots=True)
class SeedRun:
    """What one seed found, by claim and check: `findings` are lines to read, `margins` deviations by their errors."""

    seed: int
    findings: tuple[str, ...]
    margins: Mapping[str, float]
    cpu_seconds: float

    def to_json(self) -> dict[str, Json]:
        """Return the run as JSON."""
        return {
            "seed": self.seed,
            "findings": list(self.findings),
            "margins": dict(self.margins),
            "cpu_seconds": self.cpu_seconds,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "SeedRun":
        """Read a run back from `to_json`."""
        return cls(value["seed"], tuple(value["findings"]), value["margins"], value["cpu_seconds"])

    @property
    def closest(self) -> str:
        """The check that came closest to its tolerance."""
        return max(self.margins, key=self.margins.__getitem__, default="")


def run_seed(
    seed: int, names: Sequence[Name], effort: str, origins: Sequence[str] | None, programs: Path
) -> list[dict[str, Json]]:
    """Run checks with one master seed: what a worker does. Compiled programs are kept in the folder `programs`."""
    return [leg.to_json() for leg in run_legs(names, effort=effort, seed=seed, origins=origins, programs=programs)]


def random_names(first: Iterable[LegRun], second: Iterable[LegRun]) -> list[Name]:
    """Return the checks whose outcome can depend on the seed, from two runs of everything."""
    from lemmata.checks.audit import RANDOM_KINDS

    before = {leg.name: leg for leg in first}
    random: dict[Name, None] = {}
    for leg in second:
        evidence, other = leg.leg["evidence"], before[leg.name].leg["evidence"]
        same = all(evidence[name] == other[name] for name in evidence if name not in NOT_COMPARED)
        if evidence["kind"] in RANDOM_KINDS or not same:
            random[leg.claim, leg.leg["check"]] = None
    return list(random)


def judge_seed(seed: int, base: Iterable[LegRun], fresh: Iterable[LegRun], records: Sequence[Any]) -> SeedRun:
    """Judge the catalogue by the legs of one seed, over those of the first seed that no seed changes."""
    from lemmata.checks.audit import Context, audit_claims
    from lemmata.checks.controls import PASSES, Leg, unfinished
    from lemmata.checks.results import judge_claims

    fresh = list(fresh)
    legs = {leg.name: Leg.from_json(leg.leg) for leg in (*base, *fresh)}
    for record in records:
        for check in record.checks:
            for control in record.controls:
                name = record.id, check.name, control.name
                legs.setdefault(name, unfinished(check.name, check.kind, control.name, "skipped", "not run"))
    results = judge_claims(records, legs)
    findings = [
        f"{result.record.id}: {result.verdict}, expected {result.record.expected}"
        for result in results
        if not result.as_expected
    ]
    findings += [
        f"{result.record.id} / {leg.check}: {leg.evidence.verdict}, {_why(leg)}"
        for result in results
        for leg in result.legs
        if leg.evidence.verdict not in PASSES and result.record.expected in PASSES
    ]
    looked_at = ("controls", "near", "resolution")
    findings += [
        f"{finding.claim}: {finding.message}"
        for finding in audit_claims(results, Context({}, frozenset()))
        if finding.rule in looked_at
    ]
    margins = {
        f"{leg.claim} / {leg.leg['check']}": leg.margin
        for leg in fresh
        if leg.leg["control"] is None and leg.margin is not None
    }
    return SeedRun(seed, tuple(findings), margins, sum(leg.cpu_seconds for leg in fresh))


def _why(leg: Any) -> str:
    """Say why a leg does not pass."""
    witness = leg.evidence.witness
    seen = f"{witness.observed}, required {witness.required}" if witness else leg.evidence.reason
    return f"{leg.failure}: {seen}" if leg.failure else seen


def report(runs: Sequence[SeedRun]) -> str:
    """Say what was found, and which checks came closest to their tolerance how often."""
    lines = [f"seed {run.seed}: {finding}" for run in runs for finding in run.findings]
    quiet = sum(not run.findings for run in runs)
    lines.append(f"{quiet} of {len(runs)} seeds without a finding")
    closest = Counter(run.closest for run in runs)
    names = sorted({name for run in runs for name in run.margins}, key=lambda name: (-closest[name], name))
    lines.append("largest deviation in units of the error: worst of all seeds, median seed; how often the closest")
    for name in names:
        margins = sorted(run.margins[name] for run in runs if name in run.margins)
        lines.append(f"  {margins[-1]:8.3f} {margins[len(margins) // 2]:8.3f} {closest[name]:4d}  {name}")
    spent = sorted(run.cpu_seconds for run in runs)
    lines.append(f"CPU seconds for a seed: median {spent[len(spent) // 2]:.1f}, most {spent[-1]:.1f}")
    return "\n".join(lines)


@final
@dataclass(frozen=True, slots=True)
class Base:
    """Every leg of the first seed, and the checks that other seeds have to run again."""

    legs: tuple[LegRun, ...]
    names: tuple[Name, ...]


def read_base(path: Path, header: Mapping[str, Json]) -> Base | None:
    """Read the base back, or return None where it was written by other code or for other checks."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if value["header"] != dict(header):
        return None
    names = tuple((claim, check) for claim, check in value["names"])
    return Base(tuple(LegRun.from_json(leg) for leg in value["legs"]), names)


def write_base(path: Path, header: Mapping[str, Json], base: Base) -> None:
    """Keep the base for the next call."""
    value = {"header": dict(header), "names": base.names, "legs": [leg.to_json() for leg in base.legs]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def run_seeds(
    seeds: Sequence[int], *, records: Sequence[Any], effort: str, output: Path, jobs: int, origins: Sequence[str] | None
) -> list[SeedRun]:
    """Run the seeds that `output` does not hold, and return all of them.

    **Arguments:** at least two `seeds`; `records` are the claims to run, from `origins` (the built-in systems where
    None).

    A seed whose worker dies or takes longer than `TIMEOUT` has that as its finding, and is run again by the next call.
    """
    header = {"code": code_fingerprint(records), "effort": effort, "claims": [record.id for record in records]}
    journal, kept = Journal(output, header), output.with_suffix(".base.json")
    runs = {run.seed: run for run in map(SeedRun.from_json, journal.entries)}
    base = read_base(kept, header)
    everything = [(record.id, check.name) for record in records for check in record.checks]

    def keep(run: SeedRun) -> None:
        runs[run.seed] = run
        journal.add(run.to_json())
        print(f"seed {run.seed}: {len(run.findings)} findings, {run.cpu_seconds:.1f} CPU s", file=sys.stderr)
        for finding in run.findings:
            print(f"    {finding}", file=sys.stderr, flush=True)

    with WorkerPool(jobs) as pool:

        def submit(seed: int, names: Sequence[Name]) -> "Future[Any]":
            return pool.submit(run_seed, seed, names, effort, origins, cache_directory() / "jax", timeout=TIMEOUT)

        if base is None:
            tasks = [submit(seed, everything) for seed in seeds[:2]]
            first, second = ([LegRun.from_json(leg) for leg in task.result()] for task in tasks)
            base = Base(tuple(first), tuple(random_names(first, second)))
            write_base(kept, header, base)
            for seed, legs in zip(seeds, (first, second), strict=False):
                drawn = [leg for leg in legs if leg.name[:2] in base.names]
                keep(judge_seed(seed, legs, drawn, records))
        waiting = {submit(seed, base.names): seed for seed in seeds if seed not in runs}
        for task in as_completed(waiting):
            seed, error = waiting[task], task.exception()
            if error is None:
                keep(judge_seed(seed, base.legs, [LegRun.from_json(leg) for leg in task.result()], records))
            else:
                # Not kept: the next call runs it again.
                runs[seed] = SeedRun(seed, (f"no result: {describe_death(error)}",), {}, 0.0)
    return [runs[seed] for seed in seeds]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds, print the report and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seeds", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100, help="how many seeds, at least 2 (default: %(default)s)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (default: %(default)s)")
    parser.add_argument("--system", default=SYSTEM, help="claims to run, with what they use (default: %(default)s)")
    parser.add_argument("--effort", choices=("quick", "standard", "deep"), default="quick")
    parser.add_argument("--jobs", type=int, default=available_cores(), help="processes (default: one for each core)")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    if chosen.runs < 2:
        parser.error("at least two seeds are needed: their difference tells which checks draw anything")
    records = system_records(chosen.system)
    if not records:
        parser.error(f"no claims of {chosen.system!r}")
    seeds = range(chosen.first, chosen.first + chosen.runs)
    try:
        runs = run_seeds(
            seeds, records=records, effort=chosen.effort, output=chosen.output, jobs=chosen.jobs, origins=None
        )
    except KeyboardInterrupt:
        print(f"interrupted; finished seeds are kept in {chosen.output}, and the same command goes on", file=sys.stderr)
        return 130
    print(report(runs))
    return 1 if any(run.findings for run in runs) else 0


def system_records(system: str) -> tuple[Any, ...]:
    """Return the claims of a built-in system and all that they rest on."""
    from lemmata.checks.catalogue import Catalogue, with_dependencies

    catalogue = Catalogue(catalogue_records())
    chosen = [record.id for record in catalogue.records if record.system == system]
    return with_dependencies(chosen, catalogue)


if __name__ == "__main__":
    raise SystemExit(main())
