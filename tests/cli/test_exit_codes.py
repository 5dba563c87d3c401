"""What the exit code says, and the one clear line that comes with bad input."""

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workshop


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_as_expected_is_zero(workshop: "Workshop") -> None:
    done = workshop.run("check", "arithmetic.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert re.fullmatch(
        r"4 claims: 1 proved, 2 supported, 1 refuted; all as expected; 5 controls as they must be "
        r"\(\d+\.\d s, 0 of 5 checks from cache\)",
        lines(done.stdout)[-1],
    )


def test_an_unexpected_verdict_is_one_and_is_explained_by_its_witness(workshop: "Workshop") -> None:
    path = workshop.write_toy(expected="SUPPORTED", body="triangular = as_squares")
    done = workshop.run("check", path)
    assert done.returncode == 1
    assert "! toy.other: refuted, expected supported" in done.stdout
    assert "sampled: refuted (exact) at n = 2: 4, where 3 is required" in done.stdout


def test_a_control_that_is_not_killed_is_one(workshop: "Workshop") -> None:
    done = workshop.run("check", workshop.write_toy(body="off_by_one = triangular"))
    assert done.returncode == 1
    assert "! toy.other: control 'off by one' must be refuted, but is supported" in done.stdout
    assert "0 of 1 controls as they must be" in done.stdout


def test_better_than_expected_passes_and_is_announced(workshop: "Workshop") -> None:
    done = workshop.run("check", workshop.write_toy(checks="Induction()", expected="SUPPORTED"))
    assert done.returncode == 0
    assert "toy.other: proved, better than expected (supported)" in done.stdout


def test_an_unknown_id_is_two_and_names_the_nearest(workshop: "Workshop") -> None:
    done = workshop.run("check", "arithmetic.py", "toy.sqares")
    assert done.returncode == 2
    unknown = [line for line in lines(done.stderr) if "toy.sqares" in line]
    assert unknown == ["lemmata: no claim 'toy.sqares'; nearest: toy.squares, toy.base, toy.axiom"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "missing.py"), "missing.py: No such file or directory"),
        (("check", "./"), "./: a folder; name a Python file of claims"),
        (("check", "--jobs", "0"), "want at least 1"),
        (("check", "--timeout", "nan"), "want a positive number of seconds"),
        (("check", "--seed", "-1"), "want a seed that is not negative"),
        (("check", "arithmetic.py", "--json", "arithmetic.py/results.json"), "--json arithmetic.py/results.json: "),
        (("replay", "missing.json"), "missing.json: No such file or directory"),
        (("replay", "arithmetic.py"), "arithmetic.py:1: not JSON"),
        (("report",), "no results yet; run `lemmata check` first"),
        (("reproduce", "toy.base"), "no results yet; run `lemmata check` first"),
        ((), "COMMAND"),
    ],
)
def test_bad_input_is_two_and_one_line(workshop: "Workshop", arguments: tuple[str, ...], said: str) -> None:
    done = workshop.run(*arguments)
    assert done.returncode == 2
    assert said in lines(done.stderr)[-1]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 / 0\n", "broken.py:1: ZeroDivisionError: division by zero"),
        ("x = 1\ndef (:\n", "broken.py:2: SyntaxError: invalid syntax"),
        ("import nowhere_to_be_found\n", "broken.py:1: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("CLAIMS = (3,)\n", "broken.py: CLAIMS must be a tuple of Claim objects"),
        ("raise SystemExit(4)\n", "broken.py:1: SystemExit: 4"),
        ("\nimport os\nos._exit(7)\n", "broken.py: its process ended with exit code 7"),
        (
            "from arithmetic import *\n\n"
            "Claim(id='Bad Id', title='', statement='', source=SOURCE, formula=triangular, controls={}, checks=(),\n"
            "      expected=Verdict.PROVED, instance=str)\n",
            "broken.py:3: ValueError: claim id 'Bad Id': want system.name in lower case, digits and hyphens",
        ),
    ],
)
def test_a_module_that_cannot_be_loaded_is_two_and_the_others_run(workshop: "Workshop", text: str, said: str) -> None:
    workshop.write("broken.py", text)
    done = workshop.run("check", "broken.py", "arithmetic.py")
    assert done.returncode == 2
    assert [line for line in lines(done.stderr) if line.startswith("lemmata: ")] == [f"lemmata: {said}"]
    assert "Traceback" not in done.stderr
    assert "4 claims: 1 proved, 2 supported, 1 refuted; all as expected" in done.stdout
    problems = json.loads((workshop.folder / "build/results.json").read_text())["problems"]
    assert len(problems) == 1
    assert said.partition(":")[0] in problems[0]


def test_a_claim_declared_twice_is_two(workshop: "Workshop") -> None:
    done = workshop.run("check", "arithmetic.py", workshop.write_toy(id="toy.base"))
    assert done.returncode == 2
    assert "claims.py: claim toy.base is declared already in arithmetic.py" in done.stderr
    assert "4 claims" in done.stdout


def test_a_missing_data_file_is_two_and_the_claim_does_not_run(workshop: "Workshop") -> None:
    path = workshop.write_toy(body="import functools\nClaim = functools.partial(Claim, data=('numpy:nothing.csv',))")
    done = workshop.run("check", path, "arithmetic.py")
    assert done.returncode == 2
    assert "claim toy.other: data 'numpy:nothing.csv': no such file in an installed package" in done.stderr
    assert "4 claims" in done.stdout


@pytest.mark.parametrize("body", ["raise RuntimeError('out of luck')", "return 3", "raise SystemExit(0)"])
def test_a_check_that_raises_is_three_and_the_others_run(workshop: "Workshop", body: str) -> None:
    check = "class Broken:\n    name, kind = 'broken', Kind.NUMERIC\n    def __call__(self, formula, run):\n        "
    done = workshop.run("check", "arithmetic.py", workshop.write_toy(checks="Broken()", body=check + body))
    assert done.returncode == 3
    assert "toy.other: check broken crashed: " in done.stderr
    assert done.stderr.count("crashed") == 1
    assert "5 claims: 1 proved, 2 supported, 1 refuted, 1 undecided; 1 not as expected" in done.stdout


def test_nothing_selected_is_five(workshop: "Workshop") -> None:
    workshop.write("empty.py", "CLAIMS = ()\n")
    done = workshop.run("check", "empty.py")
    assert done.returncode == 5
    assert "nothing was selected" in done.stderr
    assert workshop.run("list", "empty.py").returncode == 5


def test_a_system_that_is_absent_is_an_error(workshop: "Workshop") -> None:
    from lemmata.checks.index import Index
    from lemmata.checks.pool import WorkerPool
    from lemmata.checks.selection import Targets
    from lemmata.checks.session import read_catalogue

    with WorkerPool(1) as pool:
        catalogue = read_catalogue(
            Targets((), ()), Index(workshop.folder), pool, systems=("lemmata.checks.no_such_system",)
        )
    assert catalogue.records == ()
    assert catalogue.problems == ("lemmata.checks.no_such_system: no such module",)
