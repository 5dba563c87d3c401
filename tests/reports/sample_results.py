"""Results as a run would store them: made of real `Evidence`, with every verdict and every kind of figure.

The numbers come from the low-rank Gaussian, whose separation function is s^2/(k + s^2), so that figures and values are
consistent with each other.
"""

from typing import Any

import numpy as np

from lemmata.checks.evidence import Evidence, Kind, Scope
from lemmata.theory.verdict import Certificate, Strength, Verdict, Witness

Json = Any

K = 0.25
CERTIFICATE = Certificate("identity", {"numerator": "0", "cofactors": ["1", "-s"]})
VERSIONS = {"jax": "0.10.2", "sympy": "1.14.0", "python": "3.11.7"}


def separation_figure() -> dict[str, Json]:
    s = np.geomspace(0.03, 30.0, 60)
    mean = s**2 / (K + s**2)
    floor = s**2 / (1 + s**2)
    return {
        "kind": "separation",
        "s": s.tolist(),
        "mean": mean.tolist(),
        "lower": np.maximum(mean - 0.02, floor).tolist(),
        "upper": np.minimum(mean + 0.02, 1.0).tolist(),
        "linear_floor": floor.tolist(),
        "entropy_bound": np.maximum(floor, 1 - (1 - np.exp(-1.4)) / s**2).tolist(),
        "label": "low-rank Gaussian, $k = 1/4$",
        "caption": r"Separation $\lambda(s)$ of a low-rank Gaussian between its bounds; band: 99 % interval.",
        "alt": "The separation function rises from 0 to 1 and stays above the linear floor and the entropy bound.",
    }


def path_figure() -> dict[str, Json]:
    theta = np.linspace(0.0, np.pi / 2, 400)
    flat = np.arcsin(np.sqrt(1 - K)) - np.arcsin(np.sqrt(1 - K) * np.cos(theta))
    denominator = np.sin(flat) + np.sin(flat[-1] - flat)
    r, u = np.sin(flat[-1]) / denominator, np.linspace(0.0, 1.0, 50)
    return {
        "kind": "path",
        "t": (np.sin(flat) / denominator).tolist(),
        "r": r.tolist(),
        "Theta": flat.tolist(),
        "sigma": (r * np.cos(theta)).tolist(),
        "alpha": (r * np.sin(theta)).tolist(),
        "cond_ot": {"sigma": (1 - u).tolist(), "alpha": u.tolist()},
        "vp": {"sigma": np.cos(np.pi * u / 2).tolist(), "alpha": np.sin(np.pi * u / 2).tolist()},
        "caption": r"The kinetic-optimal path; marks at every tenth of the time.",
        "alt": "Left: the optimal path between Cond-OT and the circle. Right: the same path is a straight line.",
        "png": True,
    }


def curves_figure() -> dict[str, Json]:
    x = np.linspace(0.0, 4.0, 30)
    gap = np.exp(-2 * x)
    return {
        "kind": "curves",
        "xlabel": "time $T$ (dimensionless)",
        "ylabel": "gap (dimensionless)",
        "yscale": "log",
        "series": [
            {
                "label": "flow",
                "x": x.tolist(),
                "y": gap.tolist(),
                "lower": (gap / 2).tolist(),
                "upper": (gap * 2).tolist(),
            },
            {"label": "measured", "style": "points", "x": x[::5].tolist(), "y": (1.1 * gap[::5]).tolist()},
            {"label": "rate $e^{-2T}$", "style": "reference", "x": x.tolist(), "y": (3 * gap).tolist()},
        ],
        "caption": r"The gap decays at the rate $2$.",
        "alt": "On a logarithmic axis the gap falls along a straight line.",
    }


def bars_figure() -> dict[str, Json]:
    return {
        "kind": "bars",
        "label": ["kinetic-optimal", "Cond-OT"],
        "value": [2 - 2 * K**0.5, 2 - np.pi / 2 * K**0.5],
        "error": [0.004, 0.003],
        "ylabel": "kinetic energy per dimension (dimensionless)",
        "caption": "Energies of two paths.",
        "alt": "The optimal path has energy 1, the conditional-OT path 1.21.",
    }


