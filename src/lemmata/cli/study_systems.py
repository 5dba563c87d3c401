"""The systems whose numerics `lemmata study` runs: one entry each, and nothing heavy imported before it is needed."""

import math
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, final

if TYPE_CHECKING:
    from jax.sharding import Mesh

    from ..numerics.data_files import SnapshotData
    from ..numerics.data_set import DataSet

Json: TypeAlias = Any

Data = TypeVar("Data")

Report = Callable[[int, int], None]
"""What a computation calls with work done and work in all."""


@final
@dataclass(frozen=True, slots=True)
class StudySystem(Generic[Data]):
    """A system that can be pointed at data.

    **Arguments:** `summary` and `files`, what a file may be, stand in the help; `unit` names what the progress counts;
    `spreads` says whether the work is spread over devices and processes, for which data have to be a `DataSet`;
    `add_arguments` adds the system's own options; `read` opens a file, of whose arrays a name may pick one, and raises
    `DataFileError`; `compute` makes the study of data as JSON, on the devices of a mesh if there is one, and raises
    `StudyError` for data or options of which none can be made.
    """

    summary: str
    files: str
    unit: str
    spreads: bool
    add_arguments: Callable[[ArgumentParser], None]
    read: Callable[[Path, str | None], Data]
    compute: Callable[[Data, Namespace, "Mesh | None", Report], dict[str, Json]]


def _read_rows(path: Path, name: str | None) -> "DataSet":
    from ..numerics.data_files import open_data

    return open_data(path, name=name)


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


def _add_jko(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--degree",
        type=_whole,
        default=4,
        metavar="N",
        help="of the polynomials in V, 0 for none; default: %(default)s",
    )
    parser.add_argument(
        "--centres", type=_whole, default=0, metavar="P", help="Gaussians in V beside them; default: %(default)s"
    )
    parser.add_argument(
        "--interaction", action="store_true", help="seek an interaction U of the particles too, of the same features"
    )
    parser.add_argument("--no-diffusion", action="store_true", help="particles move without noise: beta is 0")
    parser.add_argument(
        "--estimator",
        choices=("trapezoid", "jko", "explicit", "euler-maruyama"),
        default="trapezoid",
        help="what made the snapshots: a flow, exact JKO steps, Euler steps, or such with noise; default: %(default)s",
    )
    parser.add_argument(
        "--held-out",
        type=_positive_number,
        default=0.25,
        metavar="SHARE",
        help="of the particles; default: %(default)s",
    )
    parser.add_argument(
        "--resolution", type=_count, default=61, metavar="N", help="places of level sets along an axis; default: 61"
    )


def _read_snapshots(path: Path, name: str | None) -> "SnapshotData":
    from ..numerics.data_files import open_snapshots

    return open_snapshots(path, name=name)


def _compute_jko(data: "SnapshotData", chosen: Namespace, mesh: "Mesh | None", report: Report) -> dict[str, Json]:
    from ..numerics.jko.study import study_snapshots

    study = study_snapshots(
        data,
        degree=chosen.degree,
        centres=chosen.centres,
        interaction=chosen.interaction,
        internal=not chosen.no_diffusion,
        estimator=chosen.estimator,
        held_out=chosen.held_out,
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


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ArgumentTypeError(f"{text}: want a number that is not negative")
    return value


ROWS = ".npy, .npz, .csv, or a folder of images"

SYSTEMS: Mapping[str, StudySystem[Any]] = {
    "kinetic-optimal": StudySystem(
        summary="separation function, kinetic-optimal path, energies and what can be saved",
        files=ROWS,
        unit="query-row pairs",
        spreads=True,
        add_arguments=_add_kinetic_optimal,
        read=_read_rows,
        compute=_compute_kinetic_optimal,
    ),
    "monge-ampere": StudySystem(
        summary="is the probability flow to weighted atoms optimal transport, and how far from it is it",
        files=ROWS,
        unit="maps",
        spreads=False,
        add_arguments=_add_monge_ampere,
        read=_read_rows,
        compute=_compute_monge_ampere,
    ),
    "jko": StudySystem(
        summary="the energies that move snapshots of particles, and what they predict",
        files=".npz with snapshots (time, particles, d), or snapshot_0, snapshot_1, ...; and tau, or times",
        unit="pieces of work",
        spreads=False,
        add_arguments=_add_jko,
        read=_read_snapshots,
        compute=_compute_jko,
    ),
}
