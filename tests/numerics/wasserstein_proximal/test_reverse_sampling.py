"""Reverse flows end in the law of the noised model, whichever equation, schedule and model; errors are honest."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import chi2, chisquare, kstest, norm

from lemmata.numerics.precision import float64
from lemmata.numerics.wasserstein_proximal import reverse_sampling as module
from lemmata.numerics.wasserstein_proximal.noise_schedules import (
    NoiseSchedule,
    VarianceExploding,
    VariancePreserving,
)
from lemmata.numerics.wasserstein_proximal.reverse_sampling import Kind, reverse_flow
from lemmata.numerics.wasserstein_proximal.score_models import (
    AbstractScoreModel,
    EmpiricalScore,
    KernelScore,
    LocalPrecisionScore,
)

TRAINING = np.random.default_rng(0).normal(size=(24, 2)) * [1.0, 0.5] + [0.3, 0.0]
EXPLODING, PRESERVING = VarianceExploding(1e-3, 20.0), VariancePreserving()
SAMPLES = 1024
LEAST_P = 1e-6

MODELS: dict[str, AbstractScoreModel] = {
    "empirical": EmpiricalScore(TRAINING),
    "kernel": KernelScore(TRAINING, 0.15),
    "local precision": LocalPrecisionScore(TRAINING, 0.1, neighbours=3),
}


def p_value_of(model: AbstractScoreModel, schedule: NoiseSchedule, stop: float, points: Any, axis: Any) -> float:
    """Return the p-value of the points' projection on a unit vector, against the exact law of the noised model."""
    signal = schedule.signal_at(stop)
    local = getattr(model.measure, "covariances", np.zeros((len(TRAINING), 2, 2)))
    within = np.einsum("i,nij,j->n", axis, local, axis) + float(model.width) ** 2
    deviations = np.sqrt(signal**2 * within + stop**2)
    centres = signal * TRAINING @ axis
    return float(kstest(points @ axis, lambda t: norm.cdf((t[:, None] - centres) / deviations).mean(axis=1)).pvalue)


@pytest.mark.parametrize(
    ("name", "schedule", "kind"),
    [
        *((name, schedule, "ode") for name in MODELS for schedule in (EXPLODING, PRESERVING)),
        ("empirical", EXPLODING, "sde"),
        ("kernel", PRESERVING, "sde"),
    ],
)
def test_the_law_at_the_end_is_that_of_the_noised_model(name: str, schedule: NoiseSchedule, kind: Kind) -> None:
    model, stop = MODELS[name], 0.1
    found = reverse_flow(model, jax.random.key(1), SAMPLES, schedule=schedule, stop=stop, kind=kind, steps=64)
    assert found.points.shape == (SAMPLES, 2)
    for angle in (0.0, 1.1, 2.0):
        axis = np.array([np.cos(angle), np.sin(angle)])
        assert p_value_of(model, schedule, stop, found.points, axis) > LEAST_P


def test_near_the_data_every_training_point_gets_its_share_and_its_noise() -> None:
    # The nearest training points are 200 deviations apart: which one a sample belongs to is certain.
    training, stop, count = np.random.default_rng(2).permutation(np.arange(40.0))[:, None] / 4, 1.25e-3, 4000
    found = reverse_flow(EmpiricalScore(training), jax.random.key(3), count, schedule=EXPLODING, stop=stop)
    apart = np.abs(found.points - training.T)
    counts = np.bincount(apart.argmin(axis=1), minlength=40)
    assert chisquare(counts).pvalue > LEAST_P
    assert kstest((apart.min(axis=1) / stop) ** 2, chi2(1).cdf).pvalue > LEAST_P


@pytest.mark.parametrize("name", ["empirical", "kernel"])
def test_the_flow_is_the_textbook_equation_in_either_schedule(name: str) -> None:
    model, stop, start = MODELS[name], 0.05, np.random.default_rng(4).normal(size=(6, 2))
    for schedule in (EXPLODING, PRESERVING):
        with float64():
            times = np.linspace(0.0, 1.0, 200_001)
            noise = np.asarray(schedule.noise(jnp.asarray(times)))
        last = float(np.interp(stop, noise, times))

        def velocity(t: float, flat: np.ndarray, schedule: NoiseSchedule = schedule) -> np.ndarray:
            with float64():
                now = jnp.asarray(t)
                drift, diffusion, signal, sigma = (
                    float(part(now)) for part in (schedule.drift, schedule.diffusion, schedule.signal, schedule.noise)
                )
            x = flat.reshape(-1, 2)
            return np.ravel(drift * x - diffusion**2 / 2 * np.asarray(model.score(x, signal, sigma)))

        signal, sigma = schedule.signal_at(schedule.range[1]), schedule.range[1]
        ratios = start * sigma / signal
        textbook = solve_ivp(velocity, (1.0, last), np.ravel(signal * ratios), rtol=1e-8, atol=1e-10)
        span = module._checked_span(model, schedule, stop, "ode")
        with float64():
            ends, _ = module._solve_ode(model, span, ratios, 0, 1e-6)
        apart = np.linalg.norm(span.signal * ends - textbook.y[:, -1].reshape(-1, 2), axis=1)
        # Between two training points the flow parts what is near: such a path is off by more than the others.
        assert np.median(apart) < 1e-4 * stop
        assert apart.max() < 2e-2 * stop


