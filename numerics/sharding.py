"""Meshes of devices for estimates over many queries and many atoms, and arrays whose rows lie on them.

A mesh has two axes: queries are split over "queries", atoms over "atoms". An array is assembled shard by shard, so that
with several processes each reads only the rows that its own devices hold. Splitting queries needs no communication but
puts all atoms on every device; splitting atoms costs one sum over the devices for each batch of queries.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Shaped

QUERIES, ATOMS = "queries", "atoms"

HOST_BUDGET = 2**28
"""Bytes that atoms, and as many that queries, may take on a machine whose devices are its processors."""

DEVICE_SHARE = 0.35
"""Share of an accelerator's memory that atoms, and as much that queries, may take; kernels need the rest."""


def estimation_mesh(devices: Sequence[jax.Device] | None = None) -> Mesh:
    """Arrange devices, all that there are if none are given, in a mesh with the axes "queries" and "atoms".

    Atoms are split over processes, so that each reads its own part of the data, and queries over a process's devices.

    **Raises:** `ValueError` if the processes do not have the same number of devices.
    """
    by_process: dict[int, list[jax.Device]] = {}
    for device in jax.devices() if devices is None else devices:
        by_process.setdefault(device.process_index, []).append(device)
    columns = [by_process[process] for process in sorted(by_process)]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("a mesh needs devices, and as many of each process")
    return _mesh(np.array(columns, dtype=object).T)


def single_device_mesh() -> Mesh:
    """Return the mesh that holds JAX's default device alone."""
    return _mesh(np.array([[*jnp.zeros(()).devices()]], dtype=object))


def check_mesh(mesh: Mesh) -> None:
    """Refuse a mesh whose axes are not "queries" and "atoms".

    **Raises:** `ValueError` naming the axes found.
    """
    if set(mesh.axis_names) != {QUERIES, ATOMS}:
        raise ValueError(f'the mesh must have the axes "queries" and "atoms", not {mesh.axis_names}')


def is_on_host(mesh: Mesh) -> bool:
    """Tell whether the devices are processors of their hosts, not accelerators."""
    return bool(mesh.devices.flat[0].platform == "cpu")


def place_rows(
    mesh: Mesh,
    axis: str,
    shape: tuple[int, ...],
    read: Callable[[int, int], Shaped[np.ndarray, "..."]],
) -> Shaped[Array, "..."]:
    """Assemble an array whose rows are split over `axis` of the mesh and repeated over the other.

    **Arguments:** `read(start, stop)` returns these rows; it is called once for each part that this process holds.
    """
    parts: dict[tuple[int, int], np.ndarray] = {}

    def part(index: tuple[slice, ...] | None) -> np.ndarray:
        start, stop, _ = (slice(None) if index is None else index[0]).indices(shape[0])
        if (start, stop) not in parts:
            parts[start, stop] = read(start, stop)
        return parts[start, stop]

    return jax.make_array_from_callback(shape, NamedSharding(mesh, PartitionSpec(axis)), part)


def memory_budget(mesh: Mesh) -> int:
    """Return how many bytes atoms, and as many how queries, may take on each device; all processes agree on it."""
    local = mesh.local_devices
    stats = [device.memory_stats() or {} for device in local]
    limits = [int(DEVICE_SHARE * found["bytes_limit"]) for found in stats if "bytes_limit" in found]
    budget = min(limits, default=HOST_BUDGET // max(1, len(local)))
    if mesh.is_multi_process:
        # Shapes follow from the budget, and processes whose shapes differ would wait for each other for ever.
        budget = int(np.min(multihost_utils.process_allgather(np.int32(budget >> 20)))) << 20
    return budget


def _mesh(devices: np.ndarray) -> Mesh:
    # Axes of this kind leave the sharding of whatever is computed outside shard_map to the compiler.
    return Mesh(devices, (QUERIES, ATOMS), axis_types=(AxisType.Auto, AxisType.Auto))
