"""The report says everything that the results hold, first what matters, and says it the same way twice."""

import copy
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from lemmata.checks.evidence import Evidence
from lemmata.reports.document import render_report
from lemmata.reports.markdown import Markup, github_slug, split_markup
from lemmata.reports.mathematics import UnsupportedMathematics, check_latex
from lemmata.reports.stored import VERDICTS, ReportError
from lemmata.theory.verdict import Verdict

from .sample_results import claim, measured_leg, proved_leg, sample_results, source

Json = Any
PARSER = MarkdownIt("commonmark").enable("table")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_report(sample_results(), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def text(rendered: Path) -> str:
    return rendered.read_text(encoding="utf-8")


def headings(markdown: str) -> list[str]:
    tokens = PARSER.parse(markdown)
    return [
        "".join(t.content for t in tokens[index + 1].children or [])
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def section(markdown: str, title: str) -> str:
    """Return what stands under a heading, up to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", markdown, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def test_every_claim_has_a_section_in_reading_order(text: str) -> None:
    titles = [c["title"] for c in sample_results()["claims"]]
    assert [heading for heading in headings(text) if heading in titles] == titles


def test_every_link_within_the_document_has_a_target(text: str) -> None:
    taken: dict[str, int] = {}
    anchors = set()
    for heading in headings(text):
        slug = github_slug(heading)
        number = taken.get(slug, 0)
        taken[slug] = number + 1
        anchors.add(f"{slug}-{number}" if number else slug)
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert len(links) > 15
    assert links <= anchors


def test_the_table_of_contents_names_every_claim_with_its_standing(text: str) -> None:
    contents = section(text, "Contents")
    for entry in sample_results()["claims"]:
        line = rf"^  - \[.*\]\(#{re.escape(github_slug(entry['title']))}\) · {entry['verdict']}$"
        assert re.search(line, contents, re.MULTILINE), entry["id"]


def test_what_is_not_as_expected_comes_first(text: str) -> None:
    title, alarm, *_ = text.split("\n\n")
    assert title.startswith("# ")
    assert alarm.startswith("> [!CAUTION]\n> **Not as expected**")
    assert "The flow converges exponentially" in text[: text.index("This report")]
    assert "control rate doubled had to be refuted and is **undecided**" in text[: text.index("This report")]


def test_a_run_as_expected_says_so_in_one_line(tmp_path: Path) -> None:
    good = [claim("s.a", "A", [proved_leg()])]
    text = render_report(sample_results(good), tmp_path).read_text()
    assert text.split("\n\n")[1] == "**Everything is as expected**: 1 claim, 1 check and 2 controls."
    assert "CAUTION" not in text


def test_problems_of_the_run_are_loud(tmp_path: Path) -> None:
    results = {**sample_results([claim("s.a", "A", [proved_leg()])]), "problems": ["own.py: no such module"]}
    assert "> - The run met a problem: own.py: no such module." in render_report(results, tmp_path).read_text()


def test_the_verdict_table_counts_claims_by_system(text: str) -> None:
    verdicts = section(text, "Verdicts")
    assert re.search(r"\| \[Kinetic-optimal Gaussian paths\]\(#.*\) \| 5 \| 3 \| – \| 1 \| 1 \| – \| all \|", verdicts)
    assert "| all | 7 | 3 | – | 2 | 1 | 1 | **6** |" in verdicts


def test_a_claim_counts_under_its_standing(tmp_path: Path) -> None:
    weak = claim("s.a", "A", [proved_leg()], standing="supported from {s.b}", axioms=["s.b"])
    text = render_report(sample_results([weak]), tmp_path).read_text()
    assert re.search(r"\| 1 \| – \| – \| 1 \| – \| – \| all \|", section(text, "Verdicts"))
    assert "**supported** from {`s.b` (not in this run)} (its own checks say proved" in section(text, "A")


def test_the_front_page_lists_news_errors_lowered_and_cited(text: str) -> None:
    assert "Few samples separate" in section(text, "New results")
    assert "from {[`cited.i-mmse`](#i-mmse-" in section(text, "New results")
    errors = section(text, "Errors found in print")
    assert "**refuted** (exact witness) at `n = 2, d = 1, X_1 = Mixture(-1 | 1)`. Correction: [" in errors
    assert "proved → supported | 2026-11-02 | the sweep stops at $`d = 64`$ |" in section(text, "Lowered expectations")
    assert re.search(r"Guo et al\. 2005.*\| supported \| \[Few samples separate", section(text, "Cited theorems"))


def test_a_refuted_claim_shows_its_witness(text: str) -> None:
    shown = section(text, "Separation needs n/sqrt(d) -&gt; 0")
    for row in (
        r"| point | `n = 2, d = 1, X_1 = Mixture(-1 \| 1)` |",
        "| observed | `1/3` |",
        "| required | `0` |",
        "| strength | exact |",
        "| found by | `enclosure` |",
        "| note | the smallest data set |",
    ):
        assert row in shown


def test_a_section_holds_all_that_is_known(text: str) -> None:
    shown = section(text, "The kinetic energy depends on the data through one function")
    for part in (
        "**proved** · universal · every d · `kinetic-optimal.kinetic-energy`",
        "*Restated from* [Shaul et al. 2023](#shaul2023), abstract, (i).",
        "*Used by* [The optimal path",
        "**1.** velocity, by `hypothesis`\n\n```math\nu = ",
        "**2.** by `tower rule` from 1: insert $`\\lambda`$ by its definition",
        "| `monte-carlo` | statistical | instance | supported | 0.9999 | 0.0021 | 0.0021 | 0.0043 |",
        "seed 4611686018427387904",
        r"two\_clusters &lt;n = 64&gt;",
        f"SHA-256 `{proved_leg().certificate.digest[:16]}`",  # type: ignore[union-attr]
        r"| 1 % off | coefficient 1 of $`(1-\lambda)`$ becomes 1.01 | be refuted | near | refuted | `derivation` |",
        r"`s = 3/7, f(x) = x**2 \| y_1`",
        "| `monte-carlo` | `cpu` | `77ab03ce` | `float64` | 1.62 |",
        "That $`\\lambda`$ is the paper's function is our identification.",
    ):
        assert part in shown, part


def test_long_derivations_are_folded_and_short_ones_open(text: str) -> None:
    assert "<details>\n<summary>9 steps</summary>" in section(
        text, "The optimal path is a straight line in flat coordinates"
    )
    assert "steps</summary>" not in section(text, "The kinetic energy depends on the data through one function")


def test_a_step_that_failed_says_so(tmp_path: Path) -> None:
    step = {"rule": "decision", "latex": "a = b", "note": "", "name": "last", "verdict": "refuted", "premises": []}
    leg = Evidence.from_json({**proved_leg().to_json(), "derivation": [step]})
    text = render_report(sample_results([claim("s.a", "A", [leg])]), tmp_path).read_text()
    assert "**1.** last, by `decision` **refuted**\n\n```math\na = b\n```" in text


def test_a_value_of_many_parts_gets_its_table(text: str) -> None:
    assert "| CIFAR-10 | 50000 | 3072 | 1.8324 |" in text


def test_every_table_is_one(text: str) -> None:
    written = len(re.findall(r"^\| [:-]", text, re.MULTILINE))
    assert written == sum(token.type == "table_open" for token in PARSER.parse(text)) > 20


def test_every_figure_exists_and_says_what_it_shows(rendered: Path, text: str) -> None:
    images = re.findall(r"^!\[(.+)\]\((figures/[^)]+\.svg)\)\\\n\*\*Figure (\d+)\.\*\* (.+)$", text, re.MULTILINE)
    assert [int(number) for _, _, number, _ in images] == [1, 2, 3, 4]
    assert text.count("![") == len(images)
    for alt, name, _, caption in images:
        assert len(alt) > 20
        assert len(caption) > 10
        assert (rendered.parent / name).read_text().startswith("<?xml")
    assert {path.name for path in (rendered.parent / "figures").glob("*.svg")} == {
        Path(name).name for _, name, *_ in images
    }
    assert [path.name for path in (rendered.parent / "figures").glob("*.png")] == [
        "kinetic-optimal.straight-line.shooting.path.png"
    ]


def test_all_mathematics_is_carried_and_in_githubs_form(text: str) -> None:
    formulas = [piece for markup, piece in split_markup(text) if markup in (Markup.INLINE, Markup.DISPLAY)]
    assert len(formulas) > 40
    for formula in formulas:
        check_latex(formula, "report")
    assert "$$" not in text
    assert len(re.findall(r"\$`", text)) == len(re.findall(r"`\$", text))


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    first = render_report(sample_results(), tmp_path / "first").parent
    second = render_report(sample_results(), tmp_path / "second").parent
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 6
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


def later() -> Json:
    """Return the sample as another run on another day would have stored it."""
    results = copy.deepcopy(sample_results())
    results["run"] |= {"started": "2027-01-01T00:00:00+00:00", "seconds": 99.0}
    for entry in results["claims"]:
        entry["seconds"] += 1
        for leg in entry["evidence"]:
            leg["seconds"] += 1
    return results


def test_time_is_told_under_provenance_alone(tmp_path: Path, text: str) -> None:
    other = render_report(later(), tmp_path).read_text()
    assert other != text

    def timeless(report: str) -> str:
        folded = re.sub(r"<summary>Provenance</summary>.*?</details>", "", report, flags=re.DOTALL)
        return folded[: folded.index("\n## Provenance\n")]

    assert timeless(other) == timeless(text)


def test_source_date_epoch_takes_time_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    first, second = (render_report(r, tmp_path / n) for r, n in ((sample_results(), "a"), (later(), "b")))
    assert first.read_bytes() == second.read_bytes()
    assert "| started | 1970-01-01T00:00:00+00:00 |" in first.read_text()


def test_a_bad_source_date_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ReportError, match="SOURCE_DATE_EPOCH"):
        render_report(sample_results(), tmp_path)


def test_mathematics_that_would_not_print_names_its_claim(tmp_path: Path) -> None:
    bad = claim("s.a", "A", [proved_leg()], statement=r"For $x > 0$, $\operatorname{erf}(x) > 0$.")
    with pytest.raises(UnsupportedMathematics, match=r"s\.a: the report cannot carry \\operatorname"):
        render_report(sample_results([bad]), tmp_path)


def test_a_derivation_that_would_not_print_names_its_claim(tmp_path: Path) -> None:
    steps = ({"rule": "decided", "latex": r"a \otimes b", "note": ""},)
    leg = Evidence.from_json({**proved_leg().to_json(), "derivation": steps})
    with pytest.raises(UnsupportedMathematics, match=r"s\.a: .*\\otimes"):
        render_report(sample_results([claim("s.a", "A", [leg])]), tmp_path)


def test_an_unknown_source_is_named(tmp_path: Path) -> None:
    bad = claim("s.a", "A", [proved_leg()], source=source("restated", "nobody1900"))
    with pytest.raises(ReportError, match=r"run\.json: claims\[0\]\.source\.key: 'nobody1900'"):
        render_report(sample_results([bad]), tmp_path, origin="run.json")


def test_a_users_bibliography_resolves_his_sources(tmp_path: Path) -> None:
    (own := tmp_path / "own.bib").write_text("@misc{own2026, author={Doe, Jane}, title={A_b}, year={2026}}")
    mine = claim("s.a", "A", [proved_leg()], source=source("restated", "own2026", "p. 3"))
    text = render_report(sample_results([mine]), tmp_path, bibliography=[own]).read_text()
    assert "*Restated from* [Doe 2026](#own2026), p. 3." in text
    assert "Jane Doe (2026). *A\\_b*." in section(text, "own2026")


def test_what_is_first_stated_here_has_no_bibliography_entry(tmp_path: Path) -> None:
    ours = claim("s.a", "A", [proved_leg()], source=source("new", "lemmata", "this catalogue"))
    text = render_report(sample_results([ours]), tmp_path).read_text()
    assert "\n*New here*.\n" in text
    assert section(text, "Bibliography").strip() == "None."


def test_a_value_stands_with_its_own_error(tmp_path: Path) -> None:
    value = {"energy": 1.40888, "energy error": 0.0031, "J": 0.45, "saving": 0.0912, "points": [1, 2]}
    text = render_report(sample_results([claim("s.a", "A", [measured_leg(value=value)])]), tmp_path).read_text()
    for row in ("| energy | 1.4089 | 0.0031 |", "| J | 0.45 | – |", "| points | 1, 2 | – |"):
        assert row in text
    assert "energy error" not in text


def test_a_withdrawn_witness_stays_on_record(tmp_path: Path) -> None:
    leg = measured_leg(provenance={"withdrawn_witness": {"point": {"s": "1|2"}, "alpha": None}})
    text = render_report(sample_results([claim("s.a", "A", [leg])]), tmp_path).read_text()
    assert r'| `monte-carlo` | `{"alpha": null, "point": {"s": "1\|2"}}` | 1.62 |' in text


def test_a_title_with_mathematics_is_reached_by_its_identifier(tmp_path: Path) -> None:
    text = render_report(
        sample_results([claim("s.a-b", r"The limit of $\lambda$", [proved_leg()])]), tmp_path
    ).read_text()
    assert "\n### s.a-b\n\n**The limit of $`\\lambda`$**\n" in text
    assert "](#sa-b)" in text


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ReportError, match=r"taken.*cannot be written"):
        render_report(sample_results(), tmp_path / "taken")


def test_empty_results_make_a_report(tmp_path: Path) -> None:
    text = render_report(sample_results([]), tmp_path).read_text()
    assert "0 claims, 0 checks and 0 controls" in text


def test_statistical_witnesses_state_their_false_alarm(tmp_path: Path) -> None:
    witness = {
        "point": {}, "strength": "statistical", "alpha": 1e-6, "observed": "a", "required": "b", "note": "", "data": {},
    }  # fmt: skip
    leg = Evidence.from_json({**measured_leg().to_json(), "verdict": "refuted", "witness": witness})
    text = render_report(sample_results([claim("s.a", "A", [leg], verdict="refuted")]), tmp_path).read_text()
    assert "| strength | statistical, false-alarm probability 1e-6 |" in text


def test_the_report_knows_every_verdict() -> None:
    assert set(VERDICTS) == {verdict.value for verdict in Verdict}


def test_a_report_needs_neither_sympy_nor_jax() -> None:
    script = "import sys, lemmata.reports.document; print(*{'sympy', 'jax', 'diffrax', 'flint'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


Break = Callable[[Json], Json]
BROKEN: dict[str, tuple[Break, str]] = {
    "not an object": (lambda r: [r], "run.json: want an object, not list"),
    "no version": (lambda r: r.pop("schema_version"), "run.json: schema_version: missing key"),
    "a later version": (lambda r: r.update(schema_version=2), "run.json: schema_version: this lemmata reads version 1"),
    "no seed": (lambda r: r["run"].pop("seed"), "run.json: run.seed: missing key"),
    "a seed of text": (lambda r: r["run"].update(seed="7"), "run.json: run.seed: want int, not str"),
    "a verdict of ours unknown": (
        lambda r: r["claims"][1].update(verdict="likely"),
        "run.json: claims[1].verdict: want one of proved",
    ),
    "no title": (lambda r: r["claims"][0].pop("title"), "run.json: claims[0].title: missing key"),
    "a standing that is no verdict": (
        lambda r: r["claims"][0].update(standing="fine"),
        "run.json: claims[0].standing: want a verdict",
    ),
    "evidence without method": (
        lambda r: r["claims"][0]["evidence"][1].pop("method"),
        "run.json: claims[0].evidence[1].method: missing key",
    ),
    "support without an error": (
        lambda r: r["claims"][0]["evidence"][1].update(error=None),
        "run.json: claims[0].evidence[1]: not evidence: monte-carlo: supported without an error",
    ),
    "a control of text": (
        lambda r: r["claims"][0].update(controls=["x"]),
        "run.json: claims[0].controls[0]: want an object",
    ),
    "uses of numbers": (lambda r: r["claims"][0].update(uses=[1]), "run.json: claims[0].uses[0]: want str, not int"),
    "a reading of ours unknown": (
        lambda r: r["claims"][0]["source"].update(reading="guessed"),
        "run.json: claims[0].source.reading: want one of as printed",
    ),
    "a claim twice": (
        lambda r: r["claims"].append(r["claims"][0]),
        "run.json: claims[7].id: 'kinetic-optimal.kinetic-energy' appears twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_malformed_results_are_one_clear_line(tmp_path: Path, name: str) -> None:
    spoil, message = BROKEN[name]
    results = copy.deepcopy(sample_results())
    spoiled = spoil(results)
    with pytest.raises(ReportError) as caught:
        render_report(spoiled if name == "not an object" else results, tmp_path, origin="run.json")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "report.md").exists()
