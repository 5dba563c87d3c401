"""Every small change of a certificate: numbers by one, texts by one token, lists and dictionaries by one item."""

import copy
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

TOKEN = re.compile(r"[A-Za-z_]\w*|\d+|[-+*/^<>=]+")
SWAPS = {
    "+": "-",
    "-": "+",
    "*": "+",
    "/": "*",
    "^": "*",
    "True": "False",
    "False": "True",
    "sin": "cos",
    "cos": "sin",
    "exp": "log",
    "log": "exp",
    "Add": "Mul",
    "Mul": "Add",
    "StrictGreaterThan": "GreaterThan",
    "GreaterThan": "StrictGreaterThan",
    "StrictLessThan": "LessThan",
    "LessThan": "StrictGreaterThan",
    "Equality": "Unequality",
    "Unequality": "Equality",
    "positive": "nonnegative",
    "nonnegative": "positive",
    "real": "complex",
    "=0": ">=0",
    "offset": "ratio",
    "ratio": "offset",
    "exact": "certified",
}


def altered_token(token: str) -> str:
    """Change one token of a text as little as its kind allows."""
    if token in SWAPS:
        return SWAPS[token]
    if token.isdigit():
        return str(int(token) + 1)
    return token + "q"


def altered_texts(text: str) -> Iterator[str]:
    """Yield the text with each of its tokens changed in turn, and with its last character lost."""
    for match in TOKEN.finditer(text):
        yield text[: match.start()] + altered_token(match.group()) + text[match.end() :]
    if text:
        yield text[:-1]
    yield text + "0"


def altered_leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield value - 1
        yield float(value)
    elif isinstance(value, str):
        yield from altered_texts(value)
    elif value is None:
        yield 0


def altered_containers(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for place in range(len(value)):
            yield value[:place] + value[place + 1 :]
            yield [*value[: place + 1], copy.deepcopy(value[place]), *value[place + 1 :]]
            if place:
                yield [*value[: place - 1], value[place], value[place - 1], *value[place + 1 :]]
        yield [*value, 0]
    elif isinstance(value, dict):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}
        yield {**value, "extra": 0}


def alterations(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the path of every change below `value` together with the whole value so changed."""
    for changed in (*altered_leaves(value), *altered_containers(value)):
        if changed != value or type(changed) is not type(value):
            yield path, changed
    children = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, child in children:
        for deeper, changed in alterations(child, (*path, key)):
            whole = list(value) if isinstance(value, list) else dict(value)
            whole[key] = changed
            yield deeper, whole
