"""Studies of users' data: the JSON of a study in; a page with figures, and a summary for the terminal, out.

Each system has a package here that reads its own JSON; nothing is recomputed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ..figures import Entry, render_figure
from ..stored import Json, Reader, ReportError
from . import jko, kinetic_optimal, monge_ampere

__all__ = ["SYSTEMS", "StudySystem", "render_study", "summarise_study"]


class StudySystem(Protocol):
    """What the package of a system offers."""

    def render_page(self, study: Json, origin: str) -> str:
        """Return the page as Markdown; it shows each figure as `figures/NAME.svg`."""
        ...

    def list_figures(self, study: Json, origin: str) -> Mapping[str, Mapping[str, Json]]:
        """Return the entries of the figures by NAME."""
        ...

    def summarise(self, study: Json, origin: str) -> Sequence[str]:
        """Return the lines of the summary, none longer than 80 characters unless a name in it is."""
        ...


SYSTEMS: Mapping[str, StudySystem] = {
    "kinetic-optimal": kinetic_optimal,
    "monge-ampere": monge_ampere,
    "jko": jko,
}


def render_study(study: Json, folder: Path, origin: str = "study.json") -> None:
    """Write `study.md` and then `figures/*.svg` and `figures/*.png` into `folder`.

    A figure that cannot be drawn does not keep the others from being drawn.

    **Raises:** `ReportError` naming `origin` and the key where the study does not follow its schema, and for the first
    figure that could not be drawn; `OSError` where the folder cannot be written.
    """
    system = _system(study, origin)
    page, figures = system.render_page(study, origin), system.list_figures(study, origin)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / "study.md").write_text(page, encoding="utf-8", newline="\n")
    failed: list[ReportError] = []
    for name, entry in figures.items():
        try:
            render_figure(Entry(entry, f"{origin}: figure {name}"), folder / "figures" / f"{name}.svg")
        except ReportError as error:
            failed.append(error)
    if failed:
        raise failed[0]


def summarise_study(study: Json, origin: str = "study.json") -> Sequence[str]:
    """Return the summary of a study for a terminal, as lines.

    **Raises:** `ReportError` naming `origin` and the key where the study does not follow its schema.
    """
    return _system(study, origin).summarise(study, origin)


def _system(study: Json, origin: str) -> StudySystem:
    return SYSTEMS[Reader(study, origin).choice("system", tuple(SYSTEMS))]
