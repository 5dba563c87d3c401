"""Wheels for a machine on which nothing can be installed: found out, downloaded elsewhere, unpacked there.

A machine with a GPU often comes with JAX and without a way to a package index. `python -m benchmarks.wheels download`
fills a folder with what the catalogue imports and such a machine lacks, in the versions of `uv.lock`; `unpack` puts
those that are missing there into a folder for `PYTHONPATH`. Only the standard library is imported here.
"""

import argparse
import ast
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

FOLDER = Path("build/wheels")
SITE = Path("build/gpu/site")
TARGET = "3.12"
"""The version of Python that wheels are downloaded for, on Linux and x86-64."""

GLIBC_MINORS = (39, 36, 35, 34, 31, 28, 27, 24, 17)
"""Versions 2.x of the C library whose wheels such a machine can load."""

EXPECTED = frozenset(
    {
        *("diffrax", "equinox", "hypothesis", "jax", "jaxlib", "jaxtyping", "matplotlib", "mpmath", "numpy"),
        *("pillow", "rich", "scikit-learn", "scipy", "sympy", "threadpoolctl"),
    }
)
"""Packages that a machine set up for JAX and Diffrax is taken to have."""

LAYERS = (Path("theory"), Path("numerics"), Path("checks"))
"""Where what the checks import is written."""


def imported_names(folders: Iterable[Path] = LAYERS) -> set[str]:
    """Return the top-level names of all modules that the sources under `folders` import, standard library excluded."""
    found: set[str] = set()
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names


def lacking_distributions() -> tuple[str, ...]:
    """Return the distributions that the checks import and that a JAX machine is not expected to have."""
    owners = packages_distributions()
    names = {_normal(owner) for name in imported_names() for owner in owners.get(name, ())}
    return tuple(sorted(names - EXPECTED - {"lemmata"}))


def locked_versions(lock: Path = Path("uv.lock")) -> dict[str, str]:
    """Return the version of every locked package."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return {package["name"]: package["version"] for package in packages if "version" in package}


def download(folder: Path, names: Iterable[str] = ()) -> tuple[str, ...]:
    """Download the wheels of what is lacking, and of `names`, into an emptied folder; return their requirements.

    **Raises:** `subprocess.CalledProcessError` where pip fails; `KeyError` for a name that is not locked.
    """
    locked = locked_versions()
    wanted = tuple(f"{name}=={locked[name]}" for name in sorted({*lacking_distributions(), *map(_normal, names)}))
    if importlib.util.find_spec("pip") is None:
        subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in GLIBC_MINORS] + ["manylinux2014_x86_64"]
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary=:all:", "--python-version", TARGET, "--implementation", "cp", "--dest", str(folder)),
            *(part for platform in platforms for part in ("--platform", platform)),
            *wanted,
        ],
        check=True,
    )
    return wanted


def unpack(folder: Path, site: Path) -> tuple[str, ...]:
    """Unpack the wheels of packages that are not installed here into an emptied `site`, and return their names."""
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    unpacked = []
    for wheel in sorted(folder.glob("*.whl")):
        name = _normal(wheel.name.partition("-")[0])
        if not _is_installed(name):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(site)
            unpacked.append(name)
    return tuple(unpacked)


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _normal(name: str) -> str:
    """Return the normal form of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: Sequence[str] | None = None) -> None:
    """Download wheels, or unpack them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wheels", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("download", help="fill the folder from a package index")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="locked packages to add to what is lacking")
    commands.add_parser("unpack", help="unpack what is missing on this machine")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: %(default)s")
    parser.add_argument("--site", type=Path, default=SITE, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    if chosen.command == "download":
        print(f"{chosen.folder}: {', '.join(download(chosen.folder, chosen.names))}")
    else:
        print(f"{chosen.site}: {', '.join(unpack(chosen.folder, chosen.site)) or 'nothing is missing'}")


if __name__ == "__main__":
    main()
