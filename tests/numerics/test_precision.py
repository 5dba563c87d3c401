"""Double precision holds inside its context and nowhere else; shapes are checked; threads are capped."""

import importlib
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import TypeCheckError

from lemmata.numerics.compilation_cache import prefer_quick_compilation
from lemmata.numerics.device import describe_blas, describe_device
from lemmata.numerics.precision import PrecisionError, float64, in_float64, is_float64_enabled, require_float64
from lemmata.numerics.solve import integrate_ode
from lemmata.numerics.threads import cap_threads, thread_environment


def test_float64_ends_with_its_context() -> None:
    before = is_float64_enabled()
    with float64():
        assert is_float64_enabled()
        assert jnp.asarray(1.0).dtype == "float64"
    assert is_float64_enabled() == before
    assert jnp.asarray(1.0).dtype == ("float64" if before else "float32")


def test_importing_the_layer_leaves_the_users_configuration_alone() -> None:
    before = is_float64_enabled()
    for name in ("precision", "compile", "solve", "statistics", "device"):
        importlib.import_module(f"lemmata.numerics.{name}")
    assert is_float64_enabled() == before


def test_an_exception_leaves_the_context_closed() -> None:
    before = is_float64_enabled()
    with pytest.raises(ZeroDivisionError), float64():
        raise ZeroDivisionError
    assert is_float64_enabled() == before


def test_single_precision_is_refused_where_double_is_needed() -> None:
    with pytest.raises(PrecisionError, match="the test needs float64"):
        require_float64("the test")
    with float64():
        require_float64("the test")


def test_a_float32_array_that_slips_in_is_an_error() -> None:
    with float64(), pytest.raises(ValueError, match="promotion"):
        jnp.ones(2, "float32") + jnp.ones(2, "float64")


def test_decorated_functions_run_in_double_precision() -> None:
    @in_float64
    def third() -> jax.Array:
        return jnp.asarray(1.0) / 3

    assert float(third()) == 1 / 3


@pytest.mark.parametrize("package", ["lemmata.numerics"])
def test_annotations_are_checked_at_run_time(package: str) -> None:
    # The canary of tests/conftest.py: if the import hook silently skipped this package, a wrong type would pass.
    assert package in sys.modules
    with float64(), pytest.raises(TypeCheckError):
        integrate_ode(lambda t, y, args: y, jnp.ones(2, "int64"), jnp.ones(1), t0=0.0, t1=1.0)  # type: ignore[arg-type,unused-ignore]
    with float64(), pytest.raises(TypeCheckError):
        integrate_ode(lambda t, y, args: y, jnp.ones(2), jnp.ones((1, 1)), t0=0.0, t1=1.0)


def test_every_field_of_the_hypothesis_profile_is_set() -> None:
    from hypothesis._settings import all_settings

    text = (Path(__file__).parents[1] / "conftest.py").read_text(encoding="utf-8")
    assert [name for name in all_settings if f"{name}=" not in text] == []


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_thread_caps_name_every_library(threads: int) -> None:
    environment = thread_environment(threads, xla_flags="--xla_dump_to=here")
    assert {environment[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC")} == {str(threads)}
    if threads == 1:
        assert environment["XLA_FLAGS"] == "--xla_dump_to=here --xla_cpu_multi_thread_eigen=false"


def test_a_number_of_threads_chosen_by_the_user_is_kept() -> None:
    environment = {"OMP_NUM_THREADS": "5"}
    cap_threads(1, environment)
    cap_threads(1, environment)
    assert environment["OMP_NUM_THREADS"] == "5"
    assert environment["OPENBLAS_NUM_THREADS"] == "1"
    assert environment["XLA_FLAGS"] == "--xla_cpu_multi_thread_eigen=false"
    with pytest.raises(ValueError, match="at least one thread"):
        cap_threads(0, environment)


def test_the_device_is_described_with_versions_and_blas() -> None:
    np.linalg.norm(np.ones((2, 2)), 2)
    described = describe_device()
    assert described["platform"] == jax.devices()[0].platform
    assert described["versions"]["jax"] == jax.__version__
    assert described["blas"] == describe_blas()
    assert all(architecture != "unknown" for architecture in described["blas"].values())


_SOLVE_WITH_CACHE = """
import sys
from pathlib import Path
import jax
from lemmata.numerics.compilation_cache import enable_compilation_cache
from lemmata.numerics.solve import solve_ode
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append(event) if "cache_hits" in event else None)
folder = enable_compilation_cache(Path(sys.argv[1]))
assert solve_ode(lambda t, y, args: -y, 1.0, 0.0, 1.0).success
print(folder, len(hits))
"""


def test_a_solver_compiled_by_one_process_is_found_by_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SOLVE_WITH_CACHE, str(tmp_path)]
    found = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(2)]
    (folder, none), (same_folder, some) = found
    assert folder == same_folder
    assert Path(folder).parent == tmp_path
    assert int(none) == 0
    assert int(some) > 0


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("", "--xla_backend_optimization_level=1"),
        ("--xla_a=b", "--xla_a=b --xla_backend_optimization_level=1"),
        ("--xla_backend_optimization_level=3", "--xla_backend_optimization_level=3"),
    ],
)
def test_quick_compilation_keeps_what_the_user_chose(chosen: str, expected: str) -> None:
    environment = {"XLA_FLAGS": chosen}
    prefer_quick_compilation(environment)
    assert environment == {"XLA_FLAGS": expected}


def test_quick_compilation_is_one_that_xla_understands() -> None:
    script = (
        "from lemmata.numerics.compilation_cache import prefer_quick_compilation\n"
        "prefer_quick_compilation()\n"
        "import jax.numpy as jnp\n"
        "print(float(jnp.exp(jnp.zeros(3)).sum()))"
    )
    # An unknown flag ends the process.
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["3.0"]
