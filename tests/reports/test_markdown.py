"""What goes into the Markdown comes out of a Markdown parser unchanged."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lemmata.reports.markdown import (
    Markup,
    Outline,
    code,
    github_slug,
    render_line,
    render_prose,
    split_markup,
    table,
)
from lemmata.reports.mathematics import UnsupportedMathematics

PARSER = MarkdownIt("commonmark").enable("table")
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)
MARKUP_SIGNS = st.text(alphabet="|_<>&*`$[](){}\\#~!-+1. ab", max_size=30)


def cells(markdown: str) -> list[list[str]]:
    """Return the texts that a table shows, row by row, header first."""
    rows: list[list[str]] = []
    for token in PARSER.parse(markdown):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline":
            shown = [t.content for t in token.children or [] if t.type in ("text", "text_special", "code_inline")]
            rows[-1].append("".join(shown))
    return rows


def collapsed(text: str) -> str:
    return " ".join(text.split())


@given(PRINTABLE | MARKUP_SIGNS)
def test_a_plain_cell_shows_its_text_and_nothing_else(text: str) -> None:
    plain = collapsed(text)
    if any(markup is not Markup.TEXT for markup, _ in split_markup(plain)):
        return
    assert cells(table(["a", "b"], [[render_line(text, "claim"), "end"]])) == [["a", "b"], [plain, "end"]]


@given(PRINTABLE | MARKUP_SIGNS)
def test_a_code_cell_shows_its_text_verbatim(text: str) -> None:
    plain = collapsed(text)
    # A backslash before a bar cannot be written inside a table at all: GFM takes it for the escape.
    if not plain or "\\|" in plain or plain.endswith("\\"):
        return
    assert cells(table(["a", "b"], [[code(text), "end"]])) == [["a", "b"], [plain, "end"]]


def test_special_characters_are_escaped_in_a_table() -> None:
    shown = table(["x"], [[render_line("a_b | c <d> & *e*", "claim")]]).splitlines()[-1]
    assert shown == r"| a\_b \| c &lt;d&gt; &amp; \*e\* |"


def test_a_bar_in_mathematics_does_not_end_a_cell() -> None:
    shown = table(["x", "y"], [[render_line(r"norm $\|x\| = |y|$", "claim"), "end"]])
    assert shown.splitlines()[-1] == r"| norm $`\Vert x\Vert  = \vert y\vert `$ | end |"


@pytest.mark.parametrize("written", ["a $x_1$ b", "a $`x_1`$ b"])
def test_inline_mathematics_takes_githubs_form(written: str) -> None:
    assert render_prose(written, "claim") == "a $`x_1`$ b"


@pytest.mark.parametrize("written", ["a\n\n$$x_1$$\n\nb", "a\n\n```math\nx_1\n```\n\nb", "a $$x_1$$ b"])
def test_displayed_mathematics_becomes_a_fenced_block(written: str) -> None:
    assert [line.strip() for line in render_prose(written, "claim").splitlines()] == [
        "a", "", "```math", "x_1", "```", "", "b",
    ]  # fmt: skip


def test_dollars_in_code_and_amounts_are_no_mathematics() -> None:
    assert render_prose("cost `$5$` and $5 or 6$7", "claim") == "cost `$5$` and $5 or 6$7"
    assert render_line("$5 and more", "claim") == "<span>$</span>5 and more"


def test_a_line_cannot_start_a_list() -> None:
    assert render_line("1. first", "claim") == r"1\. first"
    assert render_line("- first", "claim") == r"\- first"


def test_mathematics_in_prose_is_checked() -> None:
    with pytest.raises(UnsupportedMathematics, match=r"system\.claim.*\\operatorname"):
        render_prose(r"see $\operatorname{erf}(x)$", "system.claim")


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("The kinetic energy", "the-kinetic-energy"),
        ("Separation needs n/sqrt(d) -> 0", "separation-needs-nsqrtd---0"),
        ("Monge-Ampère: a_b?", "monge-ampère-a_b"),
        ("A & B", "a--b"),
    ],
)
def test_anchors_follow_githubs_rule(heading: str, anchor: str) -> None:
    assert github_slug(heading) == anchor


def test_a_repeated_heading_gets_a_numbered_anchor() -> None:
    outline = Outline()
    anchors = [outline.add(2, text).anchor for text in ("Same", "Same", "same", "Same 1")]
    assert anchors == ["same", "same-1", "same-2", "same-1-1"]


def test_headings_show_their_text() -> None:
    heading = Outline().add(3, "Below <n> _or_ | above")
    tokens = PARSER.parse(heading.markdown)
    assert [t.tag for t in tokens if t.type == "heading_open"] == ["h3"]
    shown = "".join(t.content for t in tokens[1].children or [])
    assert re.sub(r"\s+", " ", shown) == "Below <n> _or_ | above"