def test_the_width_of_a_kernel_is_noise_to_the_flow() -> None:
    stop, width = 0.03, 0.2
    start = np.random.default_rng(5).normal(size=(40, 2)) * 20
    span = module._checked_span(MODELS["empirical"], EXPLODING, np.hypot(stop, width), "ode")
    with float64():
        earlier, _ = module._solve_ode(MODELS["empirical"], span, start, 0, 1e-4)
        first = np.sqrt(20.0**2 - width**2)
        narrowed = module._Span(first, stop, 1.0)
        smoothed, _ = module._solve_ode(KernelScore(TRAINING, width), narrowed, start, 0, 1e-4)
    np.testing.assert_allclose(earlier, smoothed, atol=1e-9)


def test_a_kernel_model_can_be_followed_to_no_noise_at_all() -> None:
    model = MODELS["kernel"]
    found = reverse_flow(model, jax.random.key(6), SAMPLES, schedule=PRESERVING, stop=0.0)
    assert p_value_of(model, PRESERVING, 0.0, found.points, np.array([0.6, 0.8])) > LEAST_P


def test_the_sde_is_exact_for_one_point_however_few_its_steps() -> None:
    point, stop = np.array([[0.7, -1.2]]), 0.01
    model = EmpiricalScore(point)
    found = reverse_flow(model, jax.random.key(7), 800, schedule=EXPLODING, stop=stop, kind="sde", steps=2)
    assert found.error < 1e-12
    for i in range(2):
        assert kstest((found.points[:, i] - point[0, i]) / stop, norm.cdf).pvalue > LEAST_P


@pytest.mark.parametrize("kind", ["ode", "sde"])
def test_errors_bound_the_distance_to_much_finer_runs_and_shrink(kind: Kind) -> None:
    model, settings = MODELS["kernel"], {"schedule": EXPLODING, "stop": 0.1, "kind": kind}
    runs = [
        reverse_flow(model, jax.random.key(8), 256, tolerance=tolerance, steps=steps, **settings)  # type: ignore[arg-type]
        for tolerance, steps in ((3e-2, 16), (1e-3, 64), (1e-6, 64))
    ]
    if kind == "ode":
        apart = [np.sqrt(((run.points - runs[-1].points) ** 2).sum(axis=1).mean()) for run in runs[:2]]
        assert apart[0] <= 1.5 * runs[0].error
        assert apart[1] <= 1.5 * runs[1].error
    assert runs[1].error < runs[0].error / 3
    assert runs[1].steps > runs[0].steps


def test_blocks_do_not_change_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw() -> np.ndarray:
        settings = {"schedule": EXPLODING, "stop": 0.2, "tolerance": 1e-4}
        return reverse_flow(MODELS["empirical"], jax.random.key(9), 150, **settings).points  # type: ignore[arg-type]

    whole = draw()
    assert np.array_equal(draw(), whole)
    monkeypatch.setattr(module, "BLOCK", 64)
    np.testing.assert_allclose(draw(), whole, atol=2e-2)


def test_requests_that_make_no_sense_are_refused() -> None:
    model, key = MODELS["empirical"], jax.random.key(0)

    def ask(model: AbstractScoreModel = model, n: int = 4, stop: float = 0.1, **changes: Any) -> None:
        reverse_flow(model, key, n, schedule=changes.pop("schedule", EXPLODING), stop=stop, **changes)

    for stop in (1e-4, 20.0, np.nan):
        with pytest.raises(ValueError, match="stops at a noise from"):
            ask(stop=stop)
    for changes in ({"n": 0}, {"tolerance": 0.0}, {"steps": 1}):
        with pytest.raises(ValueError, match="n >= 1"):
            ask(**changes)
    with pytest.raises(ValueError, match="stop at a positive noise"):
        ask(schedule=PRESERVING, stop=0.0)
    with pytest.raises(ValueError, match="stop at a positive noise"):
        ask(model=MODELS["kernel"], schedule=PRESERVING, stop=0.0, kind="sde")
