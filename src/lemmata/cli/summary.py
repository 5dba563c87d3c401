"""A session in print: the table of claims, an explanation of each that is not as it should be, and one closing line."""

from collections.abc import Iterator

from rich.text import Text

from ..checks.claim import Must
from ..checks.combine import RANK
from ..checks.controls import Leg
from ..checks.results import ClaimResult, ControlResult
from ..checks.session import Session, count_verdicts
from ..theory.verdict import Witness
from .output import plain_table, print_line, print_note, results_console, show_resolution, show_seconds, styled


def print_session(session: Session) -> None:
    """Print a session on standard output; crashes and disagreements on standard error."""
    if not session.results:
        print_note("nothing was selected")
        return
    results_console().print(
        plain_table(
            ("claim", "left"),
            ("verdict", "left"),
            ("standing", "left"),
            ("expected", "left"),
            ("resolution", "right"),
            ("s", "right"),
            rows=_rows(session),
        )
    )
    print_line("")
    for result in session.results:
        for line in explain_claim(result):
            print_line(line)
    for claim, leg in session.failures:
        if leg.failure == "crash":
            where = f" on control {leg.control!r}" if leg.control else ""
            print_note(f"{claim}: check {leg.check} crashed{where}: {leg.evidence.reason}")
    for line in session.outcome.disagreements:
        print_note(f"not reproducible: {line}")
    print_line(summarise(session))


def _rows(session: Session) -> Iterator[tuple[str | Text, ...]]:
    """Yield one row for each system and claim; `!` marks what is not as it should be."""
    system = ""
    for result in session.results:
        if result.record.system != system:
            system = result.record.system
            yield (Text(system, style="bold"),)
        sound = result.as_expected and all(control.holds for control in result.controls)
        yield (
            f"{' ' if sound else '!'} {result.record.id.partition('.')[2]}",
            styled(result.verdict.value),
            str(result.standing).replace(f"{system}.", ""),
            result.record.expected.value,
            show_resolution(result.resolution),
            show_seconds(result.seconds),
        )


def explain_claim(result: ClaimResult) -> Iterator[str]:
    """Yield what is wrong with a claim, or better than expected, line by line; nothing where all is as it should be."""
    name, verdict, expected = result.record.id, result.verdict, result.record.expected
    if not result.as_expected:
        yield f"! {name}: {verdict}, expected {expected}"
        for leg in result.legs:
            yield f"    {describe_leg(leg)}"
    elif verdict is not expected and RANK.get(verdict, 0) > RANK.get(expected, 0):
        yield f"  {name}: {verdict}, better than expected ({expected})"
    for control in result.controls:
        if not control.holds:
            yield from _explain_control(name, control)


def _explain_control(name: str, control: ControlResult) -> Iterator[str]:
    must = "be refuted" if control.record.must is Must.REFUTED else "survive"
    yield f"! {name}: control {control.record.name!r} must {must}, but is {control.verdict}"
    for leg in control.legs:
        yield f"    {describe_leg(leg)}"


def describe_leg(leg: Leg) -> str:
    """Return what a check found, on one line."""
    evidence = leg.evidence
    words = f"{leg.check}: {evidence.verdict}"
    if evidence.witness is not None:
        words += f" ({evidence.witness.strength}) at {describe_witness(evidence.witness)}"
    elif evidence.reason:
        words += f": {evidence.reason}"
    return f"{words}; {leg.remark}" if leg.remark and leg.remark != evidence.reason else words


def describe_witness(witness: Witness) -> str:
    """Return point, observed and required of a witness on one line."""
    point = ", ".join(f"{name} = {value}" for name, value in witness.point.items())
    return f"{point or 'the only instance'}: {witness.observed}, where {witness.required} is required"


def summarise(session: Session) -> str:
    """Return the closing line."""
    results = session.results
    counts = count_verdicts(results)
    verdicts = ", ".join(f"{n} {name}" for name, n in counts.items() if n or name == "refuted")
    odd = sum(not result.as_expected for result in results)
    controls = [control for result in results for control in result.controls]
    holding = sum(control.holds for control in controls)
    expected = "all as expected" if not odd else f"{odd} not as expected"
    must = f"{holding} controls" if holding == len(controls) else f"{holding} of {len(controls)} controls"
    outcome = session.outcome
    cached = f"{outcome.cached} of {outcome.units} checks from cache"
    again = f", {len(outcome.sampled)} of these run again" if outcome.sampled else ""
    return (
        f"{len(results)} claim{'s' if len(results) != 1 else ''}: {verdicts}; {expected}; "
        f"{must} as they must be ({session.seconds:.1f} s, {cached}{again})"
    )
