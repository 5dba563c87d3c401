"""A neural potential under the same loss as `fit_energies`, for potentials that are not linear in known features.

V is a multilayer perceptron of standardised coordinates, smooth so that its gradient is; beta is learned beside it. The
loss is the mean squared residual of the first-order condition on coupled pairs, by the estimators of `conditions`.
Training stops where the loss on held-out snapshots no longer falls, and the best parameters are kept. Then V is linear
in the last hidden layer: `fit_energies` settles that layer's weights and beta in closed form, with their errors.

References: [terpin2024] for the loss; Adam [kingma2015].
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal, NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Key, Scalar

from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from ..precision import float64, in_float64
from .conditions import ESTIMATORS, EnergyModel, Estimator
from .couplings import MAX_PARTICLES, BatchedCoupler, Coupler
from .density_score import Method
from .energy_fit import EnergyFit
from .features import AbstractFeatures, Gradients, Points, Values
from .fit import FALSE_ALARM, ScoreFunction, find_scores, fit_energies
from .snapshots import Snapshots, take_snapshots
from .standard_errors import couple_snapshots

FORMAT: Final = "lemmata neural potential 1"
"""The first entry of a saved file."""

STEPS_PER_ROUND: Final = 50
"""Steps of Adam between two looks at the held-out loss."""

FEWEST_ROWS: Final = 256

HELD_OUT_SHARE: Final = 5
"""One particle in so many is held out where no snapshots are given for it."""


@final
class NeuralPotential(eqx.Module):
    """V(x) = `height` times a perceptron of (x - `centre`)/`scale`."""

    network: eqx.nn.MLP
    centre: Float[Array, " d"]
    scale: Float[Array, ""]
    height: Float[Array, ""]

    def __call__(self, x: Float[Array, " d"]) -> Scalar:
        """Return V at one point."""
        fixed = jax.lax.stop_gradient
        return fixed(self.height) * self.network((x - fixed(self.centre)) / fixed(self.scale))


@final
@dataclass(frozen=True, slots=True, eq=False)
class HiddenFeatures(AbstractFeatures):
    """The outputs of the last hidden layer of a network as features, in which V is linear."""

    network: NeuralPotential

    def placed(self, measure: DiscreteMeasure, seed: int) -> "HiddenFeatures":
        """Return these features: training has placed them."""
        return self

    def even_part(self) -> "HiddenFeatures":
        """Refuse: nothing here is symmetric."""
        raise ValueError("a neural potential cannot be an interaction")

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each hidden unit."""
        return tuple(f"hidden unit {index + 1}" for index in range(self.network.network.width_size))

    @in_float64
    def values(self, x: Points) -> Values:
        """Return the hidden outputs at x_i."""
        return np.asarray(_hidden_values(self.network, _padded(x)))[: len(x)]

    @in_float64
    def gradients(self, x: Points) -> Gradients:
        """Return the partial derivatives of the hidden outputs at x_i."""
        return np.asarray(_hidden_gradients(self.network, _padded(x)))[: len(x)].transpose(0, 2, 1)


@final
@dataclass(frozen=True, slots=True, eq=False)
class NeuralFit:
    """A trained potential: `energies` linear in its last hidden layer, and the `losses` of the training.

    `losses` are the mean squared residuals of the condition in training and on held-out snapshots, by round.
    """

    energies: EnergyFit
    network: NeuralPotential
    losses: Float[np.ndarray, "rounds 2"]

    def save(self, path: Path | str) -> None:
        """Write the fit to a file: a line of JSON, then the arrays of the network.

        **Raises:** `OSError` if the file cannot be written.
        """
        fit = self.energies
        diffusivity = fit.diffusivity
        header = {
            "format": FORMAT,
            "dimension": fit.dimension,
            "width": self.network.network.width_size,
            "depth": self.network.network.depth,
            "estimator": fit.estimator,
            "diffusivity": None if diffusivity is None else [diffusivity.value, dict(diffusivity.parts)],
            "condition_number": fit.condition_number,
            "loss": fit.loss,
            **{name: getattr(fit, name).tolist() for name in _ARRAYS},
            "losses": self.losses.tolist(),
        }
        with Path(path).open("wb") as file, float64():
            file.write((json.dumps(header) + "\n").encode())
            eqx.tree_serialise_leaves(file, self.network)


