"""The parts of `docs/benchmarks.md` that are written by machine, between markers."""

from pathlib import Path

PAGE = Path("docs/benchmarks.md")


def rewrite_part(part: str, begin: str, end: str, page: Path = PAGE) -> None:
    """Replace what stands between the lines `begin` and `end` of the page.

    **Raises:** `ValueError` where the page does not have both, in order.
    """
    page.write_text(replace_part(page.read_text(encoding="utf-8"), part, begin, end), encoding="utf-8")


def replace_part(page: str, part: str, begin: str, end: str) -> str:
    """Put `part` between the lines `begin` and `end` of a page.

    **Raises:** `ValueError` where the page does not have both, in order.
    """
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"no part between {begin!r} and {end!r}")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"
