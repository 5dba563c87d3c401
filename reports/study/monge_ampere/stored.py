"""A stored Monge-Ampere study, version 1, checked key by key.

Arrays stay as they were stored: the figures check them when they are drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ...stored import Json, Reader
from ..estimates import StoredEstimate, read_estimate

SCHEMA_VERSION = 1

OUTCOMES = ("optimal", "refuted", "different", "not told apart")

COMPARED = ("raw", "centred", "forward")

NUMBERS = ("mismatch", "l2_squared", "cost_excess")


@final
@dataclass(frozen=True, slots=True)
class StoredGap:
    """The distance of the flow's map from the optimal one: in mass, in squared L^2, in cost."""

    mismatch: StoredEstimate
    l2_squared: StoredEstimate
    cost_excess: StoredEstimate


@final
@dataclass(frozen=True, slots=True)
class StoredWitness:
    """Two points that the flow sends the wrong way round: places, atoms by index, inner product, and whether proved."""

    points: tuple[tuple[float, ...], tuple[float, ...]]
    atoms: tuple[int, int]
    product: float
    certified: bool


@final
@dataclass(frozen=True, slots=True)
class StoredMongeAmpere:
    """A study as it was made; `run` is what the command added to it, where it was made by the command."""

    description: str
    n: int
    d: int
    rank: int
    is_centred: bool
    outcome: str
    gap: StoredGap
    by_horizon: Mapping[str, tuple[tuple[float, StoredGap], ...]]
    cost: StoredEstimate
    mass_residual: float
    method: str
    picture: Mapping[str, Json]
    witness: StoredWitness | None
    settings: Mapping[str, Json]
    device: Mapping[str, Json]
    seconds: float
    run: Mapping[str, Json]


def parse_study(study: Json, origin: str) -> StoredMongeAmpere:
    """Check a study and return it typed; `origin` is the file that messages name.

    **Raises:** `ReportError` naming `origin` and the key.
    """
    top = Reader(study, origin)
    if (version := top.get("schema_version", int)) != SCHEMA_VERSION:
        raise top.fail(f"this lemmata reads version {SCHEMA_VERSION}, not {version}", "schema_version")
    data, transport, by_horizon = top.at("data"), top.at("transport"), top.at("by_horizon")
    return StoredMongeAmpere(
        description=data.get("description", str),
        n=data.get("n", int),
        d=data.get("d", int),
        rank=data.get("rank", int),
        is_centred=data.get("centred", bool),
        outcome=top.choice("outcome", OUTCOMES),
        gap=_gap(top.at("gap")),
        by_horizon={
            name: tuple((one.get("horizon", float), _gap(one)) for one in by_horizon.items(name)) for name in COMPARED
        },
        cost=read_estimate(transport.at("cost")),
        mass_residual=transport.get("mass_residual", float),
        method=transport.get("method", str),
        picture=top.get("picture", dict),
        witness=None if top.at("witness").value is None else _witness(top.at("witness")),
        settings=top.get("settings", dict),
        device=top.get("device", dict),
        seconds=top.get("seconds", float),
        run=top.get("run", dict) if "run" in top.value else {},
    )


def _gap(reader: Reader) -> StoredGap:
    mismatch, l2_squared, cost_excess = (read_estimate(reader.at(name)) for name in NUMBERS)
    return StoredGap(mismatch, l2_squared, cost_excess)


def _witness(reader: Reader) -> StoredWitness:
    points, atoms = reader.get("points", list), reader.get("atoms", list)
    for key, found in (("points", points), ("atoms", atoms)):
        if len(found) != 2:
            raise reader.fail(f"want two, not {len(found)}", key)
    first, second = (tuple(map(float, point)) for point in points)
    return StoredWitness(
        (first, second), (int(atoms[0]), int(atoms[1])), reader.get("product", float), reader.get("certified", bool)
    )