_ARRAYS: Final = ("coefficients", "standard_errors", "null_space", "spacings")


def load_neural_fit(path: Path | str) -> NeuralFit:
    """Read what `NeuralFit.save` wrote.

    **Raises:** `ValueError` for a file that is none; `OSError` if it cannot be read.
    """
    with Path(path).open("rb") as file, float64():
        try:
            header = json.loads(file.readline())
            known = isinstance(header, dict) and header.get("format") == FORMAT
        except ValueError:
            known = False
        if not known:
            raise ValueError(f"{path} is no saved neural potential")
        blank = _new_network(
            np.zeros(header["dimension"]), 1.0, 1.0, header["width"], header["depth"], jax.random.key(0)
        )
        network = eqx.tree_deserialise_leaves(file, blank)
    stored, count = header["diffusivity"], len(header["coefficients"])
    arrays = {name: np.array(header[name], np.float64) for name in _ARRAYS}
    arrays["null_space"] = arrays["null_space"].reshape(-1, count)
    diffusivity = None
    if stored is not None:
        value, parts = stored
        diffusivity = Estimate.of_parts(value, parts, f"{header['estimator']} estimator", FALSE_ALARM)
    energies = EnergyFit(
        model=EnergyModel(HiddenFeatures(network), None, stored is not None),
        estimator=header["estimator"],
        diffusivity=diffusivity,
        condition_number=header["condition_number"],
        loss=header["loss"],
        dimension=header["dimension"],
        **arrays,
    )
    return NeuralFit(energies, network, np.array(header["losses"]).reshape(-1, 2))


