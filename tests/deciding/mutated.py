"""Load a copy of `theory` in which one piece of source text is replaced by another, under a name of its own."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

THEORY = Path(__file__).resolve().parents[2] / "theory"


class PatternLostError(LookupError):
    """The source no longer holds the text that a mutant replaces."""


@contextmanager
def mutated_theory(folder: Path, name: str, module: str, old: str, new: str) -> Iterator[str]:
    """Write the mutated tree to `folder` and yield the name of its package; forget its modules afterwards.

    **Raises:** `PatternLostError` unless `old` occurs exactly once in `module`.
    """
    source = (THEORY / module).read_text(encoding="utf-8")
    if source.count(old) != 1:
        raise PatternLostError(f"{module} holds {source.count(old)} times: {old}")
    for path in sorted(THEORY.rglob("*.py")):
        target = folder / path.relative_to(THEORY)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
    (folder / module).unlink()
    (folder / module).write_text(source.replace(old, new), encoding="utf-8")
    package = f"lemmata.mutant_{name}"
    spec = importlib.util.spec_from_file_location(
        package, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[package] = loaded
    try:
        spec.loader.exec_module(loaded)
        yield package
    finally:
        for each in [key for key in sys.modules if key == package or key.startswith(package + ".")]:
            del sys.modules[each]


def part(package: str, name: str) -> ModuleType:
    """Import a module of a package by its dotted name."""
    return importlib.import_module(f"{package}.{name}")
