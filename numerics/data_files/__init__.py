"""Data sets from files: .npy, .npz, tables in .csv, and folders of images.

Nothing is held in memory whole: arrays are mapped as they lie in the file; what is compressed or has to be decoded goes
to a temporary file first, which disappears with the data set. Weights are divided by their sum, rows stay as they are:
`DataSet.normalised()` centres and scales them.
"""

import stat
from pathlib import Path

from ..data_set import DataSet
from .arrays import read_npy, read_npz
from .error import DataFileError
from .images import read_images
from .snapshots import SnapshotData, open_snapshots
from .table import read_table

__all__ = ["DataFileError", "SnapshotData", "open_data", "open_snapshots"]

READERS = {".npy": read_npy, ".csv": read_table, ".tsv": read_table, ".txt": read_table}
"""What reads a file, by the end of its name."""


def open_data(path: Path, *, name: str | None = None) -> DataSet:
    """Open a file or a folder of images as a data set; its `description` says what was found.

    **Arguments:** `path` ends in .npy (an array of rank 2, or of rank 3 or 4 whose first axis runs over the rows),
    .npz (such an array, with an array `weights` or without), .csv, .tsv or .txt (a table), or is a folder; `name`
    picks one of several arrays in an .npz archive.

    **Raises:** `DataFileError`, one line that names the file and the place, for everything that is wrong with it except
    entries of arrays that are not finite: those are found when the data set is first streamed.
    """
    try:
        # This asks the system about the path first, and so fails where there is nothing or no permission.
        is_folder = stat.S_ISDIR(path.stat().st_mode)
        kind = "folder" if is_folder else path.suffix.lower()
        if name is not None and kind != ".npz":
            raise DataFileError(f"{path}: arrays have names in .npz archives only, so there is no '{name}'")
        if is_folder:
            return read_images(path)
        if not path.is_file():
            raise DataFileError(f"{path}: neither a file nor a folder")
        if kind == ".npz":
            return read_npz(path, name)
        if kind not in READERS:
            known = ", ".join([".npz", *READERS])
            raise DataFileError(f"{path}: the kind of data is told by the end of the name: {known}, or a folder")
        return READERS[kind](path)
    except OSError as error:
        raise DataFileError(f"{path}: {error.strerror or error}") from error
