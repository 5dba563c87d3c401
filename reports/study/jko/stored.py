"""A stored JKO study, version 1, checked key by key.

Arrays of the pictures stay as they were stored: the figures check them when they are drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ...stored import Json, Reader
from ..estimates import StoredEstimate, read_estimate

SCHEMA_VERSION = 1

OUTCOMES = ("at the floor", "better than no movement", "no better than no movement", "not told apart")

FLOORS = ("noise", "sampling")


@final
@dataclass(frozen=True, slots=True)
class StoredDistances:
    """1-Wasserstein distances to held-out snapshots, of one interval or in the mean."""

    predicted: StoredEstimate
    unmoved: float
    floor: StoredEstimate


@final
@dataclass(frozen=True, slots=True)
class StoredCoefficient:
    """A coefficient by the label of its feature, with its standard error."""

    label: str
    value: float
    standard_error: float


@final
@dataclass(frozen=True, slots=True)
class StoredGrid:
    """An energy on a grid: places by axis, values and standard errors row by row, and what is covered by particles."""

    ticks: tuple[Json, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]
    covered: tuple[bool, ...]


@final
@dataclass(frozen=True, slots=True)
class StoredSettings:
    """What was sought, and how."""

    estimator: str
    degree: int
    separable: bool
    centres: int
    interaction: bool
    diffusion: bool


@final
@dataclass(frozen=True, slots=True)
class StoredJko:
    """A study as it was made; `run` is what the command added to it, where it was made by the command."""

    description: str
    d: int
    times: tuple[float, ...]
    fitted: tuple[int, ...]
    held_out: tuple[int, ...]
    followed: bool
    coefficients: tuple[StoredCoefficient, ...]
    diffusivity: StoredEstimate | None
    diffusivity_standard_error: float
    condition_number: float
    null_space: tuple[tuple[float, ...], ...]
    loss: float
    scores: tuple[tuple[str, float], ...]
    outcome: str
    floor_kind: str
    intervals: tuple[StoredDistances, ...]
    mean: StoredDistances
    potential: StoredGrid
    interaction: StoredGrid | None
    couplings: tuple[Mapping[str, Json], ...]
    predictions: tuple[Mapping[str, Json], ...]
    chosen: StoredSettings
    settings: Mapping[str, Json]
    device: Mapping[str, Json]
    seconds: float
    run: Mapping[str, Json]


def parse_study(study: Json, origin: str) -> StoredJko:
    """Check a study and return it typed; `origin` is the file that messages name.

    **Raises:** `ReportError` naming `origin` and the key.
    """
    top = Reader(study, origin)
    if (version := top.get("schema_version", int)) != SCHEMA_VERSION:
        raise top.fail(f"this lemmata reads version {SCHEMA_VERSION}, not {version}", "schema_version")
    data, energies, comparison = top.at("data"), top.at("energies"), top.at("comparison")
    sought = energies.at("diffusivity").value is not None
    coefficients = tuple(
        StoredCoefficient(one.get("label", str), one.get("value", float), one.get("standard_error", float))
        for one in energies.items("coefficients")
    )
    return StoredJko(
        description=data.get("description", str),
        d=data.get("d", int),
        times=_numbers(data, "times"),
        fitted=tuple(map(int, _numbers(data, "fitted"))),
        held_out=tuple(map(int, _numbers(data, "held_out"))),
        followed=data.get("followed", bool),
        coefficients=coefficients,
        diffusivity=read_estimate(energies.at("diffusivity")) if sought else None,
        diffusivity_standard_error=energies.at("diffusivity").get("standard_error", float) if sought else 0.0,
        condition_number=energies.get("condition_number", float),
        null_space=_null_space(energies, len(coefficients)),
        loss=energies.get("loss", float),
        scores=tuple((one.get("method", str), one.get("error", float)) for one in top.items("scores")),
        outcome=top.choice("outcome", OUTCOMES),
        floor_kind=comparison.choice("floor_kind", FLOORS),
        intervals=tuple(_distances(one) for one in comparison.items("intervals")),
        mean=_distances(comparison.at("mean")),
        potential=_grid(top.at("potential")),
        interaction=None if top.at("interaction").value is None else _grid(top.at("interaction")),
        couplings=tuple(one.value for one in top.items("couplings")),
        predictions=tuple(one.value for one in top.items("predictions")),
        chosen=_settings(top.at("settings")),
        settings=top.get("settings", dict),
        device=top.get("device", dict),
        seconds=top.get("seconds", float),
        run=top.get("run", dict) if "run" in top.value else {},
    )


def _settings(reader: Reader) -> StoredSettings:
    return StoredSettings(
        estimator=reader.get("estimator", str),
        degree=reader.get("degree", int),
        separable=reader.get("separable", bool),
        centres=reader.get("centres", int),
        interaction=reader.get("interaction", bool),
        diffusion=reader.get("diffusion", bool),
    )


def _distances(reader: Reader) -> StoredDistances:
    return StoredDistances(
        read_estimate(reader.at("predicted")), reader.get("unmoved", float), read_estimate(reader.at("floor"))
    )


def _grid(reader: Reader) -> StoredGrid:
    values, errors, covered = (_numbers(reader, key) for key in ("values", "errors", "covered"))
    for key, found in (("errors", errors), ("covered", covered)):
        if len(found) != len(values):
            raise reader.fail(f"want {len(values)} numbers, not {len(found)}", key)
    return StoredGrid(tuple(reader.get("ticks", list)), values, errors, tuple(map(bool, covered)))


def _null_space(reader: Reader, count: int) -> tuple[tuple[float, ...], ...]:
    rows = []
    for row in reader.items("null_space"):
        if not isinstance(row.value, list) or len(row.value) != count:
            raise row.fail(f"want {count} numbers, one for each coefficient")
        rows.append(tuple(map(float, row.value)))
    return tuple(rows)


def _numbers(reader: Reader, key: str) -> tuple[float, ...]:
    for item in (items := reader.items(key)):
        if not isinstance(item.value, int | float) or isinstance(item.value, bool):
            raise item.fail(f"want float, not {type(item.value).__name__}")
    return tuple(item.value for item in items)
