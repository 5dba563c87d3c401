"""A stored kinetic-optimal study, version 1, checked key by key.

Arrays stay as they were stored: the figures check them when they are drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ...stored import Json, Reader
from ..estimates import StoredEstimate, read_estimate, read_optional

SCHEMA_VERSION = 1

NORMALISATIONS = ("centre", "scale", "none")


@final
@dataclass(frozen=True, slots=True)
class StoredData:
    """What the data are, and what was done to them."""

    description: str
    n: int
    d: int
    distinct: int
    entropy: float
    entropy_rate: float
    normalisation: str
    mean_square: float
    squared_mean: float
    factor: float


@final
@dataclass(frozen=True, slots=True)
class StoredCheckSum:
    """The check sum up to the last s, what may lie `beyond` (None: not bounded), and what both should come to."""

    estimate: StoredEstimate
    up_to: float
    beyond: float | None
    expected: float
    agrees: bool


@final
@dataclass(frozen=True, slots=True)
class StoredKineticOptimal:
    """A study as it was made; `run` is what the command added to it, where it was made by the command."""

    data: StoredData
    settings: Mapping[str, Json]
    separation: Mapping[str, Json]
    curve: Mapping[str, Json]
    path: Mapping[str, Json]
    unique: bool
    final_angle: float
    energies: Mapping[str, StoredEstimate]
    saving: StoredEstimate
    error_integral: StoredEstimate
    energy_floor: float
    saving_ceiling: float
    respected: bool
    information: Mapping[str, Json]
    check_sum: StoredCheckSum
    device: Mapping[str, Json]
    seconds: float
    run: Mapping[str, Json]


def parse_study(study: Json, origin: str) -> StoredKineticOptimal:
    """Check a study and return it typed; `origin` is the file that messages name.

    **Raises:** `ReportError` naming `origin` and the key.
    """
    top = Reader(study, origin)
    if (version := top.get("schema_version", int)) != SCHEMA_VERSION:
        raise top.fail(f"this lemmata reads version {SCHEMA_VERSION}, not {version}", "schema_version")
    path, bounds, energies = top.at("path"), top.at("bounds"), top.at("energies")
    return StoredKineticOptimal(
        data=_data(top.at("data")),
        settings=top.get("settings", dict),
        separation=top.get("separation", dict),
        curve=top.get("curve", dict),
        path=top.get("path", dict),
        unique=path.get("unique", bool),
        final_angle=path.get("Theta_m", float),
        energies={name: read_estimate(energies.at(name)) for name in top.get("energies", dict)},
        saving=read_estimate(top.at("saving")),
        error_integral=read_estimate(top.at("error_integral")),
        energy_floor=bounds.get("energy_floor", float),
        saving_ceiling=bounds.get("saving_ceiling", float),
        respected=bounds.get("respected", bool),
        information=top.get("information", dict),
        check_sum=_check_sum(top.at("check_sum")),
        device=top.get("device", dict),
        seconds=top.get("seconds", float),
        run=top.get("run", dict) if "run" in top.value else {},
    )


def _data(reader: Reader) -> StoredData:
    return StoredData(
        description=reader.get("description", str),
        n=reader.get("n", int),
        d=reader.get("d", int),
        distinct=reader.get("distinct", int),
        entropy=reader.get("entropy", float),
        entropy_rate=reader.get("entropy_rate", float),
        normalisation=reader.choice("normalisation", NORMALISATIONS),
        mean_square=reader.get("mean_square", float),
        squared_mean=reader.get("squared_mean", float),
        factor=reader.get("factor", float),
    )


def _check_sum(reader: Reader) -> StoredCheckSum:
    return StoredCheckSum(
        estimate=read_estimate(reader),
        up_to=reader.get("up_to", float),
        beyond=read_optional(reader, "beyond"),
        expected=reader.get("expected", float),
        agrees=reader.get("agrees", bool),
    )
