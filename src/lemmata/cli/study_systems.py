"""The systems whose numerics `lemmata study` runs: one entry each, and nothing heavy imported before it is needed."""

import math
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, final

if TYPE_CHECKING:
    from jax.sharding import Mesh

    from ..numerics.data_set import DataSet

Json: TypeAlias = Any

Report = Callable[[int, int], None]
"""What a computation calls with work done and work in all."""


@final
@dataclass(frozen=True, slots=True)
class StudySystem:
    """A system that can be pointed at data.

    **Arguments:** `summary` stands in the help; `unit` names what the progress counts; `spreads` says whether the work
    is spread over devices and processes; `add_arguments` adds the system's own options; `compute` makes the study of
    data as JSON, on the devices of a mesh if there is one, and raises `StudyError` for data or options of which none
    can be made.
    """

    summary: str
    unit: str
    spreads: bool
    add_arguments: Callable[[ArgumentParser], None]
    compute: Callable[["DataSet", Namespace, "Mesh | None", Report], dict[str, Json]]


def _add_kinetic_optimal(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--normalise",
        choices=("centre", "scale", "none"),
        default="centre",
        help="centre and scale by one factor to E|X|^2 = d, scale only, or demand it; default: %(default)s",
    )
    parser.add_argument(
        "--precision",
        choices=("float64", "float32"),
        default="float64",
        help="of products and exponentials; sums are in float64; default: %(default)s",
    )
    parser.add_argument(
        "--queries", type=_count, default=20_000, metavar="N", help="noisy observations drawn; default: %(default)s"
    )
    parser.add_argument(
        "--signals", type=_count, default=32, metavar="K", help="signal-to-noise ratios s; default: %(default)s"
    )


def _compute_kinetic_optimal(
    data: "DataSet", chosen: Namespace, mesh: "Mesh | None", report: Report
) -> dict[str, Json]:
    from ..numerics.kinetic_optimal.study import study_data

    study = study_data(
        data,
        normalise=chosen.normalise,
        num_queries=chosen.queries,
        num_signals=chosen.signals,
        seed=chosen.seed,
        precision=chosen.precision,
        mesh=mesh,
        progress=report,
    )
    return study.to_json()


def _add_monge_ampere(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--horizons",
        type=_positive_number,
        nargs="+",
        metavar="T",
        help="times at which flow and optimal map are compared, beside infinity; default: from 0.25 to 8",
    )
    parser.add_argument(
        "--tolerance",
        type=_positive_number,
        default=1e-4,
        metavar="MASS",
        help="error in mass to which directions are resolved; default: %(default)s",
    )
    parser.add_argument(
        "--resolution", type=_count, default=240, metavar="N", help="squares of the picture along an axis; default: 240"
    )


def _compute_monge_ampere(data: "DataSet", chosen: Namespace, mesh: "Mesh | None", report: Report) -> dict[str, Json]:
    from ..numerics.monge_ampere.study import HORIZONS, study_atoms

    study = study_atoms(
        data,
        horizons=chosen.horizons or HORIZONS,
        tolerance=chosen.tolerance,
        resolution=chosen.resolution,
        seed=chosen.seed,
        progress=report,
    )
    return study.to_json()


def _positive_number(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise ArgumentTypeError(f"{text}: want a positive number")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ArgumentTypeError(f"{text}: want at least 1")
    return value


SYSTEMS: Mapping[str, StudySystem] = {
    "kinetic-optimal": StudySystem(
        summary="separation function, kinetic-optimal path, energies and what can be saved",
        unit="query-row pairs",
        spreads=True,
        add_arguments=_add_kinetic_optimal,
        compute=_compute_kinetic_optimal,
    ),
    "monge-ampere": StudySystem(
        summary="is the probability flow to weighted atoms optimal transport, and how far from it is it",
        unit="maps",
        spreads=False,
        add_arguments=_add_monge_ampere,
        compute=_compute_monge_ampere,
    ),
}