def panels_figure() -> dict[str, Json]:
    x = np.geomspace(0.1, 10.0, 25)
    ceiling = {"label": "ceiling $1/(1+x)$", "style": "reference", "x": x.tolist(), "y": (1 / (1 + x)).tolist()}
    bound = {"label": "bound", "style": "reference", "x": x.tolist(), "y": np.exp(-x / 3).tolist()}
    gap, half = np.exp(-x), np.exp(-2 * x)
    flow = {"label": "flow", "x": x.tolist(), "y": gap.tolist(), "lower": (gap / 2).tolist(), "upper": gap.tolist()}
    points = {"label": "measured", "style": "points", "x": x.tolist(), "y": half.tolist(), "upper": gap.tolist()}
    return {
        "kind": "panels",
        "ylabel": "gap (dimensionless)",
        "ylim": [0.0, 1.05],
        "columns": 2,
        "panels": [
            {"title": "all", "xlabel": "$n$", "xscale": "log", "shaded": [0.1, 1.0], "series": [flow, points, ceiling]},
            {"title": "flow", "xlabel": "$n$", "xscale": "log", "series": [flow, bound, ceiling]},
            {"title": "measured", "xlabel": "$n$", "xscale": "log", "series": [{**points, "lower": half.tolist()}]},
        ],
        "caption": "The gap, together and one by one.",
        "alt": "Three panels with one vertical axis, in which the gap falls below its ceiling.",
    }


def groups_figure() -> dict[str, Json]:
    return {
        "kind": "groups",
        "xlabel": "kinetic energy per dimension (dimensionless)",
        "groups": [
            {
                "label": "digits",
                "marks": [
                    {"label": "kinetic-optimal", "value": 1.41, "error": 0.02},
                    {"label": "Cond-OT", "value": 1.58, "error": 0.01},
                    {"label": "floor", "value": 1.09, "error": 0.0, "style": "reference"},
                ],
            },
            {"label": "Gaussian", "marks": [{"label": "Cond-OT", "value": 1.21, "error": 0.0}]},
        ],
        "caption": "Energies by path, data set by data set.",
        "alt": "For two data sets the energies of up to two paths, above a floor.",
    }


def basins_figure() -> dict[str, Json]:
    """Two regions on either side of a line, which the second map has moved to the right; 40 places along an axis."""
    ticks = np.linspace(-2.0, 2.0, 40)
    panel = {
        "title": "all",
        "ticks": ticks.tolist(),
        "flow": {"label": [0, 1] * 40, "length": [20, 20] * 40},
        "cells": {"label": [0, 1] * 40, "length": [26, 14] * 40},
        "atoms": {"x": [-1.0, 1.0], "y": [0.5, -0.5]},
    }
    arrow = {"from": [0.2, 1.2], "to": [1.0, -0.5], "label": "$x_1$"}
    return {
        "kind": "basins",
        "xlabel": "first coordinate",
        "ylabel": "second coordinate",
        "panels": [{**panel, "arrows": [arrow]}, {**panel, "title": "again"}],
        "caption": "Basins and cells.",
        "alt": "Two panels of two regions each, and a strip that both maps treat differently.",
    }


def contours_figure() -> dict[str, Json]:
    """A plane x + 2 y, and minus it, on 12 places along an axis."""
    ticks = np.linspace(-1.0, 1.0, 12)
    plane = ticks[None, :] + 2 * ticks[:, None]
    panels = [
        {
            "title": title,
            "ticks": ticks.tolist(),
            "values": (sign * plane).ravel().tolist(),
            "levels": [-1.5, 0.0, 1.5],
        }
        for title, sign in (("up", 1), ("down", -1))
    ]
    return {
        "kind": "contours",
        "xlabel": "first coordinate",
        "ylabel": "second coordinate",
        "panels": panels,
        "caption": "A plane and its mirror image.",
        "alt": "Two panels of three parallel straight lines each.",
    }


def levels_figure() -> dict[str, Json]:
    """A bowl on 11 x 9 places, of which the two rows from below are extrapolated."""
    x, y = np.linspace(-1.0, 1.0, 11), np.linspace(0.0, 1.0, 9)
    covered = np.ones((9, 11), dtype=int)
    covered[:2] = 0
    return {
        "kind": "levels",
        "x": x.tolist(),
        "y": y.tolist(),
        "values": (x**2 + y[:, None]).ravel().tolist(),
        "covered": covered.ravel().tolist(),
        "xlabel": "first coordinate",
        "ylabel": "second coordinate",
        "square": True,
        "caption": "A bowl.",
        "alt": "Parabolas, and a hatched strip at the bottom.",
    }


