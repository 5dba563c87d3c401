"""Rows in a temporary file: what has to be decoded before it can be mapped into memory.

The file has no name on POSIX systems, so that it is gone with the last array that maps it, however the process ends.
"""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import final

import numpy as np
from jaxtyping import Shaped
from numpy.typing import DTypeLike

from .error import DataFileError


@final
class Scratch:
    """A temporary file, written in order and then mapped; a context manager, after which the mapping lives on."""

    def __init__(self, source: Path) -> None:
        """Open the file, in the folder that `tempfile` uses; `source` is what the rows come from.

        **Raises:** `DataFileError` if there is no folder for it.
        """
        self._source = source
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            raise self._refusal(error) from error

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, data: bytes | Shaped[np.ndarray, "..."]) -> None:
        """Append `data`, arrays row by row.

        **Raises:** `DataFileError` if there is no space left. Writing to a mapping would end the process instead.
        """
        try:
            self._file.write(data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes())
        except OSError as error:
            raise self._refusal(error) from error

    def mapped(self, shape: tuple[int, ...], dtype: DTypeLike, order: str = "C") -> Shaped[np.ndarray, "..."]:
        """Return what was written as an array that is read from the file and cannot be written to."""
        try:
            self._file.flush()
        except OSError as error:
            raise self._refusal(error) from error
        return np.memmap(self._file, dtype, "r", 0, shape, "F" if order == "F" else "C")

    def _refusal(self, error: OSError) -> DataFileError:
        return DataFileError(
            f"{self._source}: cannot be unpacked to a temporary file: {error.strerror} (TMPDIR names the folder)"
        )
