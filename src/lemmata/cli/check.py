"""`lemmata check`: run claims and their controls, print what they are and what is wrong, store the results."""

import json
from argparse import Namespace
from pathlib import Path

from ..checks.cache import write_atomically
from ..checks.session import Session
from ..numerics.threads import available_cores
from .exit_codes import ExitCode, UsageError, most_severe
from .output import print_note
from .stored_results import RESULTS
from .summary import print_session
from .workplace import open_workplace, run_targets, unwritable


def check(chosen: Namespace, command: str) -> ExitCode:
    """Run what `chosen` names and return the exit code.

    **Raises:** `UsageError` for bad input.
    """
    if chosen.json is not None:
        reason = "is a folder" if chosen.json.is_dir() else unwritable(chosen.json.absolute().parent)
        if reason:
            raise UsageError(f"--json {chosen.json}: {reason}")
    with open_workplace(chosen.targets, jobs=chosen.jobs or available_cores(), stores=True) as place:
        session = run_targets(place, chosen)
        problems = place.catalogue.problems
        keeps = place.keeps
    print_session(session)
    if session.outcome.unwritten and keeps:
        print_note(f"{session.outcome.unwritten}; what could not be kept will run again next time")
    codes = {ExitCode.USAGE} if problems else set()
    codes |= judge_session(session)
    if session.results:
        text = json.dumps(session.to_json(command, problems), ensure_ascii=False, indent=1, allow_nan=False)
        codes |= _store(RESULTS, text, asked_for=False)
        if chosen.json is not None:
            codes |= _store(chosen.json, text, asked_for=True)
    return most_severe(codes)


def judge_session(session: Session) -> set[ExitCode]:
    """Return every exit code that applies to a session."""
    codes = set()
    if session.outcome.disagreements or any(leg.failure == "crash" for _, leg in session.failures):
        codes.add(ExitCode.INTERNAL_ERROR)
    if not all(r.as_expected and all(control.holds for control in r.controls) for r in session.results):
        codes.add(ExitCode.NOT_AS_EXPECTED)
    if not session.results:
        codes.add(ExitCode.NOTHING_RAN)
    return codes


def _store(path: Path, text: str, *, asked_for: bool) -> set[ExitCode]:
    """Write the results; a file that the user asked for and does not get is an error."""
    try:
        write_atomically(path, f"{text}\n")
    except OSError as error:
        print_note(f"{path}: {error.strerror or error}; the results are not stored there")
        return {ExitCode.USAGE} if asked_for else set()
    return set()
