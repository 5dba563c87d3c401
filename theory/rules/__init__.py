"""Named rules of inference; importing this package registers all of them.

`order`: decisions, hypotheses, instances, chains, sums, monotone functions. `calculus`: integrals, derivatives, Taylor.
`comparison`: ordinary differential inequalities, rearrangement. `inequalities`: squares, Jensen, Cauchy-Schwarz.
`limits`: squeeze and its base limits. `entropy`: information and entropy of discrete data.
"""

from .order import cases, chain, combine, decision, discharge, hypothesis, instance, monotone, rewrite, weaken

__all__ = [
    "cases",
    "chain",
    "combine",
    "decision",
    "discharge",
    "hypothesis",
    "instance",
    "monotone",
    "rewrite",
    "weaken",
]
