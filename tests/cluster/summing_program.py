"""A program for several processes: adds up a sharded array round after round.

Usage: `summing_program.py COORDINATOR PROCESSES PROCESS JOINING HEARTBEAT ROUNDS RESULT [MISHAP]`. The leader writes
the last sum to `RESULT` when all is over. `MISHAP` is what happens to this process in its third round: `exit`,
`abort` or `other-value`. A `-` for the coordinator leaves it to JAX to find out the first three.
"""

import os
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from lemmata.checks.cache import write_atomically
from lemmata.numerics.cluster import Cluster, start_cluster
from lemmata.numerics.coordinator import ClusterError

LENGTH = 1024


def add_up(rounds: int, mishap: str, cluster: Cluster) -> int:
    mesh = jax.make_mesh((jax.device_count(),), ("terms",))
    terms = jax.make_array_from_callback(
        (LENGTH,), NamedSharding(mesh, PartitionSpec("terms")), lambda index: np.arange(LENGTH, dtype=np.int32)[index]
    )
    total = jax.jit(
        jax.shard_map(
            lambda x: jax.lax.psum(jnp.sum(x), "terms"),
            mesh=mesh,
            in_specs=PartitionSpec("terms"),
            out_specs=PartitionSpec(),
        )
    )
    result = 0
    for number in range(rounds):
        result = int(total(terms).addressable_data(0))
        print(f"round {number}", file=sys.stderr, flush=True)
        if number == 2 and mishap == "exit":
            sys.exit(2)
        if number == 2 and mishap == "abort":
            os.write(2, b"a native reason\n")
            os.abort()
        if number == 2:
            cluster.require_agreement("number", b"other" if mishap == "other-value" else b"same")
        time.sleep(0.02)
    return result


def main(
    coordinator: str,
    processes: str,
    process: str,
    joining: str,
    heartbeat: str,
    rounds: str,
    result: str,
    mishap: str = "",
) -> int:
    print("before", flush=True)
    try:
        given = () if coordinator == "-" else (coordinator, int(processes), int(process))
        with start_cluster(*given, joining_seconds=float(joining), heartbeat_seconds=int(heartbeat)) as cluster:
            print("joined", flush=True)
            total = add_up(int(rounds), mishap, cluster)
    except ClusterError as error:
        print(f"ClusterError: {error}", file=sys.stderr)
        return 4
    if cluster.is_leader:
        write_atomically(Path(result), f"{total}\n")
    os.write(1, b"after\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
