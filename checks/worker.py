"""What a worker process does: load a claim module, describe it, run one check of one claim and its controls.

Standard output belongs to the parent's results, so whatever a check prints goes to standard error. Threads are capped
at one for each worker whatever the number of jobs, so that numbers do not depend on it.
"""

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import final

from ..numerics.threads import cap_threads
from ..theory.verdict import Json
from .cache import EvidenceStore
from .catalogue import ClaimModuleError, describe_module, find_claim, show_origin
from .controls import Leg, describe_exception, examine, unfinished
from .trial import Effort, Run, derive_seed


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One check of one claim, on the claim's formula (control None) and on its controls, in this order.

    **Arguments:** `keys` maps each variant to its key in the store; `token` marks what this run has written; `sources`
    are the files that the keys stand for, as they were at time `began`; `compiles` says whether they reach JAX, whose
    compiled programs are then kept.
    """

    origin: str
    claim: str
    check: str
    keys: Mapping[str | None, str]
    effort: Effort
    seed: int
    store: EvidenceStore
    token: str
    sources: tuple[Path, ...]
    began: float
    compiles: bool


def initialize_worker() -> None:
    """Prepare a worker before it imports anything heavy: output, threads, float64, and an end with its parent."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    cap_threads(1)
    # This process is ours, so its JAX may work in float64 throughout: what `dtype` in the results says.
    os.environ["JAX_ENABLE_X64"] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent is gone, also when the parent was killed."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def describe_origin(origin: str) -> dict[str, Json]:
    """Return the records of a claim module as JSON, or the one line that says why it cannot be loaded."""
    try:
        return {"claims": [record.to_json() for record in describe_module(origin)]}
    except ClaimModuleError as error:
        return {"problem": str(error)}


def describe_instance(origin: str, identifier: str) -> dict[str, Json]:
    """Return the claim's instance as text, or the one line that says why there is none."""
    try:
        text = find_claim(origin, identifier).instance()
    except (Exception, SystemExit) as error:
        return {"problem": describe_exception(error)}
    if not isinstance(text, str) or not text.strip():
        return {"problem": f"instance returned {text!r}, not a description"}
    return {"instance": text}


def run_unit(unit: Unit) -> dict[str, Json]:
    """Run the variants of a unit, storing each leg as it is finished.

    Returns `legs` as JSON and `unwritten`, why a leg could not be stored (empty where all were). Where the check fails
    on the claim itself, the controls are not run: nothing can be learnt from them.
    """
    legs: list[Json] = []
    unwritten = ""
    claim = find_claim(unit.origin, unit.claim)
    if unit.compiles:
        _prepare_compilation(unit.store.directory / "jax", unit.effort)
    check = next(check for check in claim.checks if check.name == unit.check)
    run = Run(effort=unit.effort, seed=derive_seed(unit.seed, unit.claim, unit.check))
    failed = False
    for control, key in unit.keys.items():
        if failed:
            leg = unfinished(
                check.name, check.kind, control, "skipped", "not run: the check failed on the claim itself"
            )
        else:
            leg = examine(claim, check, control, run)
        failed = failed or (control is None and bool(leg.failure))
        legs.append(leg.to_json())
        if not leg.failure:
            unwritten = _keep(unit, key, leg) or unwritten
    return {"legs": legs, "unwritten": unwritten}


def _keep(unit: Unit, key: str, leg: Leg) -> str:
    """Store a leg and return an empty text, or say why it was not stored.

    What ran is the code as it was imported: where a file has changed since the key was made, the key is of other code.
    """
    try:
        changed = [path for path in unit.sources if path.stat().st_mtime > unit.began]
        if changed:
            return f"{show_origin(str(changed[0]))} changed during the run"
        unit.store.write(key, {**leg.to_json(), "token": unit.token})
    except OSError as error:
        return f"cache {unit.store.directory}: {error.strerror or error}"
    return ""


@cache
def _prepare_compilation(directory: Path, effort: Effort) -> None:
    """Keep JAX's compiled programs, which at effort `quick` are to be compiled quickly too.

    Where the folder cannot be made they are compiled anew each time.
    """
    from ..numerics.compilation_cache import enable_compilation_cache, prefer_quick_compilation

    if effort is Effort.QUICK:
        prefer_quick_compilation()
    try:
        enable_compilation_cache(directory)
    except OSError:
        return


def remaining(unit: Unit, done: Mapping[str | None, Leg]) -> Unit:
    """Return the unit without the variants that are done."""
    return replace(unit, keys={control: key for control, key in unit.keys.items() if control not in done})
