"""What is printed: readable at 80 columns, without colour, and cheap to get at."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from typing import TYPE_CHECKING

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workshop

HEAVY = {"sympy", "jax", "numpy", "scipy", "diffrax", "flint", "hypothesis", "matplotlib", "pebble"}


def schema() -> object:
    return json.loads(files("lemmata.checks").joinpath("schema-v1.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", ["check", "list", "show", "audit"])
def test_output_is_plain_and_fits_eighty_columns(workshop: "Workshop", command: str) -> None:
    done = workshop.run(command, "arithmetic.py")
    table = [line for line in done.stdout.splitlines() if not line.startswith(("4 claims", "!"))]
    assert table
    assert max(map(len, table)) <= 80
    assert "\x1b" not in done.stdout


def test_the_table_shows_standing_with_axioms(workshop: "Workshop") -> None:
    rows = workshop.run("check", "arithmetic.py").stdout.splitlines()
    assert rows[0].split() == ["claim", "verdict", "standing", "expected", "resolution", "s"]
    assert rows[2].split()[:5] == ["base", "proved", "proved", "proved", "exact"]
    assert rows[3].split()[:7] == ["numeric", "supported", "supported", "from", "{axiom}", "supported", "1.0e-03"]


def test_results_follow_the_schema(workshop: "Workshop") -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    path = workshop.write_toy(body="off_by_one = triangular")
    workshop.run("check", "arithmetic.py", path, "--json", "results.json", "--effort", "quick", "--seed", "5")
    document = json.loads((workshop.folder / "results.json").read_text())
    jsonschema.validate(document, schema(), format_checker=jsonschema.FormatChecker())
    assert (workshop.folder / "results.json").read_text() == (workshop.folder / "build" / "results.json").read_text()
    run = document["run"]
    assert (run["seed"], run["effort"], run["checks"], run["cached"]) == (5, "quick", 6, 0)
    assert run["command"] == f"lemmata check arithmetic.py {path} --json results.json --effort quick --seed 5"
    by_id = {claim["id"]: claim for claim in document["claims"]}
    assert by_id["toy.numeric"]["standing"] == "supported from {toy.axiom}"
    assert by_id["toy.squares"]["evidence"][0]["witness"]["point"] == {"n": "2"}
    shifted, corrected = by_id["toy.squares"]["controls"]
    assert (shifted["verdict"], shifted["killed_by"], shifted["as_it_must"]) == ("refuted", ["sampled"], True)
    assert (corrected["verdict"], corrected["killed_by"], corrected["as_it_must"]) == ("supported", [], True)
    assert by_id["toy.other"]["controls"][0]["as_it_must"] is False


def test_what_a_claim_rests_on_is_checked_with_it(workshop: "Workshop") -> None:
    workshop.run("list", "arithmetic.py")
    workshop.write(
        "more.py",
        (workshop.folder / "arithmetic.py").read_text().split("CLAIMS = (")[0]
        + "CLAIMS = (Claim(id='more.one', title='', statement='', source=SOURCE, uses=('toy.missing',),"
        "formula=triangular, controls={'off by one': false(off_by_one, near=True)}, checks=(Sampled(),),"
        "expected=Verdict.SUPPORTED, instance=lambda: 'n = 3'),)\n",
    )
    done = workshop.run("check", "more.py")
    assert done.returncode == 2
    assert "claim more.one uses toy.missing, which does not exist" in done.stderr
    document = json.loads((workshop.folder / "build" / "results.json").read_text())
    assert (document["claims"][0]["verdict"], document["claims"][0]["standing"]) == ("supported", "undecided")


def test_show_prints_a_claim_in_full(workshop: "Workshop") -> None:
    shown = workshop.run("show", "arithmetic.py").stdout
    assert "toy.squares: The sum of the first integers is a square" in shown
    assert "source      gauss, misprint (as printed)" in shown
    assert "controls    shifted (must be refuted, near)" in shown
    assert "            corrected (must survive): the true sum" in shown
    assert "corrected   toy.base" in shown


def test_audit_finds_what_is_wanting_and_nothing_once_it_is_mended(workshop: "Workshop") -> None:
    done = workshop.run("audit", "arithmetic.py")
    assert done.returncode == 1
    assert "! toy.base: source: source 'gauss' is not in references.bib" in done.stdout
    assert done.stdout.splitlines()[-1] == "4 claims audited by 9 rules: 4 findings in 4 of them"
    workshop.write("references.bib", "@book{gauss,\n  title = {Disquisitiones arithmeticae},\n}\n")
    mended = workshop.run("audit", "arithmetic.py")
    assert mended.returncode == 0
    assert mended.stdout.splitlines()[-1] == "4 claims audited by 9 rules: nothing wanting"


def test_audit_calls_the_instance(workshop: "Workshop") -> None:
    workshop.write("references.bib", "@book{gauss,\n}\n")
    body = "import functools\n_Claim = Claim\ndef Claim(**f): return _Claim(**{**f, 'instance': lambda: 1 / 0})"
    done = workshop.run("audit", workshop.write_toy(body=body))
    assert done.returncode == 1
    assert "! toy.other: instance: no instance that satisfies the hypotheses: ZeroDivisionError" in done.stdout


def modules_after(workshop: "Workshop", *arguments: str) -> tuple[set[str], float]:
    """Run the command in-process in a fresh interpreter; return the top-level modules loaded and its CPU seconds."""
    code = (
        "import sys, json, time\n"
        "from lemmata.cli.dispatch import run_command_line\n"
        f"run_command_line({list(arguments)!r})\n"
        "loaded = sorted({name.partition('.')[0] for name in sys.modules})\n"
        "print(json.dumps([loaded, time.process_time()]), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workshop.folder,
        env=workshop.full_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded, seconds = json.loads(done.stderr.splitlines()[-1])
    return set(loaded), seconds


@pytest.mark.parametrize(
    ("arguments", "budget"), [(("--help",), 0.2), (("list", "arithmetic.py"), 0.5), (("show", "arithmetic.py"), 0.5)]
)
def test_what_reads_the_index_alone_is_cheap(workshop: "Workshop", arguments: tuple[str, ...], budget: float) -> None:
    workshop.run("list", "arithmetic.py")
    runs = [modules_after(workshop, *arguments) for _ in range(3)]
    assert not HEAVY & runs[0][0]
    # Twice the budget: the figure itself belongs to the benchmarks, a shared machine is no stopwatch.
    assert min(seconds for _, seconds in runs) < 2 * budget


def test_a_run_from_the_cache_starts_no_worker(workshop: "Workshop") -> None:
    workshop.run("check", "arithmetic.py")
    loaded, _ = modules_after(workshop, "check", "arithmetic.py")
    assert not HEAVY & loaded


def test_a_reader_that_goes_away_is_no_error(workshop: "Workshop") -> None:
    process = workshop.start("show", *["arithmetic.py"])
    assert process.stdout is not None
    process.stdout.close()
    process.wait(timeout=60)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_progress_is_shown_on_a_terminal_only(workshop: "Workshop") -> None:
    import pty

    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lemmata", "check", "arithmetic.py"],
        cwd=workshop.folder,
        env={**workshop.full_environment(), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    )
    os.close(terminal)
    seen = b""
    try:
        while chunk := os.read(master, 4096):
            seen += chunk
    except OSError:  # the terminal is closed at its other end
        pass
    out, _ = process.communicate(timeout=60)
    os.close(master)
    assert process.returncode == 0
    assert b"/5" in seen
    assert "\x1b" not in out
