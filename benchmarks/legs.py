"""Run checks of the catalogue inside this process, with every comparison that they made.

`lemmata check` gives each check a worker and a place in the cache, both keyed by the seed. Where the same checks run
many times over - with a hundred seeds, or on two devices - it pays to stay in one process: what is compiled for the
first is there for the rest, and a device that is given out as a whole is asked for once.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, final

Name: TypeAlias = tuple[str, str]
"""A claim and one of its checks: what is run as one, with the claim's controls."""

Json: TypeAlias = Any


@final
@dataclass(frozen=True, slots=True)
class LegRun:
    """One leg as JSON, the (deviation, error, scale) of every comparison in it, and its CPU and wall seconds."""

    claim: str
    leg: dict[str, Json]
    comparisons: tuple[tuple[float, float, float], ...]
    cpu_seconds: float
    seconds: float

    @property
    def name(self) -> tuple[str, str, str | None]:
        """Claim, check, and control (None for the claim itself)."""
        return self.claim, self.leg["check"], self.leg["control"]

    @property
    def margin(self) -> float | None:
        """The largest deviation in units of its error: above 1 it refutes. None where no error was positive."""
        return max((deviation / error for deviation, error, _ in self.comparisons if error > 0), default=None)

    def to_json(self) -> dict[str, Json]:
        """Return the run as JSON."""
        return {
            "claim": self.claim,
            "leg": self.leg,
            "comparisons": [list(one) for one in self.comparisons],
            "cpu_seconds": self.cpu_seconds,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "LegRun":
        """Read a run back from `to_json`."""
        return cls(
            value["claim"],
            dict(value["leg"]),
            tuple((deviation, error, scale) for deviation, error, scale in value["comparisons"]),
            value["cpu_seconds"],
            value["seconds"],
        )


def run_legs(
    names: Iterable[Name],
    *,
    effort: str,
    seed: int,
    origins: Iterable[str] | None = None,
    programs: Path | None = None,
) -> Iterator[LegRun]:
    """Run checks on their claims and on every control, with master seed `seed`, and yield each leg as it is done.

    **Arguments:** `effort` is `quick`, `standard` or `deep`; `origins` are the modules of claims, the built-in systems
    where none are given; `programs` is the folder in which compiled programs are kept, if anywhere. Controls are
    skipped where the check fails on the claim itself.

    **Raises:** `KeyError` for a name that is in none of them.
    """
    from lemmata.checks.catalogue import SYSTEMS, load_claims
    from lemmata.checks.controls import examine
    from lemmata.checks.trial import Effort, Run, derive_seed

    if programs is not None:
        from lemmata.numerics.compilation_cache import enable_compilation_cache

        enable_compilation_cache(programs)
    claims = {claim.id: claim for origin in origins or SYSTEMS for claim in load_claims(origin)}
    for claim_id, check_name in names:
        claim = claims[claim_id]
        check = {check.name: check for check in claim.checks}[check_name]
        for control in (None, *claim.controls):
            seen: list[Any] = []
            run = Run(effort=Effort(effort), seed=derive_seed(seed, claim_id, check_name), observe=seen.append)
            cpu, wall = time.process_time(), time.perf_counter()
            leg = examine(claim, check, control, run)
            yield LegRun(
                claim=claim_id,
                leg=leg.to_json(),
                comparisons=tuple((float(one.deviation), float(one.error), float(one.scale)) for one in seen),
                cpu_seconds=time.process_time() - cpu,
                seconds=time.perf_counter() - wall,
            )
            if control is None and leg.failure:
                break


def catalogue_records(origins: Iterable[str] | None = None) -> tuple[Any, ...]:
    """Return the records of the claims of `origins`, or of the built-in systems, in reading order.

    **Raises:** `ValueError` where the catalogue has problems.
    """
    from lemmata.checks.catalogue import SYSTEMS, assemble, describe_module

    catalogue = assemble([describe_module(origin) for origin in origins or SYSTEMS])
    if catalogue.problems:
        raise ValueError("; ".join(catalogue.problems))
    return catalogue.records


def source_digest(origins: Iterable[str] | None = None) -> str:
    """Hash the sources that the claims of `origins`, or of the built-in systems, and their runner are made of."""
    from lemmata.checks.catalogue import SYSTEMS
    from lemmata.checks.closure import RUNNER, ImportGraph

    return ImportGraph().digest(*(origins or SYSTEMS), RUNNER)


def code_fingerprint(records: Iterable[Any]) -> str:
    """Hash all that the claims' evidence depends on beside check, effort and seed."""
    import hashlib

    from lemmata.checks.closure import ImportGraph
    from lemmata.checks.fingerprint import claim_fingerprint

    graph = ImportGraph()
    text = "\n".join(claim_fingerprint(record, graph) for record in records)
    return hashlib.sha256(text.encode()).hexdigest()
