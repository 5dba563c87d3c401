"""Refute "this expression is identically zero" by a point whose ball excludes 0.

A witness is certified: interval arithmetic leaves no doubt that the value differs from 0, and every hypothesis holds
there beyond doubt. It is exact where the value is a Gaussian rational. Its text alone suffices to visit it again.
"""

from collections.abc import Mapping, Sequence

import sympy as sp
from flint import acb
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from ..verdict import Strength, Witness
from .balls import Indeterminate, Undefined, evaluate
from .equalities import eliminate
from .gaussian import GaussianRational, Unsupported, as_ball, excludes_zero
from .point_text import read_instance, read_value, write_value
from .sampling import Sample, draw_admissible, is_admissible

FIRST_BITS = 64
QUICK_BITS = 256
REAL_POINTS = 12


def refute(
    expression: sp.Expr,
    hypotheses: Sequence[Boolean] = (),
    *,
    points: int = 20,
    max_precision: int = 2048,
    seed: int = 0,
) -> Witness | None:
    """Search for an admissible point at which `expression` is certainly not 0.

    **Arguments:** `points` bounds the points tried; `max_precision` the working precision in bits; `seed` fixes the
    draw. Returns None where no such point was found or a node has no ball evaluation: that decides nothing.
    """
    open_samples: list[Sample] = []
    try:
        for sample in draw_admissible(expression, hypotheses, count=points, seed=seed):
            found = _nonzero(expression, sample, FIRST_BITS, min(QUICK_BITS, max_precision))
            if found is not None:
                return _witness(expression, hypotheses, sample, *found)
            open_samples.append(sample)
        for sample in open_samples:
            found = _nonzero(expression, sample, 2 * QUICK_BITS, max_precision)
            if found is not None:
                return _witness(expression, hypotheses, sample, *found)
    except Unsupported:
        return None
    return None


def recheck(expression: sp.Expr, hypotheses: Sequence[Boolean], witness: Witness) -> bool:
    """Say whether `witness`, read from its text alone, refutes that `expression` is 0 under `hypotheses`.

    **Raises:** `ValueError` where the text does not name a value for every symbol and function of the expression.
    """
    sample = read_sample(expression, hypotheses, witness.point)
    bits = int(witness.data["precision"])
    if not is_admissible(sample, expression, hypotheses):
        return False
    try:
        value = evaluate(expression, sample.values, sample.functions, precision=bits)
    except (Undefined, Unsupported):
        return False
    exact = isinstance(value, GaussianRational)
    return excludes_zero(value) and (exact or witness.strength is Strength.CERTIFIED)


def read_sample(expression: sp.Expr, hypotheses: Sequence[Boolean], point: Mapping[str, str]) -> Sample:
    """Read a point back from the text of a witness."""
    texts = dict(point)
    names = _names(expression, hypotheses)
    missing = [name for name in names if name not in texts]
    if missing or set(texts) - set(names):
        raise ValueError(f"the point does not fit the expression: missing {missing}, given {sorted(texts)}")
    nodes = {name: node for name, node in names.items() if isinstance(node, sp.Expr)}
    vocabulary = {write_value(node): node for node in _nodes(expression, hypotheses)}
    values = {node: read_value(texts[name], {} if node.is_Symbol else vocabulary) for name, node in nodes.items()}
    functions = {f: read_instance(texts[name]) for name, f in names.items() if not isinstance(f, sp.Expr)}
    return Sample(values, functions)


def _nonzero(expression: sp.Expr, sample: Sample, low: int, high: int) -> tuple[GaussianRational | acb, int] | None:
    """Raise the precision until the ball at the sample excludes 0; return value and precision, or None."""
    bits = low
    while bits <= high:
        try:
            value = evaluate(expression, sample.values, sample.functions, precision=bits)
        except Indeterminate:
            bits *= 2
            continue
        except Undefined:
            return None
        if excludes_zero(value):
            return (value, bits) if as_ball(value).is_finite() else None
        if isinstance(value, GaussianRational):
            return None
        bits *= 2
    return None


