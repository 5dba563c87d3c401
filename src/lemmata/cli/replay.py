"""`lemmata replay`: verify certificates from a file, without the code that found them."""

from collections.abc import Iterator
from pathlib import Path

from ..theory.verdict import Certificate, Json
from .exit_codes import ExitCode, UsageError
from .output import print_line, print_note
from .stored_results import read_json
from .study_folder import SCHEMA as STUDY


def replay(path: Path) -> ExitCode:
    """Replay every certificate in `path` and print one line for each.

    **Raises:** `UsageError` where the file cannot be read or holds nothing of the kind.
    """
    try:
        found = list(find_certificates(read_json(path), str(path)))
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: neither a certificate, nor evidence, nor results: {error!r}") from error
    if not found:
        print_note(f"{path}: no certificates")
        return ExitCode.NOTHING_RAN
    from ..checks.replaying import ReplayError, replay_certificate

    failed = 0
    for name, certificate in found:
        try:
            replay_certificate(certificate)
        except ReplayError as error:
            failed += 1
            print_line(f"! {name}: {' '.join(str(error).split())}")
        else:
            print_line(f"  {name}: {certificate.kind} {certificate.digest[:12]} replayed")
    count = f"{len(found)} certificate{'s' if len(found) != 1 else ''}"
    print_line(f"{count}: {len(found) - failed} hold, {failed} do not")
    return ExitCode.NOT_AS_EXPECTED if failed else ExitCode.AS_EXPECTED


def find_certificates(value: Json, origin: str) -> Iterator[tuple[str, Certificate]]:
    """Yield the certificates of a certificate file, of evidence, of a run's results, or of a study, each with a name.

    **Raises:** `KeyError`, `TypeError` or `AttributeError` where `value` is none of these.
    """
    if value.get("schema") == STUDY:
        for number, certificate in enumerate(value.get("certificates", []), start=1):
            yield f"{origin} / {number}", Certificate.from_json(certificate)
    elif "schema_version" in value:
        for claim in value["claims"]:
            for evidence in claim["evidence"]:
                if evidence["certificate"]:
                    yield f"{claim['id']} / {evidence['check']}", Certificate.from_json(evidence["certificate"])
    elif "certificate" in value:
        if value["certificate"]:
            yield value["check"], Certificate.from_json(value["certificate"])
    elif "evidence" in value:
        yield from find_certificates(value["evidence"], origin)
    else:
        yield origin, Certificate.from_json(value)
