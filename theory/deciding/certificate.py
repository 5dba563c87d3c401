"""The form of an identity certificate, and how generators are written in it.

A certificate holds the claim, its hypotheses and the goal as canonical text, an admissible point that shows the claim
not to be vacuous, a proof, and a seal over all of it. A proof is a tree; each node names its rule:

    normal-form  generators, the facts used, and the advice for every transcendental node, in reading order
    shift        a fact, the symbol it bounds, the style and the name of the new symbol; the proof of what remains
    solve        an equation, the node it is solved for; the proof of what remains
    split        an expression, the proof that it is real, and one proof for each case, zero included
    parts        a complex symbol and the names of its real and imaginary part; the proof of what remains
    along        a symbol and a base point; proofs of smoothness, of a vanishing derivative, and of the value there
    circle       the proof that exp(i F) = 1 for a small number F

There is no program beside the claim: the polynomials are recomputed from the claim's own text at each replay, so that
nothing in the file can disagree with the statement. The seal guards against accidents; the checks guard against intent.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import sympy as sp
from sympy.core.function import AppliedUndef

from ..verdict import Json, canonical_json
from .axioms import require
from .canonical_text import read_exactly, write_exactly
from .known_functions import CALLS, CONSTANTS
from .tower import Generator, Kind, Tower

FORMAT: Final = 1
FIELDS: Final = ("claim", "format", "goal", "hypotheses", "point", "proof", "seal")
LARGEST_ORDER: Final = 10_000
MOST_GENERATORS: Final = 400
NAMES: Final = frozenset(CALLS.values())


def seal_of(payload: Mapping[str, Json]) -> str:
    """Return the SHA-256 of the payload's canonical JSON without its seal, in hexadecimal."""
    rest = {name: value for name, value in payload.items() if name != "seal"}
    return hashlib.sha256(canonical_json(rest).encode()).hexdigest()


def write_generator(tower: Tower, generator: Generator) -> Json:
    """Return a generator as JSON: its kind, then what defines it."""
    arguments = [tower.write_fraction(argument) for argument in generator.arguments]
    match generator.kind:
        case Kind.SYMBOL | Kind.CONSTANT:
            return [generator.kind.value, write_exactly(generator.symbol)]
        case Kind.UNITY:
            return [generator.kind.value, generator.order]
        case Kind.ROOT:
            return [generator.kind.value, generator.order, *arguments]
        case Kind.CALL:
            return [generator.kind.value, write_function(generator), arguments]
        case _:
            return [generator.kind.value, *arguments]


def write_function(generator: Generator) -> str:
    """Return the name of a known function, or the text of an unknown one with its assumptions."""
    if generator.symbol is None:
        return generator.name
    slots = [sp.Symbol(f"u{place}") for place in range(len(generator.arguments))]
    return write_exactly(generator.symbol(*slots))


def read_generator(tower: Tower, value: Json) -> Generator:
    """Read what `write_generator` wrote, over the generators that the tower has already.

    **Raises:** `ValueError` (and its subclass `UnprovedError`) for anything else.
    """
    require(isinstance(value, list) and bool(value) and isinstance(value[0], str), "a generator is a list")
    match value:
        case ["symbol", str(text)]:
            symbol = read_exactly(text)
            require(isinstance(symbol, sp.Symbol), "a symbol")
            require(tower.find(Kind.SYMBOL, symbol) is None, "a symbol occurs twice")
            return Generator(Kind.SYMBOL, symbol=symbol)
        case ["constant", str(text)]:
            symbol = read_exactly(text)
            require(symbol in CONSTANTS, "a constant")
            require(tower.find(Kind.CONSTANT, symbol) is None, "a constant occurs twice")
            return Generator(Kind.CONSTANT, symbol=symbol)
        case ["unity", int(order)] if type(order) is int and 4 <= order <= LARGEST_ORDER:
            return Generator(Kind.UNITY, order=order)
        case ["exp" | "log" as kind, str(text)]:
            return Generator(Kind(kind), arguments=(tower.read_fraction(text),))
        case ["root", int(order), str(text)] if type(order) is int and 2 <= order <= LARGEST_ORDER:
            return Generator(Kind.ROOT, order=order, arguments=(tower.read_fraction(text),))
        case ["call", str(text), list(arguments)] if all(isinstance(a, str) for a in arguments):
            values = tuple(tower.read_fraction(a) for a in arguments)
            function: Any = None
            if text not in NAMES:
                applied = read_exactly(text)
                require(isinstance(applied, AppliedUndef), "a function")
                function = applied.func
            generator = Generator(
                Kind.CALL, symbol=function, name=text if function is None else function.__name__, arguments=values
            )
            require(write_function(generator) == text, "the canonical text of a function")
            return generator
    raise ValueError(f"not a generator: {str(value)[:80]}")
