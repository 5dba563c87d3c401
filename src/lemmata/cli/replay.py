"""`lemmata replay`: verify certificates from a file, without the code that found them."""

from collections.abc import Iterator
from pathlib import Path

from ..theory.verdict import Certificate, Json
from .exit_codes import ExitCode, UsageError
from .output import print_line, print_note
from .stored_results import read_json


def replay(path: Path) -> ExitCode:
    """Replay every certificate in `path` and print one line for each.

    **Raises:** `UsageError` where the file cannot be read or holds nothing of the kind.
    """
    found = list(find_certificates(read_json(path), str(path)))
    if not found:
        print_note(f"{path}: no certificates")
        return ExitCode.NOTHING_RAN
    from ..theory.replay import ReplayError
    from ..theory.replay import replay as replay_certificate

    failed = 0
    for name, certificate in found:
        try:
            replay_certificate(certificate)
        except ReplayError as error:
            failed += 1
            print_line(f"! {name}: {' '.join(str(error).split())}")
        else:
            print_line(f"  {name}: {certificate.kind} {certificate.digest[:12]} replayed")
    print_line(f"{len(found)} certificate{'s' if len(found) != 1 else ''}: {len(found) - failed} hold, {failed} fail")
    return ExitCode.NOT_AS_EXPECTED if failed else ExitCode.AS_EXPECTED


def find_certificates(value: Json, origin: str) -> Iterator[tuple[str, Certificate]]:
    """Yield the certificates of a certificate file, of evidence, or of a run's results, each with a name.

    **Raises:** `UsageError` where `value` is none of these.
    """
    try:
        if "schema_version" in value:
            for claim in value["claims"]:
                for evidence in claim["evidence"]:
                    if evidence["certificate"]:
                        name = f"{claim['id']} / {evidence['check']}"
                        yield name, Certificate.from_json(evidence["certificate"])
        elif "check" in value and "evidence" in value:
            yield from find_certificates(value["evidence"], origin)
        elif "certificate" in value:
            if value["certificate"]:
                yield value["check"], Certificate.from_json(value["certificate"])
        else:
            yield origin, Certificate.from_json(value)
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{origin}: not a certificate, evidence, or results: {error!r}") from error
