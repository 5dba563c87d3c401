"""Numbers with their errors as studies store them, and how they are printed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ..numbers import format_measured, format_number
from ..stored import Reader


@final
@dataclass(frozen=True, slots=True)
class StoredEstimate:
    """A number with its error, in all and by source; None where no error was computed."""

    value: float
    error: float | None
    parts: Mapping[str, float | None]


def read_estimate(reader: Reader) -> StoredEstimate:
    """Return the estimate that `reader` stands at.

    **Raises:** `ReportError` naming the key.
    """
    parts = reader.at("parts")
    return StoredEstimate(
        value=reader.get("value", float),
        error=read_optional(reader, "error"),
        parts={name: read_optional(parts, name) for name in reader.get("parts", dict)},
    )


def read_optional(reader: Reader, key: str) -> float | None:
    """Return the number under `key`, or None where it is null.

    **Raises:** `ReportError` naming the key.
    """
    return None if reader.at(key).value is None else reader.get(key, float)


def with_error(estimate: StoredEstimate, plus_minus: str) -> str:
    """Return a number and its error, both to the second digit of the latter."""
    if estimate.error is None:
        return f"{format_number(estimate.value)}, error not bounded"
    if estimate.error == 0:
        return format_number(estimate.value)
    value = format_measured(estimate.value, estimate.error)
    return f"{value} {plus_minus} {format_measured(estimate.error, estimate.error)}"
