"""The estimate is the same, to rounding, on every mesh of devices."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from jax.sharding import Mesh

from lemmata.numerics.kinetic_optimal import separation
from lemmata.numerics.sharding import estimation_mesh, memory_budget, place_rows, single_device_mesh

MESHES = ("4x1", "2x2", "1x4", "explicit", "estimation")
FOUR_DEVICES = "--xla_force_host_platform_device_count=4"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the estimates on all meshes, made by a process with four devices."""
    folder = tmp_path_factory.mktemp("meshes")
    script = Path(__file__).with_name("meshes.py")
    flags = f"{os.environ.get('XLA_FLAGS', '')} {FOUR_DEVICES}"
    run = subprocess.run(
        [sys.executable, "-W", "error", script, folder],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert run.returncode == 0, run.stderr
    return {path.stem: dict(np.load(path)) for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("budget", "mesh"), [("whole", mesh) for mesh in MESHES] + [("streamed", mesh) for mesh in MESHES[:4]]
)
def test_a_mesh_gives_what_one_device_gives(results: dict[str, Any], budget: str, mesh: str) -> None:
    one, other = results["whole-1"], results[f"{budget}-{mesh}"]
    assert one["residual"].any()
    assert not one["residual"].all()
    assert (one["chunks"] == 1) & ((other["chunks"] > 1) == (budget == "streamed"))
    for name in ("h_squared", "interval", "covariance", "ceiling", "tail"):
        np.testing.assert_allclose(other[name], one[name], rtol=1e-12, atol=1e-13, err_msg=name)
    np.testing.assert_array_equal(other["residual"], one["residual"])
    assert other["last"][0] == other["last"][1] == one["last"][1]


@pytest.mark.parametrize(("mesh", "shards"), [("4x1", 1), ("2x2", 2), ("1x4", 4), ("explicit", 2)])
def test_each_device_holds_its_own_atoms_only(results: dict[str, Any], mesh: str, shards: int) -> None:
    found = results[f"whole-{mesh}"]
    assert found["devices"] == 4
    assert found["rows"] * shards == found["size"]


def test_rows_are_read_by_their_owner_once() -> None:
    mesh, reads = single_device_mesh(), []

    def read(start: int, stop: int) -> np.ndarray:
        reads.append((start, stop))
        return np.arange(start, stop, dtype=np.float32)[:, None]

    placed = place_rows(mesh, "atoms", (6, 1), read)
    np.testing.assert_array_equal(np.asarray(placed)[:, 0], np.arange(6))
    assert reads == [(0, 6)]
    assert memory_budget(mesh) > 0


def test_a_mesh_with_other_axes_is_refused() -> None:
    mesh = Mesh(np.array(jax.devices()[:1]), ("rows",))
    with pytest.raises(ValueError, match=r'the axes "queries" and "atoms", not \(\'rows\',\)'):
        separation([[1.0]], [1.0], key=jax.random.key(0), mesh=mesh)
    with pytest.raises(ValueError, match="a mesh needs devices"):
        estimation_mesh([])
