"""Settings of every test: capped threads, checked shapes, strict promotion, explicit Hypothesis profiles."""

import os
import sys
from pathlib import Path
from types import ModuleType

from lemmata.numerics.threads import cap_threads

# The libraries read their caps when they are loaded, so this comes before NumPy and JAX.
cap_threads(1)
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

from beartype import BeartypeConf, beartype  # noqa: E402
from jaxtyping import install_import_hook  # noqa: E402

# As for mypy, an int is a float: beartype alone is stricter than the annotations mean. The hook takes a name only.
_checker = ModuleType("lemmata_type_checker")
setattr(_checker, "check", beartype(conf=BeartypeConf(is_pep484_tower=True)))  # noqa: B010
sys.modules[_checker.__name__] = _checker

CHECKED_PACKAGES = ("lemmata.numerics",)
"""Packages whose annotations, shapes included, are checked by beartype at run time; each has a canary test."""

# One hook for each package: given a list, the hook drops members without a word.
for _package in CHECKED_PACKAGES:
    install_import_hook(_package, f"{_checker.__name__}.check")

import jax  # noqa: E402
import pytest  # noqa: E402
from hypothesis import HealthCheck, Phase, Verbosity, settings  # noqa: E402
from hypothesis.database import DirectoryBasedExampleDatabase  # noqa: E402

jax.config.update("jax_numpy_dtype_promotion", "strict")

# Hypothesis changes its own defaults where it sees a CI variable: nothing here is left to them.
_EVERYWHERE = settings(
    max_examples=50,
    verbosity=Verbosity.normal,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink),
    stateful_step_count=30,
    report_multiple_bugs=True,
    suppress_health_check=(HealthCheck.too_slow,),  # the first example compiles
    deadline=None,
    print_blob=True,
    backend="hypothesis",
)
settings.register_profile(
    "local", _EVERYWHERE, derandomize=False, database=DirectoryBasedExampleDatabase(".hypothesis/examples")
)
settings.register_profile("ci", _EVERYWHERE, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

LONGEST = Path(__file__).parent / "test_catalogue.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest module first.

    At the end one process would wait for it, or steal some of its tests from another and check the catalogue again.
    """
    items.sort(key=lambda item: item.path != LONGEST)
