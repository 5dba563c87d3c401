"""The files that a claim depends on: the static import closure of its module, by content.

Only first-party files are followed: modules of `lemmata`, and the neighbours of a user's claim file. Imports inside
functions count. An `__init__` that a dotted name merely passes through contributes its bytes, not its imports: it is
run for its name only, and no module here has side effects at import. `from package import name` follows the module
`package.name` where there is one, and the package's own imports otherwise.

An **origin** is an importable module name, or the absolute path of a user's file (it ends in `.py`).
"""

import ast
import hashlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias, final

PACKAGE = "lemmata"
PACKAGE_ROOT = Path(__file__).absolute().parent.parent

RUNNER = "lemmata.checks.worker"
"""The module that loads and runs claims: what it is made of counts for every claim."""

Import: TypeAlias = tuple[int, str, tuple[str, ...]]
"""Level, module and names of one import statement; a plain `import m` is `(0, m, ())`."""


def is_file(origin: str) -> bool:
    """Say whether an origin is a user's file rather than an importable module."""
    return origin.endswith(".py")


def locate(module: str, neighbours: Path | None) -> Path | None:
    """Return the file of a first-party module, or None where the name is not ours."""
    parts = module.split(".")
    if parts[0] == PACKAGE:
        base = PACKAGE_ROOT.joinpath(*parts[1:])
    elif neighbours is not None:
        base = neighbours.joinpath(*parts)
    else:
        return None
    package = base / "__init__.py"
    if package.is_file():
        return package
    plain = base.with_suffix(".py")
    return plain if plain.is_file() else None


def read_imports(source: bytes) -> tuple[Import, ...]:
    """List the import statements of a source file; a file that does not parse has none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    found: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
    return tuple(dict.fromkeys(found))


@final
class ImportGraph:
    """First-party files, each read once, with the imports of each remembered by content.

    **Arguments:** `remembered` maps the SHA-256 of a file to its imports, as `known` of an earlier graph returned them.
    `began` is the time before which no file was read, in seconds since the epoch.
    """

    def __init__(self, remembered: dict[str, tuple[Import, ...]] | None = None) -> None:
        self.began = time.time()
        self._remembered = dict(remembered or {})
        self._seen: dict[Path, tuple[str, tuple[Import, ...]]] = {}
        self._digests: dict[tuple[str, ...], str] = {}
        self._closures: dict[str, dict[str, tuple[Path, str]]] = {}
        self._located: dict[tuple[str, Path | None], Path | None] = {}

    @property
    def known(self) -> dict[str, tuple[Import, ...]]:
        """The imports of every file read by this graph, by SHA-256."""
        return dict(self._seen.values())

    def digest(self, *origins: str) -> str:
        """Hash names and bytes of every file in the closure of `origins`.

        **Raises:** `FileNotFoundError` where an origin has no file, `OSError` where a file cannot be read.
        """
        if origins not in self._digests:
            files: dict[str, str] = {}
            for origin in origins:
                files.update({name: digest for name, (_, digest) in self._closure(origin).items()})
            listing = "\n".join(f"{name} {digest}" for name, digest in sorted(files.items()))
            self._digests[origins] = hashlib.sha256(listing.encode()).hexdigest()
        return self._digests[origins]

    def files(self, *origins: str) -> dict[str, Path]:
        """Return the files in the closure of `origins` by module name (by file name for a user's file)."""
        return {name: path for origin in origins for name, (path, _) in self._closure(origin).items()}

    def _read(self, path: Path) -> tuple[str, tuple[Import, ...]]:
        if path not in self._seen:
            source = path.read_bytes()
            digest = hashlib.sha256(source).hexdigest()
            imports = self._remembered.get(digest)
            self._seen[path] = digest, read_imports(source) if imports is None else imports
        return self._seen[path]

    def _locate(self, module: str, neighbours: Path | None) -> Path | None:
        key = module, neighbours
        if key not in self._located:
            self._located[key] = locate(module, neighbours)
        return self._located[key]

    def _closure(self, origin: str) -> dict[str, tuple[Path, str]]:
        """Return path and SHA-256 of every file in the closure, by name."""
        if origin not in self._closures:
            self._closures[origin] = self._follow(origin)
        return self._closures[origin]

    def _follow(self, origin: str) -> dict[str, tuple[Path, str]]:
        neighbours = Path(origin).parent if is_file(origin) else None
        name = Path(origin).stem if is_file(origin) else origin
        start = Path(origin) if is_file(origin) else locate(origin, None)
        if start is None:
            raise FileNotFoundError(f"no module {origin}")
        found: dict[str, tuple[Path, str]] = {}
        followed: set[Path] = set()
        waiting = [(name, start)]
        while waiting:
            module, path = waiting.pop()
            if path in followed:
                continue
            followed.add(path)
            digest, imports = self._read(path)
            found[module] = path, digest
            is_package = path.name == "__init__.py"
            for target in self._targets(module, is_package, imports, neighbours):
                target_path = self._locate(target, neighbours)
                if target_path is None:
                    continue
                waiting.append((target, target_path))
                for ancestor in _ancestors(target):
                    ancestor_path = self._locate(ancestor, neighbours)
                    if ancestor_path is not None:
                        found[ancestor] = ancestor_path, self._read(ancestor_path)[0]
        return found

    def _targets(
        self, module: str, is_package: bool, imports: Iterable[Import], neighbours: Path | None
    ) -> Iterator[str]:
        """Yield the dotted names of the modules that `imports` name, seen from `module`."""
        parts = module.split(".")
        for level, name, names in imports:
            base = name
            if level:
                kept = len(parts) - level + (1 if is_package else 0)
                base = ".".join([*parts[:kept], *([name] if name else [])])
            if not names:
                yield base
            for member in names:
                submodule = f"{base}.{member}" if base else member
                yield submodule if self._locate(submodule, neighbours) else base


def _ancestors(module: str) -> Iterator[str]:
    """Yield the packages that a dotted name passes through."""
    parts = module.split(".")
    for length in range(1, len(parts)):
        yield ".".join(parts[:length])
