"""Snapshots of an evolution from an .npz archive: particles at several times, what lies between these, and weights.

Arrays: `snapshots` (time, particles, d), or `snapshot_0`, `snapshot_1`, ... (n_k, d) where snapshots differ in size;
`tau`, the time between neighbours, one number or one for each interval, or `times`, one for each snapshot; `weights`
(time, particles), or `weights_0`, `weights_1`, ... Nothing is unpickled.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
from jaxtyping import Float, Shaped

from .arrays import Archive, open_archive, weight_shares
from .error import DataFileError

SNAPSHOTS: Final = "snapshots"
WEIGHTS: Final = "weights"


@final
@dataclass(frozen=True, slots=True, eq=False)
class SnapshotData:
    """What a file holds: snapshots (n_k, d) as they are stored, the times between them, and weights that sum to 1.

    `spacings` (m,) are those between m + 1 snapshots; `weights` is None where all are equal; `description` says in
    words what was found.
    """

    snapshots: tuple[Shaped[np.ndarray, "_ _"], ...]
    spacings: Float[np.ndarray, " intervals"]
    weights: tuple[Float[np.ndarray, " _"], ...] | None
    description: str


def open_snapshots(path: Path, *, name: str | None = None) -> SnapshotData:
    """Open an .npz archive of snapshots.

    **Arguments:** `name` picks an array (time, particles, d) in place of `snapshots`.

    **Raises:** `DataFileError`, one line that names the file and the array, for everything that is wrong with the
    archive, its names and the shapes of its arrays; not for numbers, which are looked at when a study is made of them.
    """
    try:
        if path.is_dir() or path.suffix.lower() != ".npz":
            raise DataFileError(f"{path}: snapshots are read from an .npz archive, so the name has to end in .npz")
        with open_archive(path) as archive:
            return _read(archive, name)
    except OSError as error:
        raise DataFileError(f"{path}: {error.strerror or error}") from error


def _read(archive: Archive, name: str | None) -> SnapshotData:
    snapshots = _read_snapshots(archive, name)
    if len(snapshots) < 2:
        raise DataFileError(f"{archive.path}: there is only one snapshot, and nothing moves in it")
    spacings = _read_spacings(archive, len(snapshots))
    weights = _read_weights(archive, snapshots)
    sizes = sorted({len(snapshot) for snapshot in snapshots})
    particles = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    stored = ", ".join(sorted({snapshot.dtype.name for snapshot in snapshots}))
    weighted = "" if weights is None else ", weighted"
    return SnapshotData(
        snapshots, spacings, weights, f"{len(snapshots)} snapshots of {particles} particles ({stored}){weighted}"
    )


def _read_snapshots(archive: Archive, name: str | None) -> tuple[Shaped[np.ndarray, "_ _"], ...]:
    """Return the snapshots, from one array or from numbered ones."""
    numbered = _numbered(archive, "snapshot_")
    if name is None and numbered:
        if SNAPSHOTS in archive.names:
            raise DataFileError(f"{archive.path}: it holds both '{SNAPSHOTS}' and 'snapshot_0': which is meant?")
        found = [(f"snapshot_{index}", archive.read(f"snapshot_{index}")) for index in range(numbered)]
        for own, array in found:
            _require_rank(archive, own, array, 2, "(particles, d)")
        return tuple(array for _, array in found)
    chosen = SNAPSHOTS if name is None else name
    if chosen not in archive.names:
        either = "" if name is not None else " nor 'snapshot_0', 'snapshot_1', ..."
        raise _missing(archive, f"there is no array '{chosen}'{either}")
    try:
        array = archive.read(chosen)
    except DataFileError as error:
        if "Python objects" not in str(error):
            raise
        raise DataFileError(
            f"{archive.path}, array '{chosen}': it holds Python objects, which are not read: "
            "save snapshots of unequal size as arrays snapshot_0, snapshot_1, ..."
        ) from error
    _require_rank(archive, chosen, array, 3, "(time, particles, d), also where d = 1")
    return tuple(array)


def _read_spacings(archive: Archive, count: int) -> Float[np.ndarray, " intervals"]:
    """Return the time between neighbouring snapshots, of which there are `count`."""
    given = [key for key in ("tau", "times") if key in archive.names]
    if not given:
        raise _missing(archive, "there is neither 'tau', the time between snapshots, nor 'times'")
    if len(given) > 1:
        raise DataFileError(f"{archive.path}: it holds both 'tau' and 'times': which is meant?")
    (key,) = given
    values = np.asarray(archive.read(key), np.float64)
    place = f"{archive.path}, array '{key}'"
    if key == "times":
        if values.shape != (count,):
            raise DataFileError(f"{place}: want {count} numbers, one for each snapshot, not {values.shape}")
        spacings = np.diff(values)
        if not (spacings > 0).all():
            late = 1 + int(np.argmin(spacings > 0))
            raise DataFileError(
                f"{place}: times must increase: entry {late} is {values[late]} after {values[late - 1]}"
            )
        return spacings
    spacings = np.full(count - 1, values.item()) if values.size == 1 else values
    if spacings.shape != (count - 1,):
        raise DataFileError(f"{place}: want one number or {count - 1}, one for each interval, not {values.shape}")
    return spacings


def _read_weights(
    archive: Archive, snapshots: tuple[Shaped[np.ndarray, "_ _"], ...]
) -> tuple[Float[np.ndarray, " _"], ...] | None:
    """Return weights divided by their sum at each time, as counts have to be."""
    if WEIGHTS in archive.names:
        together = np.asarray(archive.read(WEIGHTS), np.float64)
        _require_rank(archive, WEIGHTS, together, 2, "(time, particles)")
        rows = [(f"'{WEIGHTS}', time {index}", row) for index, row in enumerate(together)]
    elif numbered := _numbered(archive, "weights_"):
        names = [f"weights_{index}" for index in range(numbered)]
        rows = [(f"'{own}'", np.asarray(archive.read(own), np.float64)) for own in names]
    else:
        return None
    if len(rows) != len(snapshots):
        raise DataFileError(f"{archive.path}: there are weights of {len(rows)} times, but {len(snapshots)} snapshots")
    shares = []
    for (own, row), snapshot in zip(rows, snapshots, strict=True):
        place = f"{archive.path}, array {own}"
        if row.shape != (len(snapshot),):
            raise DataFileError(f"{place}: want {len(snapshot)} weights, one for each particle, not {row.shape}")
        if (row < 0).any():
            raise DataFileError(f"{place}: weights must not be negative: entry {int(np.argmin(row))} is {row.min():g}")
        shares.append(weight_shares(row, place)[0])
    return tuple(shares)


def _numbered(archive: Archive, prefix: str) -> int:
    """Return how many arrays have this prefix and a number.

    **Raises:** `DataFileError` unless they are numbered from 0 without a gap.
    """
    numbers = {name.removeprefix(prefix) for name in archive.names if name.startswith(prefix)}
    count = sum(number.isdecimal() for number in numbers)
    for index in range(count):
        if str(index) not in numbers:
            raise _missing(archive, f"{count} arrays are called {prefix}NUMBER, but there is no '{prefix}{index}'")
    return count


def _require_rank(archive: Archive, name: str, array: Shaped[np.ndarray, "..."], rank: int, shape: str) -> None:
    if array.ndim != rank:
        raise DataFileError(f"{archive.path}, array '{name}': its shape is {array.shape}, but it must be {shape}")


def _missing(archive: Archive, problem: str) -> DataFileError:
    return DataFileError(f"{archive.path}: {problem}; its arrays: {', '.join(archive.names) or 'none'}")
