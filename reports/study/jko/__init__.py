"""The JKO study of snapshots in print: page, figures, summary."""

from collections.abc import Mapping, Sequence

from ...stored import Json
from .figures import draw_entries
from .page import write_page
from .stored import parse_study
from .summary import write_summary

__all__ = ["list_figures", "render_page", "summarise"]


def render_page(study: Json, origin: str) -> str:
    """Return the page as Markdown.

    **Raises:** `ReportError` naming `origin` and the key where the study does not follow version 1 of its schema.
    """
    return write_page(parse_study(study, origin))


def list_figures(study: Json, origin: str) -> Mapping[str, Mapping[str, Json]]:
    """Return the entries of the figures by name; errors as for `render_page`."""
    return draw_entries(parse_study(study, origin))


def summarise(study: Json, origin: str) -> Sequence[str]:
    """Return the summary as lines; errors as for `render_page`."""
    return write_summary(parse_study(study, origin))
