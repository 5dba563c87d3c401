"""`lemmata report`: write the report of the last run."""

from collections.abc import Sequence
from pathlib import Path

from ..reports.document import render_report
from ..reports.mathematics import UnsupportedMathematics
from ..reports.stored import ReportError
from .exit_codes import ExitCode, UsageError
from .output import print_line
from .stored_results import RESULTS, read_last_results


def report(output: Path, bibliography: Sequence[Path]) -> ExitCode:
    """Render the stored results into `output` and print the path of the document.

    **Arguments:** `bibliography` holds BibTeX files for the sources of users' own claims.

    **Raises:** `UsageError` where there are no results, where they do not follow the schema, or cannot be printed.
    """
    results = read_last_results()
    try:
        path = render_report(results, output, origin=str(RESULTS), bibliography=bibliography)
    except (ReportError, UnsupportedMathematics) as error:
        raise UsageError(str(error)) from error
    print_line(str(path))
    return ExitCode.AS_EXPECTED
