"""A working directory with toy claims, and the command run in a process of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TOYS = Path(__file__).parent.parent / "checks" / "toy_claims"


@dataclass
class Workshop:
    """A folder in which `lemmata` is run."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def write_toy(self, **parts: str) -> str:
        """Write `claims.py`, a claim made of the given parts beside `arithmetic.py`, and return its path."""
        return str(self.write("claims.py", toy(**parts)))

    def full_environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEMMATA_", "COLUMNS"))}
        return {**kept, "CI": "", **self.environment}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the command in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "lemmata", *arguments],
            cwd=self.folder,
            env=self.full_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "lemmata", *arguments],
            cwd=self.folder,
            env=self.full_environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    shutil.copy(TOYS / "arithmetic.py", tmp_path / "arithmetic.py")
    return Workshop(tmp_path)


CLAIM = """
from arithmetic import *

{body}

CLAIMS = (
    Claim(
        id="{id}", title="A toy", statement="s", source=SOURCE, formula=triangular,
        controls={{"off by one": false(off_by_one, near=True)}}, checks=({checks},),
        expected=Verdict.{expected}, instance=lambda: "n = 3",
    ),
)
"""


def toy(checks: str = "Sampled()", body: str = "", expected: str = "SUPPORTED", id: str = "toy.other") -> str:
    """Return the text of a file with one claim."""
    return CLAIM.format(checks=checks, body=body, expected=expected, id=id)
