"""The progress of one long computation on standard error: a bar, the share done, the rate, and the time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

PREFIXES = ("", "k", "M", "G", "T", "P")


@contextmanager
def work_progress(unit: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Show work done out of work in all, counted in `unit`, if `shown` and standard error is a terminal."""
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(20),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[after]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None, after="")

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, after="left")
            speed = bar.tasks[0].speed
            bar.update(task, description=f"{show_rate(speed)} {unit}/s" if speed else unit)

        yield show


def show_rate(rate: float) -> str:
    """Return a rate with three digits and a prefix of the SI."""
    power = 0
    while rate >= 999.5 and power < len(PREFIXES) - 1:
        rate, power = rate / 1000, power + 1
    return f"{rate:.3g} {PREFIXES[power]}".strip()
