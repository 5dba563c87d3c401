"""The processes that make one study together, on one host or on several; and the devices that they use."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .exit_codes import ExitCode, UsageError
from .output import print_note

if TYPE_CHECKING:
    from jax.sharding import Mesh

    from ..numerics.cluster import Cluster
    from ..numerics.data_set import DataSet

COMPARED_ROWS = 1024
"""Rows, spread over the data, by which processes find out whether theirs are the same."""


@contextmanager
def join_processes(chosen: Namespace) -> "Iterator[Cluster]":
    """Join the other processes of the study for the time of this context; without any, be the leader of none.

    **Raises:** `UsageError` for options that do not fit together, and where the others cannot be reached; `SystemExit`
    with the exit code of bad input, which has been printed, for a `UsageError` in the body.
    """
    from ..numerics.cluster import Cluster, start_cluster
    from ..numerics.coordinator import ClusterError

    given = (chosen.coordinator, chosen.processes, chosen.process)
    if not chosen.distributed and given == (None, None, None):
        yield Cluster()
        return
    if chosen.distributed and given != (None, None, None):
        raise UsageError("--distributed finds out by itself what --coordinator, --processes and --process say")
    try:
        with start_cluster(*given) as cluster:
            try:
                yield cluster
            except UsageError as error:
                # A cluster ends its process with the code of what leaves it, and knows that of `SystemExit` only.
                print_note(f"process {cluster.process_id}: {error}")
                raise SystemExit(ExitCode.USAGE) from error
    except ClusterError as error:
        raise UsageError(str(error)) from error


def sample_rows(data: "DataSet") -> bytes:
    """Return up to `COMPARED_ROWS` rows as they come out of `data`, byte by byte."""
    import numpy as np

    return data.take(np.unique(np.linspace(0, data.n - 1, COMPARED_ROWS).astype(np.int64))).tobytes()


def choose_mesh(chosen: Namespace) -> "Mesh | None":
    """Return a mesh of all devices, or of one for each process; None where that is a single device."""
    import jax

    from ..numerics.sharding import estimation_mesh

    devices = jax.devices()
    if chosen.devices == "one":
        devices = list({device.process_index: device for device in reversed(devices)}.values())[::-1]
    return estimation_mesh(devices) if len(devices) > 1 else None
