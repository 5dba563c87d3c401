"""Intervals for the mean of bounded terms by betting: half as wide as the empirical Bernstein interval where it counts.

For independent terms X_i in [0, 1] of mean mu and a bet lambda in [0, c/mu], c < 1, that does not look at them, the
capital `prod_i (1 + lambda (X_i - mu))` is not negative and has expectation 1. By Markov's inequality it reaches
2/delta with probability at most delta/2. So every candidate m whose own capital, at the bet min(lambda, c/m), reaches
2/delta is refused as too low; that capital decreases in m, and what is left is an interval. The terms 1 - X_i bound the
mean from above, at the other delta/2.

Any bet is valid. The best one for n terms of variance V is about `sqrt(2 log(2/delta)/(n V))`; V is guessed from a
pilot sample, and a wrong guess costs width, never coverage. Unlike the empirical Bernstein interval this one uses all
moments of the terms, which is where it gains if an interval's end is far and hardly ever reached.

References: [waudbysmith2024], the hedged capital process, here with bets from an independent sample, not predictable
ones, so that the order of the terms does not matter.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float
from numpy.typing import ArrayLike

from .precision import in_float64

LARGEST_STAKE = 0.9
"""c: the share of the capital that one term can lose at most."""

HALVINGS = 40
"""Bisections of the stretch between the sample mean and the end of the range; the outer end of what is left counts."""

GROUP = 8
"""Factors multiplied before a logarithm is taken. A factor lies in [0.1, 2^40 n], so no product of them overflows."""


@in_float64
def betting_interval(
    terms: Float[np.ndarray, "*b n"], variance: ArrayLike, false_alarm: float
) -> tuple[Float[np.ndarray, "*b"], Float[np.ndarray, "*b"]]:
    """Return the ends of the intervals that hold the means of rows of terms in [0, 1].

    **Arguments:** `terms` are independent within a row; `variance` (*b) is a guess of theirs >= 0, independent of
    them; each interval misses with probability at most `false_alarm`.

    **Raises:** `ValueError` if a term is outside [0, 1], the guess is negative, or the probability is not in (0, 1).
    """
    rows = np.asarray(terms, np.float64)
    guess = np.broadcast_to(np.asarray(variance, np.float64), rows.shape[:-1])
    if not 0 < false_alarm < 1:
        raise ValueError(f"a probability in (0, 1) is needed, not {false_alarm}")
    if not (rows.shape[-1] >= 1 and rows.min() >= 0 and rows.max() <= 1 and (guess >= 0).all()):
        raise ValueError("betting needs terms in [0, 1] and a variance that is not negative")
    low, high = _interval(rows, guess, np.float64(math.log(2 / false_alarm)))
    return np.asarray(low), np.asarray(high)


@jax.jit
def _interval(terms: Any, variance: Any, log_threshold: Any) -> tuple[Any, Any]:
    return _lower_end(terms, variance, log_threshold), 1 - _lower_end(1 - terms, variance, log_threshold)


def _lower_end(terms: Any, variance: Any, log_threshold: Any) -> Any:
    count = terms.shape[-1]
    bet = jnp.sqrt(2 * log_threshold / (count * variance))
    grouped = jnp.pad(terms, [(0, 0)] * (terms.ndim - 1) + [(0, -count % GROUP)])
    grouped = grouped.reshape(*terms.shape[:-1], -1, GROUP)
    counted = jnp.arange(grouped.shape[-2] * GROUP).reshape(-1, GROUP) < count

    def halve(_: Any, bracket: tuple[Any, Any]) -> tuple[Any, Any]:
        refused, kept = bracket
        candidate = jnp.maximum((refused + kept) / 2, jnp.finfo(jnp.float64).tiny)
        stake = jnp.minimum(bet, LARGEST_STAKE / candidate)[..., None, None]
        factors = jnp.where(counted, 1 + stake * (grouped - candidate[..., None, None]), 1.0)
        refuse = jnp.log(factors.prod(axis=-1)).sum(axis=-1) >= log_threshold
        return jnp.where(refuse, candidate, refused), jnp.where(refuse, kept, candidate)

    # The candidate 0 need not be refused: no mean is below it. The sample mean never is: its capital is at most 1.
    return lax.fori_loop(0, HALVINGS, halve, (jnp.zeros_like(bet), terms.mean(axis=-1)))[0]
