"""What a figure entry of stored evidence holds, read with complaints that name the key."""

from collections.abc import Mapping
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..stored import Json, ReportError

Array = NDArray[np.float64]


@final
class Entry:
    """One entry of `Evidence.figures`, or a part of it; `where` is its path within the results, for messages."""

    def __init__(self, value: Json, where: str) -> None:
        self.where = where
        if not isinstance(value, Mapping):
            raise ReportError(f"{where}: want an object, not {type(value).__name__}")
        self.value = value

    def fail(self, key: str, problem: str) -> ReportError:
        """Return the error that names the key and the problem."""
        return ReportError(f"{self.where}.{key}: {problem}")

    def part(self, key: str) -> "Entry":
        """Return the object under `key`."""
        return Entry(self._need(key), f"{self.where}.{key}")

    def parts(self, key: str) -> list["Entry"]:
        """Return the objects in the list under `key`, of which there must be at least one."""
        values = self._need(key)
        if not isinstance(values, list) or not values:
            raise self.fail(key, "want a list that is not empty")
        return [Entry(value, f"{self.where}.{key}[{index}]") for index, value in enumerate(values)]

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text under `key`, or `default` where the key is absent and may be."""
        value = default if default is not None and key not in self.value else self._need(key)
        if not isinstance(value, str):
            raise self.fail(key, f"want str, not {type(value).__name__}")
        return value

    def texts(self, key: str) -> list[str]:
        """Return the list of texts under `key`."""
        values = self._need(key)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.fail(key, "want a list of texts")
        return values

    def flag(self, key: str) -> bool:
        """Return the truth value under `key`; an absent one is false."""
        value = self.value.get(key, False)
        if not isinstance(value, bool):
            raise self.fail(key, f"want bool, not {type(value).__name__}")
        return value

    def count(self, key: str, default: int) -> int:
        """Return the positive integer under `key`, or `default` where the key is absent."""
        value = self.value.get(key, default)
        if type(value) is not int or value < 1:
            raise self.fail(key, f"want a positive integer, not {value!r}")
        return value

    def number(self, key: str) -> float:
        """Return the finite number under `key`."""
        value = self._need(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not np.isfinite(value):
            raise self.fail(key, f"want a finite number, not {value!r}")
        return float(value)

    def array(self, key: str, like: Array | None = None) -> Array:
        """Return the finite numbers under `key`, as many as in `like` where that is given."""
        value = self._need(key)
        try:
            found = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise self.fail(key, "want a list of numbers") from error
        if found.ndim != 1 or found.size == 0:
            raise self.fail(key, "want a list of numbers that is not empty")
        if not np.all(np.isfinite(found)):
            raise self.fail(key, "holds a number that is not finite")
        if like is not None and found.shape != like.shape:
            raise self.fail(key, f"want {like.size} numbers, not {found.size}")
        return found

    def optional(self, key: str, like: Array) -> Array | None:
        """Return the numbers under `key`, or None where there are none."""
        return None if self.value.get(key) is None else self.array(key, like)

    def _need(self, key: str) -> Json:
        if key not in self.value:
            raise self.fail(key, "missing key")
        return self.value[key]
