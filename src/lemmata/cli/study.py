"""`lemmata study`: a system's numerics on the user's own data."""

import datetime
import json
import re
from argparse import Namespace
from pathlib import Path

from .. import __version__
from ..checks.cache import cache_directory, write_atomically
from .exit_codes import ExitCode, UsageError
from .output import print_line, print_note
from .study_folder import RECORD, check_folder, write_folder
from .study_processes import choose_mesh, join_processes, sample_rows
from .study_systems import SYSTEMS, Json
from .work_progress import work_progress
from .workplace import unwritable

OUTPUT = Path("build", "study")
"""Where studies go unless told otherwise, each under the name of its data."""

OWN_OPTIONS = frozenset({"process", "file", "output", "json"})
"""Options in which the processes of one study may differ: the same data may lie elsewhere on another host."""


def study(chosen: Namespace, command: str) -> ExitCode:
    """Study the data that `chosen` names, print a summary, and leave the study in a folder.

    Of several processes the first prints and writes, once all have finished.

    **Raises:** `UsageError` for bad input; `KeyboardInterrupt` saying what was kept.
    """
    folder = chosen.output or OUTPUT / _name_output(chosen)
    check_folder(folder)
    if chosen.json is not None:
        reason = "is a folder" if chosen.json.is_dir() else unwritable(chosen.json.absolute().parent)
        if reason:
            raise UsageError(f"--json {chosen.json}: {reason}")
    try:
        record = _compute(chosen, command)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt("interrupted; nothing was written") from error
    if record is None:
        return ExitCode.AS_EXPECTED
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    from ..reports.study import summarise_study

    for line in summarise_study(record):
        print_line(line)
    if chosen.json is not None:
        try:
            write_atomically(chosen.json, text)
        except OSError as error:
            raise UsageError(f"--json {chosen.json}: {error.strerror or error}") from error
    return _keep(record, text, folder)


def _name_output(chosen: Namespace) -> str:
    """Name the folder after the data."""
    path = chosen.file.absolute()
    name = path.name if path.is_dir() else path.stem
    if chosen.name is not None:
        name = f"{name}-{chosen.name}"
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "data"


def _compute(chosen: Namespace, command: str) -> dict[str, Json] | None:
    """Make the study of the system that was chosen, and say how it came about; None where another process says it."""
    system = SYSTEMS[chosen.system]
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with join_processes(chosen) as cluster, work_progress(system.unit, shown=cluster.is_leader) as report:
        from ..numerics.compilation_cache import enable_compilation_cache
        from ..numerics.data_files import DataFileError
        from ..numerics.study_input import StudyError

        if not unwritable(cache_directory()):
            enable_compilation_cache(cache_directory())
        try:
            data = system.read(chosen.file, chosen.name)
            if cluster.num_processes > 1:
                cluster.require_agreement("options", str(_agreed(chosen)).encode())
                cluster.require_agreement("data", f"{data!r}".encode() + sample_rows(data))
            record = system.compute(data, chosen, choose_mesh(chosen), report)
        except DataFileError as error:
            raise UsageError(str(error)) from error
        except StudyError as error:
            raise UsageError(f"{chosen.file}: {error}") from error
    if not cluster.is_leader:
        return None
    run = {"file": str(chosen.file), "array": chosen.name, "command": command, "version": __version__}
    return {**record, "run": {**run, "processes": cluster.num_processes, "started": started}}


def _agreed(chosen: Namespace) -> dict[str, Json]:
    """Return the options that all processes must have alike."""
    return {name: value for name, value in sorted(vars(chosen).items()) if name not in OWN_OPTIONS}


def _keep(record: dict[str, Json], text: str, folder: Path) -> ExitCode:
    """Write the study into its folder: first its numbers, then page and figures, which cannot lose them.

    **Raises:** `UsageError` where the folder cannot be written; `KeyboardInterrupt` saying what was kept.
    """
    from ..reports.study import render_study

    fault = ""
    interrupted = False
    with write_folder(folder) as made:
        (made / RECORD).write_text(text, encoding="utf-8", newline="\n")
        try:
            render_study(record, made)
        except KeyboardInterrupt:
            interrupted = True
        except Exception as error:
            # The estimate may have taken hours: whatever goes wrong with a drawing, it is kept.
            fault = " ".join(str(error).split()) or type(error).__name__
    if interrupted:
        raise KeyboardInterrupt(f"interrupted while drawing; the numbers are in {folder / RECORD}")
    if fault:
        print_note(f"page or figures: {fault}; the numbers are in {folder / RECORD}")
        return ExitCode.INTERNAL_ERROR
    print_line(f"written to  {folder / 'study.md'}")
    return ExitCode.AS_EXPECTED
