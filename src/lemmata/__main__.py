"""Entry point of the `lemmata` command and of `python -m lemmata`."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    from lemmata.cli.dispatch import run_command_line

    return run_command_line(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