def _witness(
    expression: sp.Expr, hypotheses: Sequence[Boolean], sample: Sample, value: GaussianRational | acb, bits: int
) -> Witness:
    names = _names(expression, hypotheses)
    definitions = {**sample.values, **sample.functions}
    exact = isinstance(value, GaussianRational)
    return Witness(
        point={name: write_value(definitions[node]) for name, node in names.items()},
        strength=Strength.EXACT if exact else Strength.CERTIFIED,
        observed=_exact_text(value) if isinstance(value, GaussianRational) else value.str(20),
        required="0",
        note=_note(expression, hypotheses, sample),
        data={"precision": bits},
    )


def _exact_text(value: GaussianRational) -> str:
    parts = [sp.Rational(int(part.p), int(part.q)) for part in (value.re, value.im)]
    return write_value(parts[0] + sp.I * parts[1])


def _nodes(expression: sp.Expr, hypotheses: Sequence[Boolean]) -> list[sp.Expr]:
    """List the symbols and nodes of jet space that a value may name, in a fixed order."""
    trees = (expression, *hypotheses)
    found = set().union(*(tree.free_symbols | tree.atoms(AppliedUndef, sp.Derivative) for tree in trees))
    return sorted(found, key=lambda node: (sp.sstr(node), sp.srepr(node)))


def _names(expression: sp.Expr, hypotheses: Sequence[Boolean]) -> dict[str, sp.Basic]:
    """Name everything a point has to give: symbols, principal nodes of jet space and functions.

    Symbols that share a name but not their assumptions get primes, in the order of their `srepr`.
    """
    trees = (expression, *hypotheses)
    symbols = set().union(*(tree.free_symbols for tree in trees))
    functions = {node.func for tree in trees for node in tree.atoms(AppliedUndef)}
    entries: list[sp.Basic] = sorted(symbols, key=lambda s: (s.name, sp.srepr(s)))
    entries += sorted(eliminate(expression, hypotheses).jets, key=sp.default_sort_key)
    entries += sorted(functions, key=str)
    names: dict[str, sp.Basic] = {}
    for entry in entries:
        name = sp.sstr(entry)
        while name in names:
            name += "'"
        names[name] = entry
    return names


def _note(expression: sp.Expr, hypotheses: Sequence[Boolean], sample: Sample) -> str:
    """Say where the witness lies, and which hypothesis may be missing."""
    notes = []
    if sample.in_jet_space:
        nodes = ", ".join(sorted(write_value(node) for node in sample.values if not node.is_Symbol))
        notes.append(f"in jet space: {nodes} follows from the hypotheses, the other derivatives are independent")
    unreal = [s for s in sorted(sample.values, key=sp.default_sort_key) if s.is_Symbol and not sample.values[s].is_real]
    if unreal:
        listed = ", ".join(str(s) for s in unreal)
        verdict = _on_subdomains(expression, hypotheses)
        notes.append(f"{listed} complex at this point, which refutes it; {verdict}")
    return "; ".join(notes)


def _on_subdomains(expression: sp.Expr, hypotheses: Sequence[Boolean]) -> str:
    """Try the statement with its complex symbols taken real, then positive."""
    symbols = set().union(*(tree.free_symbols for tree in (expression, *hypotheses)))
    loose = sorted((s for s in symbols if s.is_extended_real is None), key=sp.default_sort_key)
    for assumption in ("real", "positive"):
        tighter = {s: sp.Dummy(s.name, dummy_index=i, **{assumption: True}) for i, s in enumerate(loose)}
        narrowed = [h.xreplace(tighter) for h in hypotheses]
        kept = expression.xreplace(tighter)
        zeros: list[Sample] = []
        for sample in draw_admissible(kept, narrowed, count=REAL_POINTS, seed=0):
            if _nonzero(kept, sample, FIRST_BITS, QUICK_BITS) is not None:
                break
            zeros.append(sample)
        else:
            if zeros:
                return f"none of {len(zeros)} {assumption} points does: {assumption}=True may be a missing assumption"
    return "positive points refute it too"
