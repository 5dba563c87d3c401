"""GitHub-flavoured Markdown: escaping, tables, mathematics, anchors, folded parts.

Text from outside comes in three kinds. *Prose* (a statement, a remark) is Markdown with LaTeX and keeps its markup;
a *line* (a title, a note, a method) is plain text with LaTeX and code spans in it, everything else escaped; *code* (the
point of a witness) is verbatim. LaTeX may be written as `$...$`, `$$...$$`, GitHub's dollar-backtick form or a fenced
`math` block; it is printed in the last two, which GitHub does not mangle, after `mathematics.check_latex`.

Anchors follow GitHub's rule for headings, which pandoc's `gfm` reader shares.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import final

from .mathematics import check_latex


@final
class Markup(Enum):
    """What a piece of Markdown is."""

    TEXT = auto()
    CODE = auto()
    FENCE = auto()
    INLINE = auto()
    DISPLAY = auto()


_PIECE = re.compile(
    r"""
      ^(?P<ticks>`{3,})(?P<info>[^\n`]*)\n(?P<fence>.*?)\n?^(?P=ticks)[ ]*$    # fenced block, math or other
    | \$`(?P<github>[^`]+)`\$                                                  # inline, GitHub's form
    | (?<![\\`])(?P<quote>`+)(?P<code>.+?)(?<!`)(?P=quote)(?!`)                          # code span
    | \$\$(?P<display>.+?)\$\$                                                 # display
    | (?<![\\\w])\$(?=\S)(?P<dollar>[^$`]*?[^\s$`\\])\$(?!\d)                  # inline, TeX's form
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_VERBATIM = re.compile(r"\$`[^`]+`\$|(?<![\\`])(`+).+?(?<!`)\1(?!`)")
_SPECIAL = re.compile(r"([\\`*_\[\]{}|~#])")
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])")


def split_markup(text: str) -> Iterator[tuple[Markup, str]]:
    """Split Markdown into text, code and mathematics; for the latter two the content without its delimiters."""
    end = 0
    for match in _PIECE.finditer(text):
        if match.start() > end:
            yield Markup.TEXT, text[end : match.start()]
        end = match.end()
        if match["fence"] is not None:
            is_math = match["info"].strip() == "math"
            yield (Markup.DISPLAY, match["fence"]) if is_math else (Markup.FENCE, match[0])
        elif match["code"] is not None:
            yield Markup.CODE, match["code"]
        elif match["display"] is not None:
            yield Markup.DISPLAY, match["display"]
        else:
            yield Markup.INLINE, match["github"] or match["dollar"]
    if end < len(text):
        yield Markup.TEXT, text[end:]


def render_prose(text: str, claim: str) -> str:
    """Return Markdown of ours with its mathematics checked and in GitHub's form.

    **Raises:** `UnsupportedMathematics` naming `claim`.
    """
    out = []
    for markup, piece in split_markup(text.strip()):
        if markup is Markup.INLINE:
            out.append(inline_math(piece, claim))
        elif markup is Markup.DISPLAY:
            out.append(f"\n\n{math_block(piece, claim)}\n\n")
        else:
            out.append(code(piece) if markup is Markup.CODE else piece)
    return re.sub(r"\n{3,}", "\n\n", "".join(out)).strip()


def render_line(text: str, claim: str) -> str:
    """Return plain text with LaTeX and code spans as one line of Markdown, the rest escaped.

    **Raises:** `UnsupportedMathematics` naming `claim`.
    """
    out = []
    for markup, piece in split_markup(" ".join(text.split())):
        if markup in (Markup.INLINE, Markup.DISPLAY):
            out.append(inline_math(piece, claim))
        else:
            out.append(code(piece) if markup is Markup.CODE else escape(piece))
    return _BLOCK_START.sub(r"\1\\\2", "".join(out))


def escape(text: str) -> str:
    """Escape what Markdown or HTML would take for markup in plain text."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", text).replace("$", "<span>$</span>")


def code(text: str) -> str:
    """Return `text` as a code span, whatever backticks it contains."""
    text = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def inline_math(latex: str, claim: str) -> str:
    """Return a formula in GitHub's dollar-backtick form."""
    return f"$`{' '.join(check_latex(latex, claim).split())}`$"


def math_block(latex: str, claim: str) -> str:
    """Return a formula as a fenced `math` block."""
    return f"```math\n{check_latex(latex, claim)}\n```"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """Return a table; `align` has one of `l`, `r`, `c` for each column and defaults to the left.

    Cells are Markdown already. A bar inside code or mathematics would end the cell, so it becomes `\\|` or `\\vert`.
    """
    rules = {"l": ":--", "r": "--:", "c": ":-:"}
    lines = [header, [rules[side] for side in align or "l" * len(header)], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(markdown: str) -> str:
    def protect(match: re.Match[str]) -> str:
        if match[0].startswith("$"):
            return match[0].replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return match[0].replace("|", r"\|")

    return _VERBATIM.sub(protect, " ".join(markdown.split()))


def details(summary: str, body: str) -> str:
    """Return `body` folded away under `summary`, which is one line of Markdown without mathematics."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body.strip()}\n\n</details>"


def bullets(items: Iterable[str]) -> str:
    """Return a list with one line for each item."""
    return "\n".join(f"- {item}" for item in items)


def paragraphs(*parts: str) -> str:
    """Join the parts that are not empty by blank lines."""
    return "\n\n".join(part for part in parts if part)


def count(number: int, noun: str, plural: str = "") -> str:
    """Return for example `1 check` or `3 checks`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


@final
@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the document: `#` signs, plain text, and the anchor that GitHub gives it."""

    level: int
    text: str
    anchor: str

    @property
    def markdown(self) -> str:
        """The heading's own line."""
        return f"{'#' * self.level} {escape(self.text)}"

    @property
    def link(self) -> str:
        """A link to the heading that shows its text."""
        return f"[{escape(self.text)}](#{self.anchor})"


def github_slug(text: str) -> str:
    """Return the anchor of a heading that shows `text`: lower case, punctuation dropped, spaces to hyphens."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


@final
class Outline:
    """The headings of one document in their order, with an anchor for each; a repeated one gets a number."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self._taken: dict[str, int] = {}

    def add(self, level: int, text: str) -> Heading:
        """Append a heading of plain text."""
        text = " ".join(text.replace("`", "").split())
        slug = github_slug(text)
        number = self._taken.get(slug, 0)
        anchor = f"{slug}-{number}" if number else slug
        self._taken[slug] = number + 1
        self._taken.setdefault(anchor, 1)
        self.headings.append(heading := Heading(level, text, anchor))
        return heading
