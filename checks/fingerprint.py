"""What a leg of evidence depends on, as one hash: the key of the cache.

The closure of the claim's module and of the code that runs it, by content; claim, check, control, effort, seed; the
bytes of the claim's data files; data type and kind of device; versions of what is installed; the relevant environment.
JAX is not imported to learn the device: what it would find is read from its plugins and the machine.
"""

import hashlib
import os
import platform
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from ..theory.verdict import canonical_json
from .closure import PACKAGE, RUNNER, ImportGraph
from .index import ClaimRecord

DTYPE = "float64"
"""The precision that checks work in unless their evidence says otherwise."""

ENVIRONMENT_PREFIXES = ("JAX_", "LEMMATA_")
ENVIRONMENT_NAMES = ("XLA_FLAGS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
ENVIRONMENT_IGNORED = ("LEMMATA_CACHE", "JAX_COMPILATION_CACHE_DIR")
"""Where things are kept does not change what is computed."""


@cache
def installed_versions() -> dict[str, str]:
    """Return the version of Python and of every installed package that lemmata needs, directly or not."""
    found = {"python": platform.python_version()}
    waiting = [PACKAGE]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            metadata = distribution(name).read_text("METADATA") or ""
        except PackageNotFoundError:
            continue
        header = metadata.partition("\n\n")[0]
        version = re.search(r"^Version: (.+)$", header, re.MULTILINE)
        found[name] = version[1].strip() if version else "unknown"
        for line in re.findall(r"^Requires-Dist: (.+)$", header, re.MULTILINE):
            requirement, _, marker = line.partition(";")
            name_match = re.match(r"[A-Za-z0-9._-]+", requirement)
            if name_match and "extra" not in marker:
                waiting.append(name_match[0])
    return dict(sorted(found.items()))


@cache
def device_kind() -> str:
    """Return the kind of device that JAX would choose: `gpu (NVIDIA ...)`, or `cpu (x86_64)` and the like."""
    first = os.environ.get("JAX_PLATFORMS", "").partition(",")[0]
    plugins = [name for name in installed_plugins() if first in ("", "gpu") or first in name]
    if first != "cpu" and plugins:
        models = nvidia_models()
        if models or not any("cuda" in name for name in plugins):
            return f"gpu ({', '.join(models or plugins)})"
    return f"cpu ({platform.machine()})"


def nvidia_models() -> tuple[str, ...]:
    """List the models of the NVIDIA GPUs that the driver knows, each once."""
    texts = (path.read_text(encoding="utf-8") for path in Path("/proc/driver/nvidia/gpus").glob("*/information"))
    found = (re.search(r"^Model:(.*)$", text, re.MULTILINE) for text in texts)
    models = tuple(sorted({match[1].strip() for match in found if match}))
    # A container may hide what the driver knows and still show its devices.
    return models or (("NVIDIA",) if Path("/dev/nvidia0").exists() else ())


def installed_plugins() -> tuple[str, ...]:
    """List the accelerator plugins that JAX would load."""
    spec = find_spec("jax_plugins")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    return tuple(sorted(path.name for folder in folders for path in folder.iterdir() if path.is_dir()))


def relevant_environment() -> dict[str, str]:
    """Return the environment variables that can change a number."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if (name.startswith(ENVIRONMENT_PREFIXES) or name in ENVIRONMENT_NAMES) and name not in ENVIRONMENT_IGNORED
    }


def lock_digest() -> str:
    """Hash `uv.lock` in the working directory; empty where there is none."""
    try:
        return hashlib.sha256(Path("uv.lock").read_bytes()).hexdigest()
    except OSError:
        return ""


def locate_data(reference: str) -> Path:
    """Return the file that `package:path` names, without importing the package.

    **Raises:** `FileNotFoundError` naming the reference where package or file is missing.
    """
    package, _, name = reference.partition(":")
    top, *rest = package.split(".")
    spec = find_spec(top) if top else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, *rest, name)
        if name and path.is_file():
            return path
    raise FileNotFoundError(f"data {reference!r}: no such file in an installed package")


def data_digest(record: ClaimRecord) -> str:
    """Hash the bytes of the claim's data files.

    **Raises:** `OSError` where one is missing or cannot be read.
    """
    digest = hashlib.sha256()
    for reference in record.data:
        content = hashlib.sha256(locate_data(reference).read_bytes()).hexdigest()
        digest.update(f"{reference} {content}\n".encode())
    return digest.hexdigest()


def claim_fingerprint(record: ClaimRecord, graph: ImportGraph) -> str:
    """Hash what every leg of a claim depends on, whatever the check, control, effort or seed.

    **Raises:** `OSError` where a source or a data file cannot be read.
    """
    parts = {
        "sources": graph.digest(record.module, RUNNER),
        "data": data_digest(record),
        "claim": record.id,
        "dtype": DTYPE,
        "device": device_kind(),
        "versions": installed_versions(),
        "lock": lock_digest(),
        "environment": relevant_environment(),
    }
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def leg_key(fingerprint: str, leg: Mapping[str, str | int | None]) -> str:
    """Hash a claim's fingerprint with the check, control, effort and seed of one leg."""
    return hashlib.sha256(canonical_json([fingerprint, dict(leg)]).encode()).hexdigest()
