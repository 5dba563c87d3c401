"""The bibliography: `references.bib`, read by pybtex, and how an entry is printed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import final
from urllib.parse import quote, urlsplit

from pybtex.database import Entry, Person, parse_string
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text

from .markdown import escape
from .stored import ReportError


@final
@dataclass(frozen=True, slots=True)
class Reference:
    """One entry: its key, how the text names it (`Guo et al. 2005`), and the full entry as Markdown."""

    key: str
    short: str
    entry: str


def read_references(more: Iterable[Path] = ()) -> dict[str, Reference]:
    """Read the package's bibliography and the further BibTeX files in `more`, whose keys must be new.

    **Raises:** `ReportError` where a file cannot be read or parsed, or repeats a key.
    """
    found = _parse(files(__package__).joinpath("references.bib").read_text(encoding="utf-8"), "references.bib")
    for path in more:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError(f"{path}: cannot be read: {error}") from error
        added = _parse(text, str(path))
        if repeated := sorted(found.keys() & added.keys()):
            raise ReportError(f"{path}: {repeated[0]}: this key is in the bibliography already")
        found.update(added)
    return found


def _parse(text: str, origin: str) -> dict[str, Reference]:
    try:
        entries: Mapping[str, Entry] = parse_string(text, "bibtex").entries
    except PybtexError as error:
        raise ReportError(f"{origin}: not BibTeX: {error}") from error
    return {key: _render_reference(key, entry) for key, entry in entries.items()}


def _render_reference(key: str, entry: Entry) -> Reference:
    def field(name: str) -> str:
        return escape(str(Text.from_latex(entry.fields[name])).replace("--", "–")) if name in entry.fields else ""

    people = entry.persons.get("author", [])
    year = field("year")
    where = [part for part in (field("booktitle"), field("journal"), field("series"), field("publisher")) if part]
    volume = field("volume") + (f"({field('number')})" if field("number") else "")
    pages = f"{volume}:{field('pages')}" if volume and field("pages") else volume or field("pages")
    parts = [
        f"{_join([_name(person) for person in people])} ({year})" if people else f"({year})",
        f"*{field('title')}*",
        ", ".join([*where, *([pages] if pages else [])]),
        field("note"),
        f"[doi:{entry.fields['doi']}](https://doi.org/{entry.fields['doi']})" if "doi" in entry.fields else "",
        f"[arXiv:{entry.fields['eprint']}](https://arxiv.org/abs/{entry.fields['eprint']})"
        if "eprint" in entry.fields
        else "",
        _link(entry.fields["url"]) if "url" in entry.fields else "",
    ]
    return Reference(key, f"{_short(people, field('title'))} {year}".strip(), ". ".join(filter(None, parts)) + ".")


def _link(address: str) -> str:
    """Return a link that shows the host alone; parentheses would end a Markdown link."""
    return f"[{escape(urlsplit(address).netloc)}]({quote(address, safe=':/?#[]@!$&+,;=%~')})"


def _name(person: Person) -> str:
    return escape(" ".join(map(str, [*person.rich_first_names, *person.rich_middle_names, *_family(person)])))


def _family(person: Person) -> list[str]:
    return [str(part) for part in (*person.rich_prelast_names, *person.rich_last_names, *person.rich_lineage_names)]


def _short(people: list[Person], title: str) -> str:
    families = [escape(" ".join(_family(person))) for person in people]
    if not families:
        return f"*{title}*"
    return f"{families[0]} et al." if len(families) > 2 else " and ".join(families)


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
