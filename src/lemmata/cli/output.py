"""Where the command prints: results on standard output, all else on standard error; colour only on a terminal."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import JustifyMethod

    from ..checks.run import Progress

STYLES = {
    "proved": "green",
    "certified": "green",
    "supported": "cyan",
    "refuted": "magenta",
    "undecided": "yellow",
    "conflict": "bold red",
}


def results_console() -> Console:
    """Return the console for results; 80 columns wide unless the terminal, or `COLUMNS`, says otherwise."""
    return Console(highlight=False, markup=False, emoji=False)


def print_line(line: str) -> None:
    """Print one line of results as it is."""
    sys.stdout.write(f"{line}\n")


def print_note(line: str) -> None:
    """Print one line about the run on standard error."""
    print(f"lemmata: {line}", file=sys.stderr)


def styled(verdict: str) -> Text:
    """Return a verdict in its colour."""
    return Text(verdict, style=STYLES.get(verdict, ""))


def plain_table(*columns: tuple[str, str], rows: Iterable[Iterable[str | Text]]) -> Table:
    """Return a table without rules; `columns` are pairs of heading and `left` or `right`.

    Cells are folded where the line is too long, those of the first column, which hold names, last.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for number, (heading, side) in enumerate(columns):
        justify: JustifyMethod = "right" if side == "right" else "left"
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    return table


def show_seconds(seconds: float) -> str:
    """Return a time in seconds with a sensible number of digits."""
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"


def show_resolution(resolution: float | None) -> str:
    """Return a resolution: `exact` for 0, `-` where none is stated."""
    if resolution is None:
        return "-"
    return "exact" if resolution == 0 else f"{resolution:.1e}"


@contextmanager
def live_progress() -> "Iterator[Callable[[Progress], None]]":
    """Show a run's progress on standard error while it lasts; silent where that is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(progress: "Progress") -> None:
            names = "; ".join(progress.running)
            room = max(console.width - 50, 10)
            text = names if len(names) <= room else f"{names[: room - 1]}…"
            bar.update(task, completed=progress.done, total=progress.total, description=text)

        yield show
