"""`lemmata audit`: hold claims to the rules of `checks/audit.py`, from stored evidence where there is any."""

from argparse import Namespace
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from rich.text import Text

from ..checks.audit import RULES, Context, Finding, audit_claims, read_source_keys
from ..checks.pool import describe_death
from ..checks.session import Session
from ..checks.worker import describe_instance
from ..numerics.threads import available_cores
from .exit_codes import ExitCode, most_severe
from .output import plain_table, print_line, print_note, results_console
from .workplace import Workplace, open_workplace, run_targets

INSTANCE_SECONDS = 120.0
"""How long a claim may take to construct its instance."""


def audit(chosen: Namespace) -> ExitCode:
    """Audit what `chosen` names and return the exit code.

    **Raises:** `UsageError` for bad input.
    """
    with open_workplace(chosen.targets, jobs=chosen.jobs or available_cores(), stores=True) as place:
        session = run_targets(place, chosen)
        context = Context(_ask_for_instances(place, session), read_source_keys())
    findings = audit_claims(session.results, context)
    codes = {ExitCode.USAGE} if place.catalogue.problems else set()
    if any(leg.failure == "crash" for _, leg in session.failures):
        codes.add(ExitCode.INTERNAL_ERROR)
    if not session.results:
        print_note("nothing was selected")
        return most_severe(codes | {ExitCode.NOTHING_RAN})
    if findings:
        codes.add(ExitCode.NOT_AS_EXPECTED)
    _print_findings(session, findings)
    return most_severe(codes)


def _ask_for_instances(place: Workplace, session: Session) -> dict[str, Mapping[str, str]]:
    """Call every claim's instance in a worker."""
    asked: dict[str, Future[Any]] = {
        result.record.id: place.pool.submit(
            describe_instance, result.record.origin, result.record.id, timeout=INSTANCE_SECONDS
        )
        for result in session.results
    }
    answers: dict[str, Mapping[str, str]] = {}
    for name, future in asked.items():
        error = future.exception()
        if isinstance(error, TimeoutError):
            answers[name] = {"problem": f"not constructed within {INSTANCE_SECONDS:g} s"}
        elif error is not None:
            answers[name] = {"problem": describe_death(error)}
        else:
            answers[name] = future.result()
    return answers


def _print_findings(session: Session, findings: tuple[Finding, ...]) -> None:
    """Print for each claim the rules that it does not keep, then what is wanting, and one closing line."""
    faulty = {(finding.claim, finding.rule) for finding in findings}
    system = ""
    rows: list[list[str | Text]] = []
    for result in session.results:
        if result.record.system != system:
            system = result.record.system
            rows.append([Text(system, style="bold")])
        broken = ", ".join(name for name, _ in RULES if (result.record.id, name) in faulty)
        rows.append([f"{'!' if broken else ' '} {result.record.id.partition('.')[2]}", broken or "ok"])
    results_console().print(plain_table(("claim", "left"), ("rules not kept", "left"), rows=rows))
    print_line("")
    for finding in findings:
        print_line(f"! {finding.claim or 'catalogue'}: {finding.rule}: {finding.message}")
    count = len(session.results)
    wanting = len({finding.claim for finding in findings})
    claims = f"{count} claim{'s' if count != 1 else ''}"
    closing = f"{len(findings)} findings in {wanting} of them" if findings else "nothing wanting"
    print_line(f"{claims} audited by {len(RULES)} rules: {closing}")
