"""Where a number was computed: device, data type, versions and BLAS architecture.

The record goes into a piece of evidence. A difference between two machines is then traced to its cause: OpenBLAS
chooses its kernels by processor, may mistake a new processor for an old one, and sums in another order for each.
"""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import jax
import threadpoolctl

_PACKAGES = ("diffrax", "equinox", "jax", "jaxlib", "numpy", "pot", "scipy", "sympy")


def describe_blas() -> dict[str, str]:
    """Return the kernel architecture of each BLAS library loaded in this process, by library and version."""
    return {
        f"{library['prefix']} {library['version']}": str(library.get("architecture", "unknown"))
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    }


def describe_versions() -> dict[str, str]:
    """Return the versions of the numerical packages, without those that are not installed."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def describe_device(dtype: str = "float64") -> Mapping[str, Any]:
    """Describe the default device and the software that computes on it, as JSON.

    **Arguments:** `dtype` is the data type of the computation, by its NumPy name.

    **Returns:** `platform` (`cpu`, `gpu`), `device`, `device_count`, `dtype`, `machine`, `python`, `blas`
    (architecture by library) and `versions` (by package).
    """
    device = jax.devices()[0]
    return {
        "platform": device.platform,
        "device": device.device_kind,
        "device_count": jax.device_count(),
        "dtype": dtype,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "blas": describe_blas(),
        "versions": describe_versions(),
    }
