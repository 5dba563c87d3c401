"""Certified points of the flow as a script that needs neither lemmata nor ball arithmetic."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from lemmata.checks.evidence import Evidence
from lemmata.checks.monge_ampere.exact_laws import TRIANGLE
from lemmata.checks.monge_ampere.monotone_pairs import MonotoneReading, label_from, monotone_pairs, point_smoothed
from lemmata.checks.reproduction import write_script
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Certificate, Json


@pytest.fixture(scope="module")
def refuted() -> Evidence:
    check = monotone_pairs(
        lambda law, run: {"T = infinity": lambda law, place: label_from(law, place, 0)}, method="labels"
    )
    return check(lambda: MonotoneReading(frozenset([TRIANGLE.family])), Run(effort=Effort.QUICK))


def run_script(*pieces: Evidence) -> "subprocess.CompletedProcess[str]":
    claim = {
        "id": "toy.claim",
        "title": "A title",
        "verdict": "refuted",
        "evidence": [piece.to_json() for piece in pieces],
    }
    blocked = f"import sys; sys.modules['lemmata'] = sys.modules['flint'] = None\n{write_script(claim)}"
    return subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, timeout=120, check=False)


def altered(evidence: Evidence, change: Mapping[str, Json]) -> Evidence:
    assert evidence.certificate is not None
    parts = dict(evidence.certificate.payload["parts"])
    name = next(iter(parts))
    parts[name] = {**parts[name], "payload": {**parts[name]["payload"], **change}}
    return replace(evidence, certificate=Certificate("all", {"parts": parts}))


def test_the_pair_is_followed_and_found_to_cross(refuted: Evidence) -> None:
    done = run_script(refuted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line[:4] for line in done.stdout.splitlines()] == ["ok  "] * 3
    assert "ends at atom 1" in done.stdout
    assert "<u_1 - u_2, y_1 - y_2> = -0.28 < 0" in done.stdout


@pytest.mark.parametrize("change", [{"label": 0}, {"start": ["-2", "3/2"]}])
def test_another_label_or_start_fails(refuted: Evidence, change: Mapping[str, Json]) -> None:
    done = run_script(altered(refuted, change))
    assert done.returncode == 1
    assert "FAIL" in done.stdout


def test_points_at_a_finite_end_are_compared_with_their_box(refuted: Evidence) -> None:
    image = point_smoothed(TRIANGLE, TRIANGLE.pairs[0][0], 2)
    one = replace(refuted, certificate=image.certificate)
    assert run_script(one).returncode == 0
    centre = [str(x * 2 + Fraction(1, 1000)) for x in image.centre]
    moved = Certificate(image.certificate.kind, {**image.certificate.payload, "centre": centre})
    assert run_script(replace(refuted, certificate=moved)).returncode == 1
