"""The kinetic-optimal path of a data set beside the named ones: its energies, and how a claim about them is checked."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import final

from ...numerics.estimate import Estimate
from ...numerics.kinetic_optimal import (
    CondOT,
    KineticOptimalPath,
    VPCosine,
    kinetic_optimal_path,
    path_energy,
    saving_over_cond_ot,
)
from ...numerics.kinetic_optimal.entropy_bounds import bound_energy
from ...theory.verdict import Json
from ..comparison import Comparison, compare_at_most, compare_equal
from .separations import DataCurve

ENERGY, SAVING = "kinetic-optimal energy", "saving over Cond-OT"


@final
@dataclass(frozen=True, slots=True)
class PathNumbers:
    """What is claimed of a data set's kinetic-optimal path: its energy, and the share of Cond-OT's that it saves.

    Both are claimed to the digits printed, that is to half a unit of the last one.
    """

    energy: Decimal
    saving: Decimal


@final
@dataclass(frozen=True, slots=True, eq=False)
class PathEnergies:
    """The kinetic-optimal path of a data set, the named paths' energies, and the floor that the entropy sets to all."""

    data: DataCurve
    path: KineticOptimalPath
    cond_ot: Estimate
    cosine: Estimate
    saving: Estimate
    floor: float

    @property
    def numbers(self) -> dict[str, Estimate]:
        """Every estimate by name."""
        return {
            ENERGY: self.path.energy_estimate,
            "Cond-OT energy": self.cond_ot,
            "cosine energy": self.cosine,
            SAVING: self.saving,
        }

    def to_json(self) -> dict[str, Json]:
        """Return every number, and its error under the name with `error` behind it."""
        return {
            key: number
            for name, found in self.numbers.items()
            for key, number in ((name, found.value), (f"{name} error", found.error))
        }


@cache
def path_energies(data: DataCurve) -> PathEnergies:
    """Compute the energies of a data set; once for each curve, since controls meet the same one."""
    return PathEnergies(
        data=data,
        path=kinetic_optimal_path(data.curve),
        cond_ot=path_energy(CondOT(), data.curve),
        cosine=path_energy(VPCosine(), data.curve),
        saving=saving_over_cond_ot(data.curve),
        floor=bound_energy(data.entropy_rate),
    )


def compare_numbers(claimed: PathNumbers, found: PathEnergies) -> Iterator[Comparison]:
    """Compare energy and saving with the claimed ones, to the digits that are printed."""
    for name, number in ((ENERGY, claimed.energy), (SAVING, claimed.saving)):
        estimate = found.numbers[name]
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)
        printed = 0.5 * 10.0**exponent
        at = {"quantity": name}
        yield compare_equal(estimate.value, float(number), estimate.error + printed, point=at, data=at)


def compare_bounds(found: PathEnergies) -> Iterator[Comparison]:
    """Compare a data set with what holds for every one: the floors of lambda and of the energy, and who is optimal."""
    data, best = found.data, found.path.energy_estimate
    _, upper = data.curve.interval
    mean, bound = data.curve.mean, data.entropy_bound
    for s, floor, value, end in zip(data.curve.s, bound, mean, upper, strict=True):
        at = {"data": data.name, "quantity": f"lambda at s = {s:.6g}"}
        # An exact curve may touch the linear floor: both are rounded.
        yield compare_at_most(float(floor), float(value), float(end - value) + 1e-12, point=at, data=at)
    for name, low, high in (
        ("floor of the energy", Estimate(found.floor, 0.0), best),
        ("Cond-OT is no better", best, found.cond_ot),
        ("the cosine path is no better", best, found.cosine),
    ):
        at = {"data": data.name, "quantity": name}
        yield compare_at_most(low.value, high.value, low.error + high.error, point=at, data=at)


def tabulate_energies(energies: tuple[PathEnergies, ...]) -> list[list[Json]]:
    """Return a row for each data set: entropy, floor, the energies with their errors, and the saving."""
    return [
        [
            found.data.name,
            found.data.entropy_rate if math.isfinite(found.data.entropy_rate) else "infinite",
            found.floor,
            *([estimate.value, estimate.error] for estimate in found.numbers.values()),
        ]
        for found in energies
    ]