def arrows_figure() -> dict[str, Json]:
    """Two panels of three arrows each, over the level sets of the bowl."""
    panel = {"x": [0.0, 0.5, -0.5], "y": [0.2, 0.4, 0.6], "to_x": [0.1, 0.2, -0.3], "to_y": [0.2, 0.2, 0.5]}
    ground = {key: levels_figure()[key] for key in ("x", "y", "values", "covered")}
    return {
        "kind": "arrows",
        "panels": [
            {**panel, "title": "0 to 1", "xlabel": "first coordinate"},
            {**panel, "title": "1 to 2", "xlabel": "first coordinate"},
        ],
        "ground": ground,
        "ylabel": "second coordinate",
        "square": True,
        "caption": "Three particles.",
        "alt": "Two panels of three arrows.",
    }


def derivation_steps(number: int) -> tuple[dict[str, Json], ...]:
    first = {
        "name": "velocity",
        "rule": "hypothesis",
        "summary": "what is given",
        "premises": [],
        "latex": r"u = \frac{\sigma'}{\sigma} x + \left(\alpha' - \alpha \frac{\sigma'}{\sigma}\right) \hat{x}",
        "note": "",
        "verdict": "proved",
    }
    second = {
        "name": "",
        "rule": "tower rule",
        "summary": r"$\mathbb{E}\langle f(X), X_1\rangle = \mathbb{E}\langle f(X), \hat{x}\rangle$",
        "premises": [0],
        "latex": r"\begin{aligned} \mathbb{E} |u|^2 / d & = \alpha'^2 + \sigma'^2 \\ "
        r"& \quad - (1 - \lambda) (\sigma s')^2 \end{aligned}",
        "note": r"insert $\lambda$ by its definition",
        "verdict": "proved",
    }
    return (first, *[second] * (number - 1))


def proved_leg(check: str = "derivation", steps: int = 2) -> Evidence:
    return Evidence(
        check=check,
        kind=Kind.DERIVATION,
        scope=Scope.GENERAL,
        verdict=Verdict.PROVED,
        method="normal form, remainder 0",
        error=0.0,
        tolerance=0.0,
        resolution=0.0,
        certificate=CERTIFICATE,
        seconds=0.31,
        seed=7,
        derivation=derivation_steps(steps),
        provenance={"digest": "9f2c41d8"},
    )


def measured_leg(**changes: Json) -> Evidence:
    given: dict[str, Json] = {
        "check": "monte-carlo",
        "kind": Kind.STATISTICAL,
        "scope": Scope.INSTANCE,
        "verdict": Verdict.SUPPORTED,
        "method": "mean of $|u|^2$ over 20000 draws",
        "value": 0.999871234,
        "error": 0.0021,
        "tolerance": 0.0021,
        "resolution": 0.0043,
        "instance": "two_clusters <n = 64>",
        "seed": 4_611_686_018_427_387_904,
        "seconds": 1.62,
        "provenance": {"device": "cpu", "dtype": "float64", "digest": "77ab03ce"},
    }
    return Evidence(**(given | changes))


def control(name: str, *, must: str = "refuted", near: bool = False, **changes: Json) -> dict[str, Json]:
    killed = must == "refuted"
    given = {
        "name": name,
        "must": must,
        "near": near,
        "note": r"coefficient 1 of $(1-\lambda)$ becomes 1.01" if near else "",
        "miss": 0.0,
        "verdict": "refuted" if killed else "supported",
        "as_it_must": True,
        "killed_by": ["derivation"] if killed else [],
        "witness": Witness(
            point={"s": "3/7", "f(x)": "x**2 | y_1"}, strength=Strength.EXACT, observed="101/100", required="1"
        ).to_json()
        if killed
        else None,
        "legs": [],
    }
    return given | changes


def claim(name: str, title: str, evidence: list[Evidence], **changes: Json) -> dict[str, Json]:
    verdict = changes.get("verdict", "proved")
    given: dict[str, Json] = {
        "id": name,
        "title": title,
        "system": name.partition(".")[0],
        "statement": r"For every $d$ and all data with $\mathbb{E}|X_1|^2 = d$,"
        "\n\n$$\\mathbb{E}|u|^2/d = \\alpha'^2 + \\sigma'^2 - (1 - \\lambda(s)) (\\sigma s')^2.$$",
        "reading": "restated",
        "source": {"key": "shaul2023", "locator": "abstract, (i)", "reading": "restated"},
        "quantifier": "universal",
        "dimension": "every d",
        "expected": verdict,
        "verdict": verdict,
        "standing": verdict,
        "axioms": [],
        "as_expected": True,
        "seconds": 2.5,
        "uses": [],
        "correction": "",
        "evidence": [leg.to_json() for leg in evidence],
        "controls": [control("sign flipped"), control("1 % off", near=True)],
        "lowered": None,
        "remark": "",
    }
    return given | changes


