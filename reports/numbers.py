"""Numbers and values as the report prints them: as many digits as the stated error warrants."""

import math
import re
from collections.abc import Mapping

from .markdown import code, escape, render_line
from .stored import Json

SIGNIFICANT = 6
"""Digits of a number whose error is not stated."""

INLINE_ENTRIES = 3
"""A mapping with more entries than this gets a table of its own."""


def format_number(value: float, significant: int = SIGNIFICANT) -> str:
    """Return a number with so many significant digits, its exponent without zeros: `3.2e-5`."""
    if isinstance(value, int) and abs(value) < 10**15:
        return str(value)
    return _short_exponent(f"{value:.{significant}g}")


def _short_exponent(text: str) -> str:
    return re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].replace('+', '')}{found[2]}", text)


def format_optional(value: float | None, significant: int = 2) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if value is None else format_number(value, significant)


def format_measured(value: float, error: float | None) -> str:
    """Return `value` to the second digit of its `error`, or to `SIGNIFICANT` digits where no error is stated.

    An error of 0 is an exact value, printed in full.
    """
    if isinstance(value, int) or error is None or not math.isfinite(error):
        return format_number(value)
    if error == 0:
        return format_number(value, 15)
    decimals = 1 - math.floor(math.log10(error))
    size = max(abs(value), error)
    if decimals >= 0 and 1e-3 <= size < 1e9:
        return f"{value:.{decimals}f}"
    digits = math.floor(math.log10(size)) + decimals
    return _short_exponent(f"{value:.{min(max(digits, 0), 16)}e}") if value else "0"


def with_errors(values: Mapping[str, Json]) -> list[tuple[str, Json, float | None]]:
    """Return names, values and errors, where the error of `x` stands under `x error`."""
    errors = {name: f"{name} error" for name in values if isinstance(values.get(f"{name} error"), int | float)}
    return [
        (str(name), value, values[errors[name]] if name in errors else None)
        for name, value in values.items()
        if name not in errors.values()
    ]


def format_value(value: Json, error: float | None, claim: str) -> str:
    """Return the reported value of a check as Markdown on one line; `is_bulky` says when there is no such line."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return format_measured(value, error)
    if isinstance(value, str):
        return render_line(value, claim)
    if isinstance(value, Mapping):
        return ", ".join(f"{escape(n)} = {format_value(item, own, claim)}" for n, item, own in with_errors(value))
    return ", ".join(format_value(item, None, claim) for item in value)


def is_bulky(value: Json) -> bool:
    """Say whether a value needs a table of its own."""
    if isinstance(value, Mapping):
        return len(value) > INLINE_ENTRIES or any(isinstance(item, list | Mapping) for item in value.values())
    return isinstance(value, list) and (
        len(value) > INLINE_ENTRIES or any(isinstance(item, list | Mapping) for item in value)
    )


def format_point(point: Mapping[str, Json]) -> str:
    """Return the point of a witness as code: `s = 3/7, d = 2`."""
    return code(", ".join(f"{name} = {value}" for name, value in point.items())) if point else "–"
