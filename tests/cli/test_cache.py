"""What comes from the cache: the same bytes, exactly as long as nothing has changed that they depend on."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lemmata.theory.verdict import Json

if TYPE_CHECKING:
    from tests.cli.conftest import Workshop


COUNTING = """
class Counting(Sampled):
    def __call__(self, formula, run):
        with open("calls.txt", "a") as calls:
            calls.write("called\\n")
        return super().__call__(formula, run)
"""


def claims_of(folder: Path, name: str = "build/results.json") -> Json:
    return json.loads((folder / name).read_text())["claims"]


def without_seconds(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: without_seconds(item) for key, item in value.items() if key != "seconds"}
    return [without_seconds(item) for item in value] if isinstance(value, list) else value


def test_a_second_run_comes_from_the_cache_and_is_identical(workshop: "Workshop") -> None:
    first = workshop.run("check", "arithmetic.py", "--json", "first.json")
    second = workshop.run("check", "arithmetic.py", "--json", "second.json")
    assert "0 of 5 checks from cache" in first.stdout
    assert "5 of 5 checks from cache" in second.stdout
    assert claims_of(workshop.folder, "first.json") == claims_of(workshop.folder, "second.json")
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]


def test_results_do_not_depend_on_jobs_or_on_what_else_runs(workshop: "Workshop") -> None:
    other = workshop.write_toy()
    workshop.run("check", "arithmetic.py", "--no-cache", "--jobs", "1", "--json", "one.json")
    workshop.run("check", other, "arithmetic.py", "--no-cache", "--jobs", "2", "--json", "two.json")
    one, two = (without_seconds(claims_of(workshop.folder, name)) for name in ("one.json", "two.json"))
    assert [claim["id"] for claim in two] == ["toy.other", "toy.base", "toy.numeric", "toy.axiom", "toy.squares"]
    assert one == two[1:]


def edit_claim(folder: Path) -> None:
    path = folder / "claims.py"
    path.write_text(path.read_text() + "\n# edited\n")


def edit_neighbour(folder: Path) -> None:
    path = folder / "arithmetic.py"
    path.write_text(path.read_text() + "\n# edited\n")


def edit_data(folder: Path) -> None:
    (folder / "measured" / "points.csv").write_text("1, 2, 4\n")


def edit_lock(folder: Path) -> None:
    (folder / "uv.lock").write_text("another lock\n")


def edit_unrelated(folder: Path) -> None:
    (folder / "unrelated.py").write_text("x = 1\n")


@pytest.mark.parametrize(
    ("edit", "arguments", "environment", "kept"),
    [
        (edit_claim, (), {}, False),
        (edit_neighbour, (), {}, False),
        (edit_data, (), {}, False),
        (edit_lock, (), {}, False),
        (edit_unrelated, (), {}, True),
        (None, ("--seed", "3"), {}, False),
        (None, ("--effort", "quick"), {}, False),
        (None, (), {"XLA_FLAGS": "--xla_cpu_enable_fast_math=true"}, False),
        (None, (), {"LEMMATA_ANYTHING": "1"}, False),
        (None, (), {"UNRELATED": "1"}, True),
        (None, ("--jobs", "1", "--timeout", "50"), {}, True),
        (None, ("--no-cache",), {}, False),
    ],
)
def test_evidence_is_kept_while_nothing_it_depends_on_changes(
    workshop: "Workshop",
    edit: Callable[[Path], None] | None,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    kept: bool,
) -> None:
    (workshop.folder / "measured").mkdir()
    (workshop.folder / "measured" / "__init__.py").write_text("raise RuntimeError('data are located, not imported')\n")
    (workshop.folder / "measured" / "points.csv").write_text("1, 2, 3\n")
    workshop.environment["PYTHONPATH"] = str(workshop.folder)
    path = workshop.write_toy(body="import functools\nClaim = functools.partial(Claim, data=('measured:points.csv',))")
    assert workshop.run("check", path).returncode == 0
    if edit is not None:
        edit(workshop.folder)
    workshop.environment.update(environment)
    done = workshop.run("check", path, *arguments)
    assert done.returncode == 0, done.stderr
    assert f"{1 if kept else 0} of 1 checks from cache" in done.stdout


def test_seeds_change_numbers_and_nothing_else_does(workshop: "Workshop") -> None:
    for name, seed in (("one.json", "1"), ("again.json", "1"), ("two.json", "2")):
        workshop.run("check", "arithmetic.py", "--no-cache", "--seed", seed, "--json", name)
    one, again, two = (without_seconds(claims_of(workshop.folder, f"{n}.json")) for n in ("one", "again", "two"))
    assert one == again
    assert one[1]["evidence"][0]["seed"] != two[1]["evidence"][0]["seed"]


def test_a_crash_is_never_kept(workshop: "Workshop") -> None:
    body = COUNTING + "\nclass Raises(Counting):\n    def __call__(self, formula, run):\n"
    body += "        super().__call__(formula, run)\n        raise RuntimeError('no')\n"
    path = workshop.write_toy(checks="Raises()", body=body)
    for times in (1, 2):
        assert workshop.run("check", path).returncode == 3
        assert len((workshop.folder / "calls.txt").read_text().splitlines()) == times


def test_a_damaged_file_in_the_cache_is_computed_again(workshop: "Workshop") -> None:
    workshop.run("check", "arithmetic.py")
    for path in (workshop.folder / "build" / "cache").rglob("*.json"):
        path.write_text(path.read_text()[:40])
    done = workshop.run("check", "arithmetic.py")
    assert done.returncode == 0
    assert "0 of 5 checks from cache" in done.stdout


def test_a_cache_that_cannot_be_written_costs_one_line_and_no_result(workshop: "Workshop") -> None:
    workshop.write("occupied", "a file, not a folder")
    workshop.environment["LEMMATA_CACHE"] = str(workshop.folder / "occupied")
    done = workshop.run("check", "arithmetic.py", "--json", "results.json")
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1
    assert "occupied: File exists; nothing is kept of this run" in done.stderr
    assert len(claims_of(workshop.folder, "results.json")) == 4


def test_a_full_disk_costs_no_result(workshop: "Workshop") -> None:
    workshop.run("list", "arithmetic.py")
    limited = (
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)); "
        "os.execv(sys.executable, [sys.executable, '-m', 'lemmata', 'check', 'arithmetic.py'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=workshop.folder,
        env=workshop.full_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr, done.stderr
    assert "4 claims: 1 proved, 2 supported, 1 refuted; all as expected" in done.stdout
    assert "what could not be kept will run again next time" in done.stderr
    assert "build/results.json: File too large; the results are not stored there" in done.stderr


def test_in_continuous_integration_cached_evidence_is_run_again_and_agrees(workshop: "Workshop") -> None:
    workshop.environment.update({"CI": "true", "GITHUB_RUN_ID": "17"})
    workshop.run("check", "arithmetic.py")
    done = workshop.run("check", "arithmetic.py")
    assert done.returncode == 0
    assert "5 of 5 checks from cache, 1 of these run again" in done.stdout
    run = json.loads((workshop.folder / "build/results.json").read_text())["run"]
    assert run["sample_seed"] == 17
    assert len(run["sampled"]) == 1


def test_in_continuous_integration_a_result_that_is_not_reproduced_is_three(workshop: "Workshop") -> None:
    body = """
import os
from dataclasses import replace
class Unsteady(Sampled):
    def __call__(self, formula, run):
        return replace(super().__call__(formula, run), value=float(os.getpid()))
"""
    path = workshop.write_toy(checks="Unsteady()", body=body)
    workshop.run("check", path)
    workshop.environment["CI"] = "true"
    done = workshop.run("check", path)
    assert done.returncode == 3
    assert (
        "lemmata: not reproducible: toy.other / sampled: stored evidence and a second run differ in value"
        in done.stderr
    )
