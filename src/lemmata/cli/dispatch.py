"""From arguments to a subcommand and its exit code; what is printed when one fails."""

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence

from .exit_codes import ExitCode, UsageError


def run_command_line(arguments: Sequence[str]) -> int:
    """Run a subcommand and return its exit code; bad input and interruption are one line on standard error."""
    from .arguments import build_parser

    try:
        chosen = build_parser().parse_args(arguments)
        return int(_run(chosen, "lemmata " + " ".join(arguments)))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.USAGE
    except UsageError as error:
        print(f"lemmata: {error}", file=sys.stderr)
        return ExitCode.USAGE
    except KeyboardInterrupt as error:
        print(f"lemmata: {error if error.args else 'interrupted'}", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`lemmata list | head`): nothing is wrong, and Python must not flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.AS_EXPECTED
    except Exception:
        print("lemmata: internal error, please report it:", file=sys.stderr)
        traceback.print_exc()
        return ExitCode.INTERNAL_ERROR


def _run(chosen: Namespace, command: str) -> ExitCode:
    """Call the subcommand; each imports what it needs and no more."""
    if chosen.command == "check":
        from .check import check

        return check(chosen, command)
    if chosen.command == "list":
        from .listing import list_claims

        return list_claims(chosen.targets)
    if chosen.command == "show":
        from .listing import show_claims

        return show_claims(chosen.targets)
    if chosen.command == "audit":
        from .audit import audit

        return audit(chosen)
    if chosen.command == "report":
        from .report import report

        return report(chosen.output, chosen.bibliography)
    if chosen.command == "replay":
        from .replay import replay

        return replay(chosen.file)
    if chosen.command == "reproduce":
        from .reproduce import reproduce

        return reproduce(chosen.claim)
    if chosen.command == "study":
        from .study import study

        return study(chosen, command)
    from .doctor import doctor

    return doctor()
