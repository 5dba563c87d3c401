"""Runs with many seeds: what is run again, what is found, and what a second call finds already there."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.legs import catalogue_records
from benchmarks.seeds import SeedRun, report, run_seeds

from lemmata.checks.trial import derive_seed

from .claims_by_seed import LIMIT

ORIGINS = (str(Path(__file__).parent / "claims_by_seed.py"),)
SEEDS = range(1, 8)


def unlucky_seeds() -> list[int]:
    """Return the seeds whose first draw is above what the claim allows."""
    draws = {seed: np.random.default_rng(derive_seed(seed, "toy.unlucky", "first draw")).random() for seed in SEEDS}
    return [seed for seed, draw in draws.items() if draw > LIMIT]


def run(output: Path, seeds: range = SEEDS) -> list[SeedRun]:
    return run_seeds(seeds, records=catalogue_records(ORIGINS), effort="quick", output=output, jobs=1, origins=ORIGINS)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeds") / "seeds.jsonl"
    run(path)
    return path


def test_findings_are_those_of_the_unlucky_seeds(output: Path) -> None:
    assert unlucky_seeds()
    found = run(output)
    assert [each.seed for each in found if each.findings] == unlucky_seeds()
    lines = next(each.findings for each in found if each.findings)
    assert "toy.unlucky: refuted, expected supported" in lines
    assert "toy.unlucky: control 'wrong' is killed by no check" in lines


def test_only_checks_that_depend_on_the_seed_are_run_again(output: Path) -> None:
    base = json.loads(output.with_suffix(".base.json").read_text(encoding="utf-8"))
    assert {claim for claim, _ in base["names"]} == {"toy.disguised", "toy.lucky", "toy.unlucky"}
    for each in run(output):
        assert set(each.margins) <= {"toy.disguised / nearly", "toy.lucky / mean", "toy.unlucky / first draw"}


def test_margins_are_deviations_by_their_errors(output: Path) -> None:
    for each in run(output):
        draws = np.random.default_rng(derive_seed(each.seed, "toy.lucky", "mean")).random(1000)
        assert each.margins["toy.lucky / mean"] == pytest.approx(abs(draws.mean() - 0.5) / (6 / 12000**0.5))


def test_a_second_call_runs_what_is_missing_alone(output: Path) -> None:
    before = output.read_text(encoding="utf-8").splitlines()
    output.write_text("\n".join(before[:-2]) + '\n{"seed": 9', encoding="utf-8")
    run(output)
    after = output.read_text(encoding="utf-8").splitlines()
    assert after[:-2] == before[:-2]
    assert {json.loads(line)["seed"] for line in after[1:]} == set(SEEDS)


def test_other_code_begins_anew(output: Path, tmp_path: Path) -> None:
    lines = output.read_text(encoding="utf-8").splitlines()
    stale = tmp_path / "stale.jsonl"
    header = {**json.loads(lines[0]), "code": "other"}
    stale.write_text("\n".join([json.dumps(header), *lines[1:]]) + "\n", encoding="utf-8")
    run(stale, range(1, 3))
    assert len(stale.read_text(encoding="utf-8").splitlines()) == 3


def test_the_report_counts_who_came_closest(output: Path) -> None:
    text = report(run(output))
    quiet = len(SEEDS) - len(unlucky_seeds())
    assert f"{quiet} of {len(SEEDS)} seeds without a finding" in text
    assert {int(line.split()[1][:-1]) for line in text.splitlines() if line.startswith("seed ")} == {*unlucky_seeds()}
    closest = sum(each.closest == "toy.lucky / mean" for each in run(output))
    assert f"{closest:4d}  toy.lucky / mean" in text
