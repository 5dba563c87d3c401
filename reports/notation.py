"""What a system is called and which symbols its claims share: the table in front of its chapter.

The symbols are those of the layer `theory`, whose `notation` modules define them; here they are only explained.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from .markdown import paragraphs, render_line, table


@final
@dataclass(frozen=True, slots=True)
class SystemNotes:
    """A system's name, what it is about in a sentence or two, and its symbols: LaTeX and meaning."""

    name: str
    about: str
    symbols: tuple[tuple[str, str], ...] = ()


_NOTES: Mapping[str, SystemNotes] = {
    "kinetic-optimal": SystemNotes(
        "Kinetic-optimal Gaussian paths",
        r"A Gaussian path $X_t = \alpha(t) X_1 + \sigma(t)\,\varepsilon$ carries noise at $t = 0$ to data at $t = 1$. "
        "Among all such paths, which one moves with the least kinetic energy, and what does the data have to say "
        "about it? All quantities are dimensionless.",
        (
            (r"X_1", r"data in $\mathbb{R}^d$, normalised to $\mathbb{E}|X_1|^2 = d$"),
            (r"\varepsilon", r"noise, $\mathcal{N}(0, I)$, independent of the data"),
            (
                r"\alpha, \sigma",
                r"coefficients of data and noise; $\alpha(0) = \sigma(1) = 0$, $\alpha(1) = \sigma(0) = 1$",
            ),
            (r"s, \gamma", r"signal-to-noise ratio $s = \alpha/\sigma$ and its square"),
            (r"\lambda(s)", r"separation function $\mathbb{E}|\mathbb{E}[X_1 \mid X_t]|^2 / d$, between 0 and 1"),
            (r"v", r"$1 - \lambda$, the minimum mean-square error per dimension"),
            (
                r"r, \theta",
                r"polar coordinates: $\alpha = r \sin\theta$, $\sigma = r \cos\theta$, so that $s = \tan\theta$",
            ),
            (r"h(\theta)", r"angular speed, $h^2 = 1 - (1 + s^2)(1 - \lambda)$"),
            (r"\Theta, \Theta_m", r"flat angle $\int_0^\theta h$, and its value at $\theta = \pi/2$"),
            (r"J", r"$\int_0^\infty (1 - \lambda(s))\,ds$"),
            (r"L", r"$H(X_1)/d$, Shannon entropy of the data per dimension, in nats"),
            (r"I(\gamma)", r"mutual information of $X_1$ and $s X_1 + \varepsilon$, in nats"),
        ),
    ),
    "monge-ampere": SystemNotes(
        "Monge-Ampère and the probability flow",
        "Does the map that the probability flow ends in converge to optimal transport, the gradient of the solution "
        "of the Monge-Ampère equation?",
    ),
    "jko": SystemNotes(
        "JKO: diffusion as minimising movements",
        "First-order optimality of the JKO scheme, and the energies that can be learnt from snapshots with it.",
    ),
    "wasserstein-proximal": SystemNotes(
        "Score-based models as Wasserstein proximal operators",
        "Cole-Hopf, mean-field games and the kernel formula of the Wasserstein proximal operator.",
    ),
    "pushforward": SystemNotes(
        "Sampling with pushforward maps",
        "The checkable statements of a tour of sampling methods, the ones that are wrong in print included.",
    ),
    "cited": SystemNotes(
        "Theorems taken from elsewhere",
        "Used without a proof of ours: each is attacked numerically, and whatever rests on it says so.",
    ),
}


def system_notes(system: str) -> SystemNotes:
    """Return the notes of `system`; a user's own system is called by its name and has none."""
    return _NOTES.get(system) or SystemNotes(system.replace("-", " ").capitalize(), "")


def render_notation(system: str) -> str:
    """Return what a system is about and the table of its symbols; empty for a system without notes."""
    notes = system_notes(system)
    rows = [[render_line(f"${symbol}$", system), render_line(meaning, system)] for symbol, meaning in notes.symbols]
    return paragraphs(render_line(notes.about, system), table(["Symbol", "Meaning"], rows) if rows else "")
