"""What a system is called and which symbols its claims share: the table in front of its chapter.

The symbols are those of the layer `theory`, whose `notation` modules define them; here they are only explained.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from .markdown import render_line, table


@final
@dataclass(frozen=True, slots=True)
class SystemNotes:
    """A system's name, what it is about in a sentence or two, and its symbols: LaTeX and meaning.

    `readings` are what a sentence in print may mean, and what is known beside: claims by identifier, and what each of
    them says, in words that follow "that". Which of them hold, the verdicts tell.
    """

    name: str
    about: str
    symbols: tuple[tuple[str, str], ...] = ()
    readings: tuple[tuple[str, str], ...] = ()


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
        "A diffusion model starts from noise and follows the probability flow back to data. An abstract says that for "
        "discrete data, as the termination time grows, this flow converges exponentially to the gradient of the "
        "solution of the Monge-Ampère equation, that is, to optimal transport. The sentence does not say which map is "
        "meant, nor from which law, so each reading is a claim of its own. All quantities are dimensionless.",
        (
            (r"\mu, y_i, w_i", r"the law of the data; for discrete data its atoms in $\mathbb{R}^d$ and their weights"),
            (r"m, C, \kappa_3", r"mean, covariance and third cumulant tensor of the data"),
            (r"\gamma", r"the prior, $N(0, I)$"),
            (
                r"X_t, p_t",
                r"the forward process $e^{-t} X_0 + \sqrt{1 - e^{-2t}}\,\varepsilon$, which solves "
                r"$dX = -X\,dt + \sqrt{2}\,dB$, and its law",
            ),
            (r"T, a", r"the horizon, or termination time, and $a = e^{-T}$"),
            (
                r"\tau, u",
                r"regular coordinates: $\tau = e^{-t}/\sqrt{1 - e^{-2t}}$ and $u = x\sqrt{1 + \tau^2}$; infinite time "
                r"is $\tau = 0$, data are at $\tau = \infty$, and the flow is $du/d\tau = \mathbb{E}[X_0 \mid u]$",
            ),
            (r"s_0", r"width of the Gaussian noise that smooths the data, where they are smoothed"),
            (r"\Phi_T", r"the reverse flow, from a sample $x$ at time $T$ to data; $\Phi_\infty$ is its limit"),
            (r"\Psi_T", r"the forward flow from time $T$ to infinity, the tail; $\Phi_T = \Phi_\infty \circ \Psi_T$"),
            (r"\nabla\varphi", r"the Brenier map, which is optimal for the squared distance; $\varphi$ is convex"),
            (r"\psi_i", r"potentials of the Laguerre cells, where $\langle x, y_i\rangle - \psi_i$ is the largest"),
        ),
        (
            (
                "monge-ampere.prior-map-generic",
                r"in two dimensions or more the reverse flow from the prior converges to the optimal map",
            ),
            (
                "monge-ampere.data-map-generic",
                r"in two dimensions or more the reverse flow from $p_T$ tends to the optimal map from $p_T$",
            ),
            (
                "monge-ampere.smoothed-map-generic",
                r"smoothing the data makes the flow between data and $p_T$ the gradient of a convex function",
            ),
            (
                "monge-ampere.limit-map",
                r"the reverse flow converges exponentially as the horizon grows, but to its own limit $\Phi_\infty$",
            ),
            ("monge-ampere.prior-map-1d", r"on the line this limit is the optimal map"),
            ("monge-ampere.prior-map-gaussian", r"for Gaussian data the flow's map is optimal in every dimension"),
            (
                "monge-ampere.prior-map-symmetric",
                r"$\Phi_\infty$ is optimal for two atoms, for atoms on a line, and for products of laws on the line",
            ),
            (
                "monge-ampere.prior-map-reflection-orbit",
                r"$\Phi_\infty$ is optimal for equal weights on orbits of reflection groups, such as a regular simplex",
            ),
            (
                "monge-ampere.triangle-criterion",
                r"three atoms of equal weight off a line have an optimal $\Phi_\infty$ just if they are equidistant",
            ),
            ("monge-ampere.step-is-optimal", r"every infinitesimal step of the flow is optimal"),
            ("monge-ampere.prior-error-decay", r"$p_T$ tends to the prior exponentially"),
            (
                "monge-ampere.tail-map",
                r"the tail $\Psi_T$ and the optimal map from $p_T$ to the prior approach each other like $e^{-5T}$",
            ),
        ),
    ),
    "jko": SystemNotes(
        "JKO: diffusion as minimising movements",
        r"A population that diffuses moves, in each short step of length $\tau$, to where energy plus transport cost "
        r"is least. An abstract says that the first-order condition of this step turns snapshots into a quadratic "
        r"loss, whose minimum is known in closed form and recovers potential, interaction and internal energy at once. "
        r"What holds exactly, what only in the limit $\tau \to 0$, and what no snapshots can tell? All quantities are "
        r"dimensionless.",
        (
            (r"\mu_k, \rho_k", r"the law at step $k$, and its density"),
            (r"\tau", r"time step of the scheme, and spacing of the snapshots"),
            (r"J(\mu)", r"energy: $\int V\,d\mu + c_U \iint U(x - y)\,d\mu\,d\mu + \beta \int \rho \log \rho$"),
            (r"V, U, \beta", r"potential, interaction, and diffusivity, the factor of the entropy"),
            (r"c_U", r"$1/2$ where the pair energy counts each pair once, $1$ where it counts it twice"),
            (r"\gamma_k, x, y", r"an optimal coupling of $\mu_k$ and $\mu_{k+1}$, and its two points, old and new"),
            (r"l, k", r"second derivatives of $V$ and $U$ where these are quadratic"),
            (r"m, s", r"mean and standard deviation of a Gaussian law; $m_0, s_0$ before the step"),
            (r"Q(u)", r"quantile function of a law on the line"),
            (r"p", r"exponent of the porous medium, whose internal energy is $\int \rho^p/(p - 1)$"),
        ),
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


def render_about(system: str) -> str:
    """Return what a system is about; empty for a system without notes."""
    return render_line(system_notes(system).about, system)


def render_notation(system: str) -> str:
    """Return the table of a system's symbols; empty for a system without notes."""
    rows = [
        [render_line(f"${symbol}$", system), render_line(meaning, system)]
        for symbol, meaning in system_notes(system).symbols
    ]
    return table(["Symbol", "Meaning"], rows) if rows else ""