@in_float64
def fit_neural_potential(
    snapshots: Numbers | Sequence[Numbers],
    tau: Numbers,
    *,
    held_out: Numbers | Sequence[Numbers] | None = None,
    width: int = 64,
    depth: int = 2,
    internal: bool = True,
    estimator: Estimator = "trapezoid",
    couplings: Literal["exact"] | Coupler = "exact",
    density_score: Method | ScoreFunction = "best",
    max_rounds: int = 100,
    patience: int = 10,
    batch_size: int = 512,
    learning_rate: float = 3e-3,
    progress: Callable[[int, int], None] | None = None,
    seed: int = 0,
) -> NeuralFit:
    """Train a potential on snapshots until the loss on held-out ones has not fallen for `patience` rounds.

    **Arguments:** `snapshots`, `tau`, `internal`, `estimator`, `couplings` and `density_score` (a method or a function)
    are those of `fit_energies`; `held_out` are other snapshots of the same evolution at the same times, a fifth of the
    particles of each unless given. `width` and `depth` are those of the perceptron's hidden layers; a round is 50 steps
    of Adam on `batch_size` pairs, its `learning_rate` falling to 0 over `max_rounds` along half a cosine. `progress` is
    called with the rounds done and `max_rounds`.

    **Raises:** `ValueError` as `fit_energies`, and for held-out snapshots of another number or dimension.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(f"the estimator is one of {', '.join(ESTIMATORS)}, not {estimator!r}")
    taken = take_snapshots(snapshots, tau)
    training, checking = _split(taken, held_out, seed)
    coupler = BatchedCoupler(MAX_PARTICLES, seed) if couplings == "exact" else couplings
    pairs, checks = (
        _couple_pairs(part, coupler, density_score if internal else None, seed) for part in (training, checking)
    )
    start_key, train_key = jax.random.split(jax.random.key(seed))
    pooled = training.pooled()
    spread = float(np.sqrt(pooled.weights @ ((pooled.atoms - pooled.mean()) ** 2).sum(axis=1) / pooled.dimension))
    speed = float(np.sqrt(np.mean(np.square(pairs.velocity)))) or 1.0
    network = _new_network(pooled.mean(), spread or 1.0, speed * (spread or 1.0), width, depth, start_key)
    scored = float(np.sqrt(np.mean(np.square(pairs.score)))) or 1.0
    unit = jnp.asarray(speed / scored if internal else 0.0)

    optimiser = _optimiser(learning_rate, max_rounds)
    parameters = (network, jnp.zeros(()))
    state = optimiser.init(eqx.filter(parameters, eqx.is_inexact_array))
    best, lowest, since, losses = parameters, np.inf, 0, []
    for index, key in enumerate(jax.random.split(train_key, max_rounds)):
        parameters, state, loss = _train(parameters, state, pairs, unit, estimator, optimiser, batch_size, key)
        checked = float(_loss(parameters, checks, unit, estimator))
        losses.append((float(loss), checked))
        best, lowest, since = (parameters, checked, 0) if checked < lowest else (best, lowest, since + 1)
        if progress is not None:
            progress(index + 1, max_rounds)
        if since >= patience:
            break
    energies = fit_energies(
        taken.measures,
        taken.spacings,
        potential=HiddenFeatures(best[0]),
        internal=internal,
        estimator=estimator,
        couplings=coupler,
        density_score=density_score,
        seed=seed,
    )
    return NeuralFit(energies, best[0], np.array(losses))


class _Pairs(NamedTuple):
    """Coupled particles of all intervals: ends (2, q, d), scores there (2, q, d), velocity (q, d), mass (q,)."""

    ends: Float[Array, "2 q d"]
    score: Float[Array, "2 q d"]
    velocity: Float[Array, "q d"]
    mass: Float[Array, " q"]


def _split(
    snapshots: Snapshots, held_out: Numbers | Sequence[Numbers] | None, seed: int
) -> tuple[Snapshots, Snapshots]:
    """Return snapshots for training and for checking."""
    if held_out is not None:
        checking = take_snapshots(held_out, snapshots.spacings)
        if checking.dimension != snapshots.dimension:
            raise ValueError(
                f"held-out snapshots have dimension {checking.dimension}, the others {snapshots.dimension}"
            )
        return snapshots, checking
    kept, left = [], []
    for measure in snapshots.measures:
        size = len(measure.weights)
        order = np.random.default_rng([seed, 4, size]).permutation(size)
        count = max(1, size // HELD_OUT_SHARE)
        kept.append(np.sort(order[count:]))
        left.append(np.sort(order[:count]))
    return snapshots.restricted(kept), snapshots.restricted(left)


def _couple_pairs(
    snapshots: Snapshots, coupler: Coupler, density_score: Method | ScoreFunction | None, seed: int
) -> _Pairs:
    """Couple snapshots, with the scores at both ends, 0 where beta is not sought."""
    if density_score is None:
        scores: Sequence[Points] = [np.zeros_like(measure.atoms) for measure in snapshots.measures]
    else:
        scores, _ = find_scores(snapshots, density_score, seed)
    ends, score, velocity, mass = [], [], [], []
    for index, coupling in enumerate(couple_snapshots(snapshots, coupler)):
        before, after = snapshots.measures[index : index + 2]
        x, y = before.atoms[coupling.sources], after.atoms[coupling.targets]
        ends.append(np.stack([x, y]))
        score.append(np.stack([scores[index][coupling.sources], scores[index + 1][coupling.targets]]))
        velocity.append((y - x) / snapshots.spacings[index])
        mass.append(coupling.masses / snapshots.intervals)
    return _Pairs(
        jnp.asarray(np.concatenate(ends, axis=1)),
        jnp.asarray(np.concatenate(score, axis=1)),
        jnp.asarray(np.concatenate(velocity)),
        jnp.asarray(np.concatenate(mass)),
    )


def _new_network(
    centre: Float[np.ndarray, " d"], scale: float, height: float, width: int, depth: int, key: Key[Array, ""]
) -> NeuralPotential:
    network = eqx.nn.MLP(len(centre), "scalar", width, depth, activation=jax.nn.softplus, key=key, dtype=jnp.float64)
    return NeuralPotential(network, jnp.asarray(centre), jnp.asarray(scale), jnp.asarray(height))


def _padded(x: Points) -> Float[Array, "m d"]:
    """Return x with rows of zeros up to a power of 2, so that few shapes are compiled."""
    count = max(FEWEST_ROWS, 1 << (len(x) - 1).bit_length())
    return jnp.asarray(np.pad(x, ((0, count - len(x)), (0, 0))))


def _hidden(network: NeuralPotential, x: Float[Array, " d"]) -> Float[Array, " p"]:
    """Return what the last hidden layer hands to the last one at one point."""
    inner = (x - network.centre) / network.scale
    for layer in network.network.layers[:-1]:
        inner = jax.nn.softplus(layer(inner))
    return inner


@eqx.filter_jit
def _hidden_values(network: NeuralPotential, x: Float[Array, "n d"]) -> Float[Array, "n p"]:
    return jax.vmap(partial(_hidden, network))(x)


@eqx.filter_jit
def _hidden_gradients(network: NeuralPotential, x: Float[Array, "n d"]) -> Float[Array, "n p d"]:
    return jax.vmap(jax.jacfwd(partial(_hidden, network)))(x)


@eqx.filter_jit
def _gradients(network: NeuralPotential, x: Float[Array, "n d"]) -> Float[Array, "n d"]:
    return jax.vmap(jax.grad(network))(x)


def _residual_parts(
    network: NeuralPotential, pairs: _Pairs, estimator: Estimator
) -> tuple[Float[Array, "q d"], Float[Array, "q d"]]:
    """Return grad V + velocity and the score, as the estimator weighs both ends."""
    if estimator == "trapezoid":
        slopes = (_gradients(network, pairs.ends[0]) + _gradients(network, pairs.ends[1])) / 2
        return slopes + pairs.velocity, (pairs.score[0] + pairs.score[1]) / 2
    # The drift of a step of the Euler-Maruyama method is that at its start, and its noise comes last.
    moved = 1 if estimator == "jko" else 0
    spread = 0 if estimator == "explicit" else 1
    return _gradients(network, pairs.ends[moved]) + pairs.velocity, pairs.score[spread]


@eqx.filter_jit
def _loss(
    parameters: tuple[NeuralPotential, Float[Array, ""]], pairs: _Pairs, unit: Float[Array, ""], estimator: Estimator
) -> Float[Array, ""]:
    """Return the mean squared residual; beta is `unit` times the second parameter."""
    network, share = parameters
    rest, score = _residual_parts(network, pairs, estimator)
    return pairs.mass @ ((rest + unit * share * score) ** 2).sum(axis=1)


@cache
def _optimiser(learning_rate: float, max_rounds: int) -> optax.GradientTransformation:
    """Return Adam with its rate falling to 0; the same object for the same settings, or every training compiles."""
    return optax.adam(optax.cosine_decay_schedule(learning_rate, max_rounds * STEPS_PER_ROUND))


@eqx.filter_jit
def _train(
    parameters: tuple[NeuralPotential, Float[Array, ""]],
    state: optax.OptState,
    pairs: _Pairs,
    unit: Float[Array, ""],
    estimator: Estimator,
    optimiser: optax.GradientTransformation,
    batch_size: int,
    key: Key[Array, ""],
) -> tuple[tuple[NeuralPotential, Float[Array, ""]], optax.OptState, Float[Array, ""]]:
    """Return parameters and state after a round of steps, and the mean loss of its batches."""
    moving, fixed = eqx.partition(parameters, eqx.is_inexact_array)

    def step(
        carry: tuple[tuple[NeuralPotential, Float[Array, ""]], optax.OptState], step_key: Key[Array, ""]
    ) -> tuple[tuple[tuple[NeuralPotential, Float[Array, ""]], optax.OptState], Float[Array, ""]]:
        moving, state = carry
        # Pairs are drawn by mass, so each counts the same.
        rows = jax.random.choice(step_key, len(pairs.mass), (batch_size,), p=pairs.mass)
        batch = _Pairs(
            pairs.ends[:, rows],
            pairs.score[:, rows],
            pairs.velocity[rows],
            jnp.full(batch_size, 1 / batch_size),
        )
        loss, slope = eqx.filter_value_and_grad(lambda given: _loss(eqx.combine(given, fixed), batch, unit, estimator))(
            moving
        )
        # Optax multiplies by an integer count of steps, which strict promotion refuses.
        with jax.numpy_dtype_promotion("standard"):
            update, state = optimiser.update(slope, state, moving)
        return (eqx.apply_updates(moving, update), state), loss

    (moving, state), losses = jax.lax.scan(step, (moving, state), jax.random.split(key, STEPS_PER_ROUND))
    return eqx.combine(moving, fixed), state, losses.mean()
