"""JAX's compiled programs, kept between processes.

A compiled program holds instructions of the processor it was compiled on, so the cache is keyed by the version of
jaxlib and by the processor: a folder that is shared or restored on another machine is then a miss and not a crash.
"""

import hashlib
import os
import platform
from collections.abc import MutableMapping
from importlib.metadata import version
from pathlib import Path

import jax

_OPTIMIZATION_LEVEL = "--xla_backend_optimization_level"


def processor_features() -> str:
    """Return what tells this processor's instruction set from another's, as text."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        fields = (line.partition(":") for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines())
        features = {name.strip(): value.strip() for name, _, value in fields}
        told = {name: features.get(name, "") for name in ("model name", "flags", "Features")}
        return f"{platform.machine()} {told}"
    return f"{platform.machine()} {platform.processor()}"


def prefer_quick_compilation(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have XLA optimise less: most programs compile in three quarters of the time, and sums of exponentials run longer.

    It has no effect once JAX has compiled something, and none where the user chose a level.
    """
    flags = environment.get("XLA_FLAGS", "")
    if _OPTIMIZATION_LEVEL not in flags:
        environment["XLA_FLAGS"] = f"{flags} {_OPTIMIZATION_LEVEL}=1".strip()


def enable_compilation_cache(directory: Path) -> Path:
    """Keep JAX's compiled programs under `directory` and return the folder that belongs to this machine.

    Every program is kept, however small or quick to compile. Diffrax programs are found again only if they were built
    with `throw=False`, as everything in this layer is: a host callback cannot be stored.

    **Raises:** `OSError` if the folder cannot be made.
    """
    key = hashlib.sha256(processor_features().encode()).hexdigest()[:16]
    folder = directory / f"jaxlib-{version('jaxlib')}-{key}"
    folder.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
