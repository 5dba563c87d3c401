"""What the exit code of the command says."""

from enum import IntEnum
from typing import final


@final
class ExitCode(IntEnum):
    """Exit codes of every subcommand; where several apply, the run reports the first of `SEVERITY`."""

    AS_EXPECTED = 0
    NOT_AS_EXPECTED = 1
    USAGE = 2
    INTERNAL_ERROR = 3
    NOTHING_RAN = 5
    INTERRUPTED = 130


SEVERITY = (ExitCode.INTERNAL_ERROR, ExitCode.USAGE, ExitCode.NOT_AS_EXPECTED, ExitCode.NOTHING_RAN)
"""Which of several codes is reported: our own faults first, then the user's, then what is found of the mathematics."""


def most_severe(codes: set[ExitCode]) -> ExitCode:
    """Return the code to exit with where several apply; none is `AS_EXPECTED`."""
    return next((code for code in SEVERITY if code in codes), ExitCode.AS_EXPECTED)


class UsageError(Exception):
    """Bad input: one line that names what and where; the command exits with `USAGE`."""
