"""The machine that a benchmark ran on, without its name: processor, memory, versions, and its own rates.

The rates are measured, not looked up: the share of the machine that a program reaches is a share of what the same
machine's matrix product reached minutes before.
"""

import os
import platform
import resource
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lemmata.numerics.device import describe_blas
from lemmata.numerics.threads import available_cores

from .timing import time_warm

PACKAGES = ("diffrax", "jax", "jaxlib", "lemmata", "numpy", "python-flint", "scipy", "sympy")
GEMM_SHAPE = (2048, 2048, 2048)
"""Rows, inner length and columns: large enough for the full rate of a few cores, 0.1 s there in float64."""


def installed(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Return the versions of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def processor() -> dict[str, str]:
    """Return the processor's name, family and model, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.is_file():
        return {"model name": platform.processor() or platform.machine()}
    lines = (line.partition(":") for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines())
    told = {name.strip(): value.strip() for name, _, value in lines}
    return {name: told[name] for name in ("model name", "cpu family", "model", "stepping") if name in told}


def memory_bytes() -> int:
    """Return the size of the machine's memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def peak_resident_bytes() -> int:
    """Return the largest resident memory that this process has had.

    Linux's own mark belongs to the program that runs; what `getrusage` says also counts the parent before the start.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def machine_facts() -> dict[str, Any]:
    """Describe the machine as JSON: cores, processor, memory, system, devices, versions and BLAS architecture."""
    device = jax.devices()[0]
    return {
        "cores": available_cores(),
        "processor": processor(),
        "machine": platform.machine(),
        "memory_bytes": memory_bytes(),
        "system": platform.system(),
        "device": device.device_kind,
        "platform": device.platform,
        "device_count": jax.device_count(),
        "python": platform.python_version(),
        "versions": installed(),
        "blas": describe_blas(),
    }


def show_machine(facts: dict[str, Any]) -> str:
    """Return the facts of a machine as one paragraph."""
    chip = facts["processor"]
    name = chip.get("model name", facts["machine"])
    family = f", family {chip['cpu family']}, model {chip['model']}" if "cpu family" in chip else ""
    device = "" if facts["platform"] == "cpu" else f", {facts['device_count']} x {facts['device']}"
    versions = ", ".join(f"{package} {number}" for package, number in facts["versions"].items())
    blas = ", ".join(f"{library} ({kernel})" for library, kernel in facts["blas"].items())
    return (
        f"{facts['cores']} cores of {name} ({facts['machine']}{family}), {facts['memory_bytes'] / 2**30:.0f} GiB"
        f"{device}; {facts['system']}, Python {facts['python']}, {versions}; BLAS: {blas}."
    )


def gemm_rate(dtype: str, *, shape: tuple[int, int, int] = GEMM_SHAPE, repeats: int = 5) -> dict[str, float]:
    """Measure the rate of a matrix product in `dtype`: flop per second by NumPy's BLAS and by JAX's default device.

    JAX multiplies at precision HIGHEST: no TF32 or bfloat16 passes on a GPU. NumPy is left out where JAX's device is
    not the CPU.
    """
    rows, inner, columns = shape
    rng = np.random.default_rng(0)
    left, right = (rng.standard_normal(size, np.float32).astype(dtype) for size in ((rows, inner), (inner, columns)))
    flop = 2 * rows * inner * columns
    found: dict[str, float] = {}
    with jax.enable_x64(True):
        if jax.default_backend() == "cpu":
            found["NumPy"] = flop / time_warm(lambda: left @ right, repeats=repeats).seconds
        on_device = jnp.asarray(left), jnp.asarray(right)
        product: Callable[..., Any] = jax.jit(lambda a, b: jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST))
        found["JAX"] = flop / time_warm(lambda: product(*on_device), repeats=repeats).seconds
    return found


def best_gemm_rate(dtype: str, *, shape: tuple[int, int, int] = GEMM_SHAPE, repeats: int = 5) -> float:
    """Return the better of the rates of `gemm_rate`: what this machine can do."""
    return max(gemm_rate(dtype, shape=shape, repeats=repeats).values())
