"""`lemmata reproduce`: a claim of the last run as a short script that does not need lemmata."""

import difflib

from ..checks.reproduction import IrreproducibleError, write_script
from .exit_codes import ExitCode, UsageError
from .output import print_line, print_note
from .stored_results import RESULTS, read_last_results


def reproduce(identifier: str) -> ExitCode:
    """Print the script.

    **Raises:** `UsageError` where there are no results, or none of this claim.
    """
    results = read_last_results()
    try:
        claims = {claim["id"]: claim for claim in results["claims"]}
        if identifier not in claims:
            near = difflib.get_close_matches(identifier, claims, n=3, cutoff=0.5)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise UsageError(f"{RESULTS}: the last run has no claim {identifier!r}{hint}")
        script = write_script(claims[identifier])
    except IrreproducibleError as error:
        print_note(f"no script: {error}")
        return ExitCode.NOTHING_RAN
    except (KeyError, TypeError) as error:
        raise UsageError(f"{RESULTS}: not results of this version: {error!r}") from error
    print_line(script.rstrip())
    return ExitCode.AS_EXPECTED
