"""What tests of data files share: a folder for one example, and what a refusal has to look like."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lemmata.numerics.data_files import DataFileError, open_data


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder for one example of Hypothesis: the fixture would be shared by all."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def refuse(path: Path, message: str, **options: Any) -> None:
    """Hold that opening `path` fails with one line that begins with what failed and says `message`."""
    with pytest.raises(DataFileError, match=message) as caught:
        open_data(path, **options)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert len(said.splitlines()) == 1


def rows_or_one_line(path: Path) -> Any:
    """Return the rows, or nothing after holding that the refusal is one line that names the file."""
    said = ""
    try:
        return open_data(path).rows
    except DataFileError as error:
        said = str(error)
    assert said.startswith(str(path))
    assert len(said.splitlines()) == 1
    return None
