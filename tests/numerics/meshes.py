"""Estimate on meshes of four devices and write the results: run by `test_meshes` in a process with four of them."""

import sys
from pathlib import Path

import jax
import numpy as np
from jax.sharding import Mesh

from lemmata.numerics import sharding
from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import separation
from lemmata.numerics.kinetic_optimal.atom_chunks import AtomChunks

S = np.array([0.1, 0.5, 1.0, 2.0, 4.0])
BUDGETS = {"whole": 2**28, "streamed": 2**15}
"""Bytes in all for atoms, and as many for queries: enough for everything, and for a part."""


class Steps:
    """What progress was told."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def take(self, done: int, total: int) -> None:
        self.seen.append((done, total))


def main(folder: Path) -> None:
    """Write what every mesh, with and without streaming, makes of the same data."""
    rng = np.random.default_rng(0)
    data = DataSet(rng.normal(size=(301, 5)), rng.dirichlet(np.ones(301))).normalised()
    devices = np.array(jax.devices())
    meshes = {"1": None} | {
        f"{queries}x{4 // queries}": Mesh(devices.reshape(queries, -1), ("queries", "atoms")) for queries in (4, 2, 1)
    }
    # What jax.make_mesh makes has axes of another type, and here their order is the other one.
    meshes["explicit"] = jax.make_mesh((2, 2), ("atoms", "queries"))
    meshes["estimation"] = sharding.estimation_mesh()
    for budget, size in BUDGETS.items():
        sharding.HOST_BUDGET = size
        for name, mesh in meshes.items():
            if budget == "streamed" and name in ("1", "estimation"):
                continue
            chunks = AtomChunks(data, mesh or sharding.single_device_mesh())
            steps = Steps()
            found = separation(data, S, key=jax.random.key(1), num_queries=900, mesh=mesh, progress=steps.take)
            np.savez(
                folder / f"{budget}-{name}.npz",
                h_squared=found.h_squared,
                interval=np.array(found.h_squared_interval),
                covariance=found.term_covariance,
                ceiling=found.error_ceiling,
                tail=found.tail_information,
                residual=np.array(found.method) == "residual",
                chunks=len(chunks),
                devices=len(chunks.atoms(0).sharding.device_set),
                rows=chunks.atoms(0).addressable_shards[0].data.shape[0],
                size=chunks.size,
                last=np.array(steps.seen[-1]),
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
