"""Named rules of inference; importing this package registers all of them.

`order`: decisions, hypotheses, instances, chains, sums, monotone functions. `calculus`: integrals, derivatives, Taylor.
`comparison`: differential inequalities, Gronwall, rearrangement. `continuity`: values that are not passed.
`inequalities`: squares, convexity. `flows`: unique solutions. `limits`: base limits, continuity, squeezing. Rules of
expectations, of sums over coordinates, of optimal transport, of displaced laws, of work along test fields and of
reflection groups are in `theory.expectation`, `theory.coordinates`, `theory.transport`, `theory.displacement`,
`theory.field_work` and `theory.reflection_group`.
"""

from .calculus import differentiate, fundamental_theorem, integrate, taylor
from .comparison import bathtub, gronwall, ode_comparison
from .continuity import barrier, keeps_sign
from .flows import flow_cocycle
from .inequalities import sum_of_squares, tangent_line
from .inverse import inverse_monotone
from .limits import (
    limit_along,
    limit_at_most,
    limit_of_constant,
    limit_of_error_function,
    limit_of_function,
    limit_of_reciprocal,
    monotone_limit,
    squeeze,
)
from .order import (
    antisymmetry,
    cases,
    chain,
    combine,
    decision,
    discharge,
    hypothesis,
    instance,
    monotone,
    rewrite,
    solve_linear,
    weaken,
)

__all__ = [
    "antisymmetry",
    "barrier",
    "bathtub",
    "cases",
    "chain",
    "combine",
    "decision",
    "differentiate",
    "discharge",
    "flow_cocycle",
    "fundamental_theorem",
    "gronwall",
    "hypothesis",
    "instance",
    "integrate",
    "inverse_monotone",
    "keeps_sign",
    "limit_along",
    "limit_at_most",
    "limit_of_constant",
    "limit_of_error_function",
    "limit_of_function",
    "limit_of_reciprocal",
    "monotone",
    "monotone_limit",
    "ode_comparison",
    "rewrite",
    "solve_linear",
    "squeeze",
    "sum_of_squares",
    "tangent_line",
    "taylor",
    "weaken",
]
