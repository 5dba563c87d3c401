"""What the README says is what the catalogue and the library do."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lemmata.checks.catalogue import SYSTEMS, load_claims

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.mark.parametrize("origin", SYSTEMS)
def test_the_table_of_verdicts_is_the_catalogue(origin: str) -> None:
    claims = load_claims(origin)
    table = README.split(f"<!-- verdicts of {claims[0].system}: begin")[1].split("<!-- verdicts: end")[0]
    rows = re.findall(r"^\| `([0-9a-z-]+)` \| (.+?) \| ([a-z]+) \|$", table, flags=re.MULTILINE)
    assert rows == [(claim.id.partition(".")[2], claim.title, str(claim.expected)) for claim in claims]


def test_the_example_claim_is_proved_and_its_change_refuted(tmp_path: Path) -> None:
    example = next(block for block in re.findall(r"```python\n(.*?)```", README, flags=re.S) if "double_angle" in block)
    for name, text, code in (
        ("right.py", example, 0),
        ("wrong.py", example.replace("formula=lambda: 2 *", "formula=lambda: 3 *"), 1),
    ):
        file = tmp_path / name
        file.write_text(text)
        run = subprocess.run(
            [sys.executable, "-m", "lemmata", "check", str(file), "--jobs", "1"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert run.returncode == code, run.stdout + run.stderr
        assert ("refuted" if code else "proved") in run.stdout


@pytest.mark.parametrize("word", ["decide_zero", "kinetic_optimal_path"])
def test_the_library_examples_run(word: str) -> None:
    blocks = [block for block in re.findall(r"```python\n(.*?)```", README, flags=re.S) if word in block]
    for block in blocks:
        run = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=False, timeout=300)
        assert run.returncode == 0, run.stderr
