"""Schedules: their coefficients are those of one process, and noise tells signal without a clock."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lemmata.numerics.precision import float64
from lemmata.numerics.wasserstein_proximal.noise_schedules import NoiseSchedule, VarianceExploding, VariancePreserving

SCHEDULES = (VarianceExploding(), VarianceExploding(0.02, 3.0), VariancePreserving(), VariancePreserving(0.0, 5.0))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_moments_obey_the_equation_of_the_process(schedule: NoiseSchedule) -> None:
    assert isinstance(schedule, NoiseSchedule)
    with float64():
        t = jnp.linspace(0.05, 1.0, 20)
        signal_rate = jax.vmap(jax.grad(schedule.signal))(t)
        variance_rate = jax.vmap(jax.grad(lambda time: schedule.noise(time) ** 2))(t)
        # d alpha = f alpha dt, d sigma^2 = (2 f sigma^2 + g^2) dt.
        np.testing.assert_allclose(signal_rate, schedule.drift(t) * schedule.signal(t), rtol=1e-12, atol=1e-14)
        fed = 2 * schedule.drift(t) * schedule.noise(t) ** 2 + schedule.diffusion(t) ** 2
        np.testing.assert_allclose(variance_rate, fed, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_the_noise_determines_the_signal(schedule: NoiseSchedule) -> None:
    with float64():
        t = jnp.linspace(0.0, 1.0, 9)
        noise, signal = np.asarray(schedule.noise(t)), np.asarray(schedule.signal(t))
    assert schedule.range == pytest.approx((noise[0], noise[-1]), abs=1e-15)
    assert (np.diff(noise) > 0).all()
    # Near the horizon of a preserving schedule 1 - sigma has lost digits that alpha^2 = 1 - sigma^2 needs.
    np.testing.assert_allclose([schedule.signal_at(float(level)) for level in noise], signal, atol=1e-12, rtol=1e-6)


def test_ranges_that_are_none_are_refused() -> None:
    for smallest, largest in ((0.0, 1.0), (2.0, 1.0), (1.0, np.inf), (np.nan, 1.0)):
        with pytest.raises(ValueError, match="smallest < largest"):
            VarianceExploding(smallest, largest)
    for slowest, fastest in ((-1.0, 1.0), (2.0, 1.0), (0.0, 0.0)):
        with pytest.raises(ValueError, match="slowest <= fastest"):
            VariancePreserving(slowest, fastest)
