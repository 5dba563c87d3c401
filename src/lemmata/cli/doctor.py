"""`lemmata doctor`: whether this installation can do what it is for, one line for each thing looked at."""

import importlib
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ..checks.cache import cache_directory
from ..checks.closure import PACKAGE_ROOT
from ..checks.fingerprint import device_kind, installed_versions
from ..numerics.threads import available_cores
from .exit_codes import ExitCode
from .output import print_line
from .workplace import unwritable

LAYERS = ("theory", "numerics", "checks", "reports")
NEEDED = ("sympy", "flint", "jax", "diffrax", "equinox", "hypothesis", "scipy", "sklearn", "ot", "matplotlib", "pebble")
TOLD = ("lemmata", "sympy", "python-flint", "jax", "jaxlib", "diffrax", "numpy", "scipy", "hypothesis", "pot")
FONT = "DejaVu Sans"
"""The font of the figures, which Matplotlib carries with it."""

JAX_DEVICE = "import jax; d = jax.devices()[0]; print(d.platform, d.device_kind, sep=', ')"
DEVICE_SECONDS = 120


def doctor() -> ExitCode:
    """Print what was found; `!` marks what has to be mended."""
    sound = True
    for name, look in LOOKS:
        for found, fault in look():
            sound = sound and not fault
            print_line(f"{'!' if fault else ' '} {name:<10} {found}{f': {fault}' if fault else ''}")
    print_line("all is well" if sound else "the lines marked ! have to be mended")
    return ExitCode.AS_EXPECTED if sound else ExitCode.NOT_AS_EXPECTED


def _python() -> Iterator[tuple[str, str]]:
    fault = "" if sys.version_info >= (3, 11) else "lemmata needs Python 3.11 or newer"
    yield f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}", fault


def _versions() -> Iterator[tuple[str, str]]:
    versions = installed_versions()
    yield ", ".join(f"{name} {versions.get(name, 'missing')}" for name in TOLD), ""


def _packages() -> Iterator[tuple[str, str]]:
    """Import what is compiled: a wheel for another machine installs and then fails here."""
    for name in NEEDED:
        try:
            importlib.import_module(name)
        except Exception as error:
            yield name, f"cannot be imported: {' '.join(str(error).split())}"
    yield f"{len(NEEDED)} packages looked at", ""


def _links() -> Iterator[tuple[str, str]]:
    """Look for links that Git has checked out as text files, as it does where links are switched off."""
    for layer in LAYERS:
        path = PACKAGE_ROOT / layer
        if path.is_file():
            yield str(path), "a link checked out as a text file; set core.symlinks=true and check it out again"
        elif not path.is_dir():
            yield str(path), "missing"
    yield f"layers under {PACKAGE_ROOT}", ""


def _device() -> Iterator[tuple[str, str]]:
    """Ask JAX in a process of its own: a driver that hangs must not hang us."""
    try:
        asked = subprocess.run(
            [sys.executable, "-c", JAX_DEVICE], capture_output=True, text=True, timeout=DEVICE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        yield device_kind(), f"JAX does not answer within {DEVICE_SECONDS} s"
        return
    if asked.returncode:
        yield device_kind(), f"JAX finds no device: {(asked.stderr.strip().splitlines() or ['no message'])[-1]}"
        return
    kind, found = device_kind(), asked.stdout.strip()
    alike = kind.partition(" ")[0] == found.partition(",")[0]
    yield f"{found} (evidence is kept for {kind})", "" if alike else "JAX sees another kind of device than expected"


def _threads() -> Iterator[tuple[str, str]]:
    caps = [f"{name}={os.environ[name]}" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS") if name in os.environ]
    yield f"{available_cores()} cores, one thread for each worker{''.join(f'; {cap}' for cap in caps)}", ""


def _cache() -> Iterator[tuple[str, str]]:
    directory = cache_directory()
    yield str(directory), unwritable(directory)
    yield str(Path("build").absolute()), unwritable(Path("build"))


def _fonts() -> Iterator[tuple[str, str]]:
    from matplotlib import font_manager

    try:
        yield font_manager.findfont(FONT, fallback_to_default=False), ""
    except ValueError:
        yield FONT, "Matplotlib does not find it"


LOOKS: tuple[tuple[str, Callable[[], Iterator[tuple[str, str]]]], ...] = (
    ("python", _python),
    ("versions", _versions),
    ("packages", _packages),
    ("layers", _links),
    ("device", _device),
    ("threads", _threads),
    ("writable", _cache),
    ("fonts", _fonts),
)
"""What is looked at, in order."""