def source(reading: str, key: str = "shaul2023", locator: str = "abstract, (iv)") -> dict[str, Json]:
    return {"key": key, "locator": locator, "reading": reading}


def sample_claims() -> list[dict[str, Json]]:
    witness = Witness(
        point={"n": "2", "d": "1", "X_1": "Mixture(-1 | 1)"},
        strength=Strength.EXACT,
        observed="1/3",
        required="0",
        note="the smallest data set",
    )
    refuted_leg = Evidence(
        check="enclosure",
        kind=Kind.ENCLOSURE,
        scope=Scope.GENERAL,
        verdict=Verdict.REFUTED,
        method="ball arithmetic at 128 bits",
        resolution=0.0,
        witness=witness,
    )
    undecided_leg = Evidence(
        check="convergence_rate",
        kind=Kind.NUMERIC,
        scope=Scope.LIMIT,
        verdict=Verdict.UNDECIDED,
        method="fit",
        reason="timed out after 60 s",
    )
    table = {
        "MNIST": {"n": 60000, "d": 784, "energy": 1.6655},
        "CIFAR-10": {"n": 50000, "d": 3072, "energy": 1.8324},
    }
    return [
        claim(
            "kinetic-optimal.kinetic-energy",
            "The kinetic energy depends on the data through one function",
            [proved_leg(), measured_leg()],
            remark="That $\\lambda$ is the paper's function is our identification.",
        ),
        claim(
            "kinetic-optimal.straight-line",
            "The optimal path is a straight line in flat coordinates",
            [
                proved_leg(steps=9),
                measured_leg(check="shooting", figures={"path": path_figure(), "bars": bars_figure()}),
            ],
            source=source("new"),
            uses=["kinetic-optimal.kinetic-energy"],
        ),
        claim(
            "kinetic-optimal.separation-entropy-bound",
            "Few samples separate: entropy bounds the separation",
            [proved_leg(), measured_leg(value=table, figures={"separation": separation_figure()})],
            source=source("new"),
            uses=["cited.i-mmse", "kinetic-optimal.kinetic-energy"],
            axioms=["cited.i-mmse"],
            standing="proved from {cited.i-mmse}",
        ),
        claim(
            "kinetic-optimal.rate-as-printed",
            "Separation needs n/sqrt(d) -> 0",
            [refuted_leg],
            verdict="refuted",
            source=source("as printed"),
            correction="kinetic-optimal.rate-corrected",
            controls=[control("the correction", must="survive"), control("constant doubled")],
        ),
        claim(
            "kinetic-optimal.rate-corrected",
            "Separation needs (log n)/d -> 0 <only>, a_b | c",
            [measured_leg(figures={"rate": curves_figure()})],
            verdict="supported",
            source=source("corrected"),
            lowered={"date": "2026-11-02", "reason": "the sweep stops at $d = 64$", "previous": "proved"},
        ),
        claim(
            "monge-ampere.exponential",
            "The flow converges exponentially",
            [undecided_leg],
            verdict="undecided",
            expected="supported",
            as_expected=False,
            source=source("as printed", "wang2024", "abstract"),
            controls=[
                control("rate doubled", verdict="undecided", as_it_must=False, killed_by=[], witness=None),
            ],
        ),
        claim(
            "cited.i-mmse",
            "I-MMSE: the derivative of mutual information is half the mean-square error",
            [measured_leg()],
            verdict="supported",
            source=source("cited", "guo2005", "Theorem 1"),
            axioms=["cited.i-mmse"],
            standing="supported from {cited.i-mmse}",
        ),
    ]


def sample_results(claims: list[dict[str, Json]] | None = None) -> dict[str, Json]:
    return {
        "schema_version": 1,
        "run": {
            "version": "0.1.0",
            "seed": 20230606,
            "effort": "standard",
            "device": "cpu",
            "dtype": "float64",
            "versions": VERSIONS,
            "started": "2026-11-22T10:00:00+00:00",
            "seconds": 81.25,
            "command": "lemmata check --json build/results.json",
            "checks": 10,
            "cached": 0,
            "sample_seed": None,
            "sampled": [],
        },
        "problems": [],
        "claims": sample_claims() if claims is None else claims,
    }
