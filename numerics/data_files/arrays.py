"""NumPy's own files: .npy and the uncompressed members of .npz are mapped into memory and read block by block.

Compressed members are unpacked to a temporary file, since they cannot be read from the middle. Nothing is unpickled.
Check sums of mapped members are not verified, which would take a pass of its own.

References: the format's description in `numpy.lib.format`; the local file header of the ZIP format, APPNOTE 4.3.7.
"""

import io
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias, final

import numpy as np
from jaxtyping import Float, Shaped

from ..data_set import BLOCK_BYTES, DataSet
from .error import DataFileError
from .scratch import Scratch

DATA_NAMES = ("data", "atoms", "X")
"""Names under which the rows of an .npz archive are looked for when it holds several arrays."""

WEIGHTS_NAME = "weights"

Stream: TypeAlias = IO[bytes] | io.BufferedIOBase
"""A file or a member of an archive; `typing` does not count the latter among the former."""

_LOCAL_HEADER = struct.Struct("<26xHH")


def read_npy(path: Path) -> DataSet:
    """Map the array of an .npy file.

    **Raises:** `DataFileError` if it holds no complete array (n, ...) of real numbers of rank 2 to 4.
    """
    with path.open("rb") as stream:
        layout = _Layout(stream, str(path))
        offset = stream.tell()
    layout.check_size(path.stat().st_size - offset)
    array = np.memmap(path, layout.dtype, "r", offset, layout.shape, layout.order)
    return as_data_set(array, None, path, str(path))


def read_npz(path: Path, name: str | None) -> DataSet:
    """Map or unpack an array of an .npz archive, with its array `weights` if there is one.

    **Arguments:** `name` picks the array; without it, it is the only one beside the weights, or the one called `data`,
    `atoms` or `X`.

    **Raises:** `DataFileError` if this is no archive, the choice is not clear, or an array cannot be read.
    """
    with open_archive(path) as archive:
        chosen = _chosen_name(archive.names, name, path)
        array = archive.read(chosen)
        weights = None
        if WEIGHTS_NAME in archive.names and chosen != WEIGHTS_NAME:
            weights = np.asarray(archive.read(WEIGHTS_NAME), np.float64)
    return as_data_set(array, weights, path, f"{path}, array '{chosen}'")


@final
class Archive:
    """An .npz archive that is open: `names` are those of its arrays."""

    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self.path, self._opened = path, opened
        self.names = [entry.removesuffix(".npy") for entry in opened.namelist() if entry.endswith(".npy")]

    def read(self, name: str) -> Shaped[np.ndarray, "..."]:
        """Return an array of real numbers, of any shape: mapped if it is stored as it is, else unpacked.

        **Raises:** `DataFileError` if it cannot be read, is empty, or holds anything else than real numbers.
        """
        return _read_member(self._opened, name, self.path)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an .npz archive for the time of this context.

    **Raises:** `DataFileError` if this is no archive, or it turns out to be damaged.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            yield Archive(path, opened)
    # Encryption is a RuntimeError, a method of compression that is not built in a NotImplementedError.
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, struct.error) as error:
        raise DataFileError(f"{path}: not a readable .npz archive: {error}") from error


def as_data_set(
    array: Shaped[np.ndarray, "..."], weights: Float[np.ndarray, "..."] | None, path: Path, place: str
) -> DataSet:
    """Return the data set of an array whose first axis runs over the rows; all others are flattened.

    **Arguments:** `weights` are divided by their sum; `place` names the array in errors.

    **Raises:** `DataFileError` for another rank than 2 to 4, an empty axis, or impossible weights.
    """
    if not 2 <= array.ndim <= 4 or 0 in array.shape:
        raise DataFileError(
            f"{place}: its shape is {array.shape}, but it must be (n, d), or (n, ...) with up to four axes, none empty"
        )
    description = f"{len(array)} rows of {array[0].size} numbers"
    if array.ndim > 2:
        description = f"{len(array)} arrays of {' x '.join(map(str, array.shape[1:]))}, flattened"
        if not array.flags.c_contiguous:
            array = _in_row_order(array, path)
    shares, total = (None, 1.0) if weights is None else weight_shares(weights, place)
    rows, described = array.reshape(len(array), -1), f"{description} ({array.dtype.name})"
    try:
        return DataSet(rows, shares, description=described, weight_total=total)
    except ValueError as error:
        raise DataFileError(f"{place}: {error}") from error


