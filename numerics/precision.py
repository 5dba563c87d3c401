"""Double precision in a context, never as a side effect on the user's JAX configuration.

JAX computes in float32 unless told otherwise. Every numerical routine of this layer opens `float64()` around its work;
a function that is traced as part of the user's own transformation cannot do so and calls `require_float64` instead.
Inside the context type promotion is strict, so that a float32 array which slips in is an error and not a loss of
digits, and matrix products run in full precision, which on a GPU excludes the truncated TF32 products.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar, final

import jax

P = ParamSpec("P")
R = TypeVar("R")


@final
class PrecisionError(RuntimeError):
    """Double precision was needed where JAX computes in single precision."""


@contextmanager
def float64() -> Iterator[None]:
    """Compute in float64 with strict promotion and full-precision matrix products inside this context."""
    with ExitStack() as stack:
        stack.enter_context(jax.enable_x64(True))
        stack.enter_context(jax.numpy_dtype_promotion("strict"))
        stack.enter_context(jax.default_matmul_precision("highest"))
        yield


def in_float64(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate `function` so that its body runs inside `float64()`."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with float64():
            return function(*args, **kwargs)

    return wrapped


def is_float64_enabled() -> bool:
    """Tell whether JAX computes in float64 here."""
    return bool(jax.dtypes.canonicalize_dtype("float64") == "float64")


def require_float64(purpose: str) -> None:
    """Refuse to go on in single precision.

    **Arguments:** `purpose` names in the message what needs the precision.

    **Raises:** `PrecisionError` outside `float64()`, unless the user has switched float64 on for the whole process.
    """
    if not is_float64_enabled():
        raise PrecisionError(f"{purpose} needs float64: call it inside `with lemmata.numerics.precision.float64():`")
