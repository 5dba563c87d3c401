"""A program for several processes: estimates lambda on a mesh of all devices, from an array and from a file.

Usage: `estimating_program.py COORDINATOR PROCESSES PROCESS FILE FOLDER`. Each process leaves in `FOLDER` what it got,
and which rows it has read for that, by kind of data.
"""

import json
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lemmata.numerics.cluster import start_cluster
from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal.estimator import separation
from lemmata.numerics.sharding import estimation_mesh

SIGNALS = np.array([0.3, 5.0])
NUM_QUERIES = 256
SEED = 7


class CountedRows(np.ndarray[Any, np.dtype[np.float64]]):
    """Rows that keep a list of those that are read, in blocks and one by one."""

    blocks: set[int]
    singles: int

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            self.blocks.update(range(*key.indices(len(self))))
        else:
            self.singles += len(key)
        return np.asarray(self)[key]


def count_rows(data: DataSet) -> CountedRows:
    """Count from here on what is read of `data`."""
    rows = data.rows.view(CountedRows)
    rows.blocks, rows.singles = set(), 0
    data.rows = rows
    return rows


def main(coordinator: str, processes: str, process: str, file: str, folder: str) -> None:
    with start_cluster(coordinator, int(processes), int(process), joining_seconds=60) as cluster:
        mesh = estimation_mesh()
        for kind, rows in {"memory": np.load(file), "mapped": np.load(file, mmap_mode="r")}.items():
            data = DataSet(rows).normalised()
            counted = count_rows(data)
            found = separation(data, SIGNALS, num_queries=NUM_QUERIES, key=jax.random.key(SEED), mesh=mesh)
            record = {
                "h_squared": found.h_squared.tolist(),
                "interval": [end.tolist() for end in found.h_squared_interval],
                "blocks": sorted(counted.blocks),
                "singles": counted.singles,
                "devices": mesh.size,
            }
            Path(folder, f"{kind}-{cluster.process_id}.json").write_text(json.dumps(record))


if __name__ == "__main__":
    main(*sys.argv[1:])