def weight_shares(weights: Float[np.ndarray, "..."], place: str) -> tuple[Float[np.ndarray, "..."], float]:
    """Return `weights` divided by their sum, as counts have to be, and that sum.

    **Raises:** `DataFileError` if there is no positive and finite sum; what else may be wrong, `DataSet` finds.
    """
    total = float(weights.sum())
    if not (total > 0 and np.isfinite(total)):
        raise DataFileError(f"{place}: the weights sum to {total:.6g}, not to a positive number")
    return weights / total, total


@final
class _Layout:
    """What the header of an .npy file says: shape, type of number and order of the array that follows."""

    def __init__(self, stream: Stream, place: str) -> None:
        """Read the header, up to where the array begins.

        **Raises:** `DataFileError` if it is none, or the array does not hold real numbers.
        """
        self.place = place
        try:
            version = np.lib.format.read_magic(stream)
            # Version 3 differs from 2 in the names of fields only, and an array with fields holds no numbers.
            first = version == (1, 0)
            header = (np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0)(stream)
        # The header is text in Python: a damaged one raises what Python's parser and NumPy's types happen to raise.
        except Exception as error:
            raise DataFileError(f"{place}: not a readable .npy array: {error}") from error
        self.shape, fortran_order, self.dtype = header
        self.order: Any = "F" if fortran_order else "C"
        if self.dtype.kind not in "fiub":
            what = "Python objects, which are not read" if self.dtype.hasobject else f"{self.dtype}, not real numbers"
            raise DataFileError(f"{place}: it holds {what}")
        if any(length < 1 for length in self.shape):
            raise DataFileError(f"{place}: its shape is {self.shape}: it is empty")

    @property
    def size(self) -> int:
        """How many bytes the array takes."""
        return math.prod(self.shape) * self.dtype.itemsize

    def check_size(self, available: int) -> None:
        """Raise `DataFileError` if only so many bytes are there, and they are too few."""
        if available < self.size:
            raise DataFileError(
                f"{self.place}: it is cut short: {self.shape} of {self.dtype.name} takes {self.size} bytes, "
                f"but {max(available, 0)} are there"
            )


def _chosen_name(names: list[str], name: str | None, path: Path) -> str:
    """Return the name of the array that holds the rows."""
    listed = ", ".join(names) or "none"
    if name is not None:
        if name in names:
            return name
        raise DataFileError(f"{path}: there is no array '{name}'; its arrays: {listed}")
    others = [entry for entry in names if entry != WEIGHTS_NAME]
    candidates = others if len(others) == 1 else [entry for entry in others if entry in DATA_NAMES]
    if len(candidates) != 1:
        raise DataFileError(f"{path}: which array holds the rows is not clear, so name one; its arrays: {listed}")
    return candidates[0]


def _read_member(archive: zipfile.ZipFile, name: str, path: Path) -> Shaped[np.ndarray, "..."]:
    """Return an array of the archive: mapped if it is stored as it is, else unpacked."""
    place = f"{path}, array '{name}'"
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as stream:
        layout = _Layout(stream, place)
        header_size = stream.tell()
        layout.check_size(member.file_size - header_size)
        if member.compress_type != zipfile.ZIP_STORED:
            return _unpack(stream, layout, path)
    with path.open("rb") as file:
        file.seek(member.header_offset)
        name_size, extra_size = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    offset = member.header_offset + _LOCAL_HEADER.size + name_size + extra_size + header_size
    layout.check_size(path.stat().st_size - offset)
    return np.memmap(path, layout.dtype, "r", offset, layout.shape, layout.order)


def _unpack(stream: Stream, layout: _Layout, path: Path) -> Shaped[np.ndarray, "..."]:
    """Return an array that is read from a compressed stream by way of a temporary file."""
    with Scratch(path) as scratch:
        left = layout.size
        while left:
            chunk = stream.read(min(left, BLOCK_BYTES))
            if not chunk:
                layout.check_size(layout.size - left)
            scratch.write(chunk)
            left -= len(chunk)
        return scratch.mapped(layout.shape, layout.dtype, layout.order)


def _in_row_order(array: Shaped[np.ndarray, "..."], path: Path) -> Shaped[np.ndarray, "..."]:
    """Return `array` with the numbers of each row beside each other, by way of a temporary file."""
    step = max(1, BLOCK_BYTES // array[0].nbytes)
    with Scratch(path) as scratch:
        for start in range(0, len(array), step):
            scratch.write(array[start : start + step])
        return scratch.mapped(array.shape, array.dtype)
