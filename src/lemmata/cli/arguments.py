"""The arguments of the `lemmata` command."""

import argparse
import math
from pathlib import Path

from .. import __version__
from .study_systems import SYSTEMS

EXIT_CODES = """\
exit codes: 0 as expected; 1 a claim or a control is not what it should be; 2 usage, or a claim module that cannot be
loaded; 3 internal error (a check crashed, or stored evidence is not reproduced); 5 nothing ran; 130 interrupted
"""

TARGETS = "claim ids, globs over ids, systems, or Python files of claims; everything where nothing is named"


def build_parser() -> argparse.ArgumentParser:
    """Build the parser; `command` is the subcommand that was chosen."""
    parser = argparse.ArgumentParser(
        prog="lemmata",
        description="Check the mathematics of generative-model papers by machine.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"lemmata {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check claims and their controls", epilog=EXIT_CODES)
    _add_run_arguments(check)
    check.add_argument("--json", type=Path, metavar="FILE", help="also write the results as JSON (docs/json.md)")

    listing = commands.add_parser("list", help="list claims")
    listing.add_argument("targets", nargs="*", metavar="TARGET", help=TARGETS)

    show = commands.add_parser("show", help="print claims in full")
    show.add_argument("targets", nargs="+", metavar="ID", help=TARGETS)

    audit = commands.add_parser("audit", help="check that claims are well made: controls, resolution, sources")
    _add_run_arguments(audit)

    report = commands.add_parser("report", help="write the report of the last run")
    report.add_argument(
        "--output", type=Path, default=Path("build", "report"), metavar="DIR", help="default: %(default)s"
    )
    report.add_argument(
        "--bibliography", type=Path, action="append", default=[], metavar="FILE", help="BibTeX for users' own sources"
    )

    replay = commands.add_parser("replay", help="verify stored certificates without the code that found them")
    replay.add_argument(
        "file", type=Path, metavar="FILE", help="a certificate, evidence, results of `check --json`, or a study"
    )

    reproduce = commands.add_parser("reproduce", help="print a short script that does not need lemmata")
    reproduce.add_argument("claim", metavar="ID", help="a claim of the last run")

    study = commands.add_parser("study", help="run a system's numerics on your own data", epilog=EXIT_CODES)
    _add_studies(study.add_subparsers(dest="system", required=True, metavar="SYSTEM"))

    commands.add_parser("doctor", help="look at the installation")
    return parser


def _add_studies(systems: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add one subcommand for each system; what it takes beside the common options, the system says."""
    for name, system in SYSTEMS.items():
        study = systems.add_parser(name, help=system.summary, epilog=EXIT_CODES)
        study.add_argument("file", type=Path, metavar="FILE", help=system.files)
        study.add_argument("--name", metavar="ARRAY", help="the array in an .npz file")
        study.add_argument("--seed", type=_seed, default=0, metavar="N", help="default: %(default)s")
        study.add_argument("--output", type=Path, metavar="DIR", help="default: build/study/ and the name of the data")
        study.add_argument("--json", type=Path, metavar="FILE", help="also write the study as JSON (docs/study.md)")
        system.add_arguments(study)
        if system.spreads:
            _add_spreading(study)
        else:
            study.set_defaults(devices="one", distributed=False, coordinator=None, processes=None, process=None)


def _add_spreading(study: argparse.ArgumentParser) -> None:
    """Add what a study takes whose work is spread over devices and processes."""
    study.add_argument(
        "--devices", choices=("all", "one"), default="all", help="use all that JAX sees; default: %(default)s"
    )
    joint = study.add_argument_group("several processes", "the same command in each (docs/several-hosts.md)")
    joint.add_argument("--distributed", action="store_true", help="join those that JAX detects: SLURM, Open MPI")
    joint.add_argument("--coordinator", metavar="HOST:PORT", help="where process 0 listens")
    joint.add_argument("--processes", type=int, metavar="N", help="how many there are")
    joint.add_argument("--process", type=int, metavar="I", help="which one this is, from 0")


def _add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes that runs checks."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"{TARGETS}; what these rest on is checked too")
    parser.add_argument(
        "--effort", choices=("quick", "standard", "deep"), default="standard", help="default: %(default)s"
    )
    parser.add_argument(
        "--jobs", type=_positive_integer, metavar="N", help="worker processes; default: one for each core"
    )
    parser.add_argument("--seed", type=_seed, metavar="N", help="master seed; default: the fixed one")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="S", help="seconds for one check of one claim; default by effort"
    )
    parser.add_argument("--no-cache", action="store_true", help="run everything anew; what is found is still stored")


def _positive_integer(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}: want at least 1")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text}: want a seed that is not negative")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text}: want a positive number of seconds")
    return value
