"""Compiled expressions against multiple-precision arithmetic, under JAX's transformations, and what is refused."""

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy.abc import x, y
from sympy.codegen.cfunctions import expm1, log1p
from sympy.utilities.lambdify import implemented_function

from lemmata.numerics.compile import CompiledExpression, CompileError, compile_expression
from lemmata.numerics.jax_code import BY_ORDER, FUNCTIONS
from lemmata.numerics.precision import PrecisionError, float64

EPS = np.finfo(np.float64).eps
LANES = 8  # points of one Hypothesis example: one fixed shape, hence one compilation

REAL, POSITIVE, UNIT = (-6.0, 6.0), (0.05, 12.0), (-0.95, 0.95)

DOMAINS: dict[type[sympy.Basic], tuple[float, float]] = {
    **dict.fromkeys((sympy.Abs, sympy.sign, sympy.floor, sympy.ceiling, sympy.exp, expm1, sympy.sin, sympy.cos), REAL),
    **dict.fromkeys((sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech, sympy.asinh, sympy.atan), REAL),
    **dict.fromkeys((sympy.sinc, sympy.Heaviside, sympy.erf, sympy.erfc, sympy.Max, sympy.Min, sympy.atan2), REAL),
    **dict.fromkeys((sympy.tan, sympy.sec, sympy.asin, sympy.acos, sympy.atanh, sympy.erfinv), UNIT),
    **dict.fromkeys((sympy.log, log1p, sympy.gamma, sympy.loggamma, sympy.factorial, sympy.beta), POSITIVE),
    **dict.fromkeys((sympy.lowergamma, sympy.uppergamma, sympy.Ei, sympy.Mod, sympy.csch, sympy.coth), POSITIVE),
    **dict.fromkeys((sympy.csc, sympy.cot), (0.1, 3.0)),
    sympy.acosh: (1.05, 12.0),
}
"""Where each function of the table is compared: within its real domain, away from poles."""

CONSTANT_ARGUMENTS: dict[type[sympy.Basic], Callable[[sympy.Expr], sympy.Expr]] = {
    sympy.Max: lambda u: sympy.Max(u, sympy.Rational(1, 3), y),
    sympy.Min: lambda u: sympy.Min(u, sympy.Rational(1, 3), y),
    sympy.atan2: lambda u: sympy.atan2(u, y),
    sympy.beta: lambda u: sympy.beta(u, y),
    sympy.lowergamma: lambda u: sympy.lowergamma(y, u),
    sympy.uppergamma: lambda u: sympy.uppergamma(y, u),
    sympy.Mod: lambda u: sympy.Mod(u, sympy.Rational(5, 4)),
}

EXPRESSIONS: dict[str, tuple[sympy.Expr, tuple[float, float]]] = {
    **{
        function.__name__: (CONSTANT_ARGUMENTS.get(function, function)(x), domain)
        for function, domain in DOMAINS.items()
    },
    **{f"{function.__name__}({order}, x)": (function(order, x), POSITIVE) for function, order in BY_ORDER},
    "rational": ((x**3 - 2 * x + sympy.Rational(1, 3)) / (x**2 + y**2 + 1), REAL),
    "powers": (x ** sympy.Rational(2, 3) + x**y - 1 / sympy.sqrt(x) + (x**2) ** y + 2**x, (0.1, 4.0)),
    "piecewise": (sympy.Piecewise((x**2, sympy.And(x > 1, x < 2)), (-x, sympy.Or(x < -1, x > 3)), (1, True)), REAL),
    "constants": (sympy.LambertW(1) * x + sympy.pi**2 + sympy.gamma(sympy.Rational(1, 3)) + sympy.sqrt(2), REAL),
    "finite sum": (sympy.Sum(x ** sympy.Symbol("k") / sympy.factorial(sympy.Symbol("k")), ("k", 0, 12)), POSITIVE),
    "gaussian density": (sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi), REAL),
}


def test_every_function_of_the_table_is_compared() -> None:
    assert set(DOMAINS) == set(FUNCTIONS)


def _lanes(low: float, high: float) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(low, high, allow_subnormal=False), min_size=LANES, max_size=LANES)


@cache
def _compiled(name: str) -> CompiledExpression:
    return compile_expression(EXPRESSIONS[name][0], (x, y))


def _exact(expression: sympy.Expr, at_x: float, at_y: float) -> float:
    """Evaluate in multiple precision at the very doubles that the compiled function sees."""
    return float(expression.doit().xreplace({x: sympy.Float(at_x, 50), y: sympy.Float(at_y, 50)}).evalf(30))


ROUNDINGS = {
    **dict.fromkeys(("atanh", "erfinv", "gamma", "factorial", "lowergamma", "uppergamma"), 150),
    **dict.fromkeys(("beta", "polygamma(0, x)"), 250),
    **dict.fromkeys((f"polygamma({order}, x)" for order in range(5, 9)), 100),
}
"""How many roundings JAX's own functions may be off; measured at 300 random points, times about four."""


@pytest.mark.parametrize("name", EXPRESSIONS)
@settings(max_examples=20)
@given(data=st.data())
def test_compiled_functions_agree_with_multiple_precision(name: str, data: st.DataObject) -> None:
    expression, (low, high) = EXPRESSIONS[name]
    at_x, at_y = data.draw(_lanes(low, high)), data.draw(_lanes(0.25, 2.0))
    found = np.asarray(_compiled(name)(np.array(at_x), np.array(at_y)))
    for lane in range(LANES):
        expected = _exact(expression, at_x[lane], at_y[lane])
        allowed = ROUNDINGS.get(name, 32) * EPS * max(abs(expected), 1.0)
        assert abs(found[lane] - expected) <= allowed, (at_x[lane], at_y[lane])


def _trees() -> st.SearchStrategy[sympy.Expr]:
    """Random expressions of operations that are defined and Lipschitz on the whole line."""
    leaves = st.one_of(st.sampled_from([x, y]), st.fractions(-3, 3, max_denominator=9).map(sympy.Rational))

    def grow(smaller: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
        pairs = st.tuples(smaller, smaller)
        return st.one_of(
            pairs.map(lambda pair: pair[0] + pair[1]),
            pairs.map(lambda pair: pair[0] * pair[1]),
            pairs.map(lambda pair: sympy.Max(*pair)),
            smaller.map(lambda u: sympy.sqrt(1 + u**2)),
            *(smaller.map(function) for function in LIPSCHITZ),
        )

    return st.recursive(leaves, grow, max_leaves=6)


LIPSCHITZ = (sympy.sin, sympy.cos, sympy.tanh, sympy.atan, sympy.asinh)
"""Functions whose derivative never exceeds 1, so that an error does not grow in them."""


def _enclose(expression: sympy.Expr, point: dict[sympy.Symbol, float]) -> tuple[float, float]:
    """Return the value in double precision and a running bound of its rounding error."""
    if expression in point:
        return point[expression], 0.0
    if not expression.args:
        return float(expression), EPS * abs(float(expression))
    parts = [_enclose(argument, point) for argument in expression.args]
    if isinstance(expression, sympy.Add):
        total = sum(value for value, _ in parts)
        return total, sum(error + len(parts) * EPS * abs(value) for value, error in parts)
    if isinstance(expression, sympy.Mul):
        value, high = 1.0, 1.0
        for factor, error in parts:
            value, high = value * factor, high * (abs(factor) + error) * (1 + EPS)
        return value, high - abs(value) + 2 * len(parts) * EPS * high
    if isinstance(expression, sympy.Pow):
        (base, error), (exponent, _) = parts
        value = base**exponent
        slope = abs(exponent) * (abs(base) + error) ** (exponent - 1)
        return value, slope * error * (1 + error) + 8 * EPS * abs(value)
    if isinstance(expression, sympy.Max):
        return max(value for value, _ in parts), max(error for _, error in parts)
    value = float(expression.func(parts[0][0]))
    return value, parts[0][1] + 8 * EPS * (abs(value) + EPS)


@settings(max_examples=25)
@given(tree=_trees(), at=st.tuples(st.floats(-3, 3), st.floats(-3, 3)))
@example(tree=(x**2) ** y + 1, at=(1.5, 2.5))
@example(tree=sympy.Max(x, -x, y) - sympy.Max(x * y, sympy.Rational(1, 3)), at=(0.1, 0.2))
def test_random_expressions_agree_with_multiple_precision(tree: sympy.Expr, at: tuple[float, float]) -> None:
    found = float(compile_expression(tree, (x, y))(*at))
    expected = _exact(tree, *at)
    _, allowed = _enclose(tree, {x: at[0], y: at[1]})
    assert abs(found - expected) <= 4 * allowed + 4 * EPS * abs(expected) + np.finfo(np.float64).tiny


def test_the_same_function_runs_under_jit_vmap_and_grad() -> None:
    expression = sympy.erf(x * y) + sympy.loggamma(x + 2)
    compiled = compile_expression(expression, (x, y))
    slope = compile_expression(expression.diff(x), (x, y))
    points = np.linspace(0.1, 2.0, 7)
    with float64():
        at = jnp.asarray(points)
        assert np.array_equal(jax.jit(compiled)(at, 0.5), compiled(points, 0.5))
        assert np.array_equal(jax.vmap(compiled, (0, None))(at, jnp.asarray(0.5)), compiled(points, 0.5))
        gradient = jax.vmap(jax.grad(compiled), (0, None))(at, jnp.asarray(0.5))
    assert np.allclose(gradient, slope(points, 0.5), rtol=1e-13, atol=0)


def test_every_kind_of_number_shares_one_compilation() -> None:
    traces: list[str] = []

    def counted(values: jax.Array) -> jax.Array:
        traces.append(str(values.dtype))
        return jnp.sin(values)

    f = sympy.Function("f")
    compiled = compile_expression(f(x) + 1, (x,), functions={f: counted})
    for number in (1, 1.0, np.float64(1), np.float32(1), np.array(1.0), np.array(1, "int32"), jnp.asarray(1.0)):
        assert float(compiled(number)) == pytest.approx(1 + np.sin(1.0), rel=4 * EPS)
    assert traces == ["float64"]
    compiled(np.ones(3))
    assert traces == ["float64"] * 2


def test_single_precision_tracers_are_refused() -> None:
    compiled = compile_expression(x**2, (x,))
    with pytest.raises(PrecisionError, match="compiled for float64"):
        jax.jit(compiled)(1.0)


def test_float32_stays_float32() -> None:
    compiled = compile_expression(sympy.sqrt(2) * x + sympy.Rational(1, 3), (x,), dtype="float32")
    assert compiled(1.0).dtype == "float32"
    with float64():
        assert compiled(1.0).dtype == "float32"


def test_several_expressions_share_a_trailing_axis_and_broadcast() -> None:
    compiled = compile_expression([x + y, sympy.Integer(3), x**2], (x, y))
    found = np.asarray(compiled(np.arange(4.0)[:, None], np.arange(2.0)))
    assert found.shape == (4, 2, 3)
    assert np.array_equal(found[3, 1], [4.0, 3.0, 9.0])
    assert compile_expression([x], (x,))(1.0).shape == (1,)
    assert float(compile_expression(sympy.pi, ())()) == np.pi


def test_given_functions_bring_their_derivatives() -> None:
    f, u = sympy.Function("lambda", positive=True), sympy.Symbol("u")
    expression = f(x**2).diff(x) + f(x).diff(x, 2) + sympy.Subs(f(u).diff(u), u, x + 1)
    compiled = compile_expression(expression, (x,), functions={f: (jnp.sin, jnp.cos, lambda z: -jnp.sin(z))})
    expected = 2 * 0.5 * np.cos(0.25) - np.sin(0.5) + np.cos(1.5)
    assert float(compiled(0.5)) == pytest.approx(expected, rel=8 * EPS)
    with pytest.raises(CompileError, match="derivative 2 of lambda is needed"):
        compile_expression(expression, (x,), functions={f: (jnp.sin, jnp.cos)})


def test_symbols_that_share_a_name_stay_apart() -> None:
    positive = sympy.Symbol("x", positive=True)
    assert float(compile_expression(x - positive, (x, positive))(5.0, 3.0)) == 2.0
    keyword = sympy.Symbol("lambda")
    assert float(compile_expression(keyword + 1, (keyword,))(1.0)) == 2.0
    with pytest.raises(CompileError, match="unbound: x"):
        compile_expression(positive, (x,))


def test_the_digest_names_the_expression_and_not_its_symbols() -> None:
    u, v = sympy.Dummy("u"), sympy.Dummy("v")
    digest = compile_expression(x**2 + y, (x, y)).digest
    assert digest == compile_expression(u**2 + v, (u, v)).digest
    assert digest != compile_expression(x**2 + y, (y, x)).digest
    assert digest != compile_expression(x**2 - y, (x, y)).digest
    assert digest != compile_expression(x**2 + y, (x, y), dtype="float32").digest
    assert digest != compile_expression([x**2 + y], (x, y)).digest


def test_the_source_shows_shared_subexpressions_once() -> None:
    source = compile_expression(sympy.exp(x * y) + sympy.sin(sympy.exp(x * y)), (x, y)).source
    assert source.count("jax_exp") == 1


def test_values_that_are_not_real_are_nan() -> None:
    for expression in (sympy.sqrt(x), sympy.log(x), sympy.loggamma(x), x ** sympy.Rational(1, 3), sympy.acosh(x)):
        assert np.isnan(compile_expression(expression, (x,))(-0.5))
    gap = compile_expression(sympy.Piecewise((1, x > 0), (2, x < -1)), (x,))
    assert np.isnan(gap(-0.5))


host = implemented_function("host", lambda value: value + 1)
unknown = sympy.Function("unknown")

REFUSED: dict[str, tuple[object, str]] = {
    "unbound symbol": (x + sympy.Symbol("z"), "unbound: z"),
    "undefined function": (unknown(x), "unknown is undefined"),
    "host function": (host(x), "on the host"),
    "no counterpart": (sympy.LambertW(x) + 1, r"LambertW\(x\) has no JAX counterpart"),
    "order": (sympy.besseli(2, x), r"besseli\(2, x\) has no JAX counterpart"),
    "other kind": (sympy.besselk(0, x), "besselk"),
    "big integer": (10**30 * x, "does not fit in 64 bits"),
    "negative big integer": (x ** sympy.Integer(-(2**63) - 1), "does not fit in 64 bits"),
    "nan": (sympy.nan, "nan"),
    "complex infinity": (x + sympy.zoo, "zoo"),
    "infinity": (sympy.Piecewise((x, x > 0), (sympy.oo, True)), "oo in"),
    "imaginary": (sympy.I * x, "I is not a finite real number"),
    "overflow": (sympy.exp(1000) * x, "beyond the range of a double"),
    "matrix": (sympy.Matrix([x]), "is not a scalar"),
    "matrix symbol": (sympy.MatrixSymbol("M", 2, 2), "is not a scalar"),
    "array": (sympy.Array([x]), "is not a scalar"),
    "truth value": (x < 1, "has no JAX counterpart"),
    "text": ("x", "has no JAX counterpart"),
    "integral": (sympy.Integral(sympy.exp(-x * y**2), (y, 0, 1)), "carry it out in SymPy first"),
    "derivative": (unknown(x).diff(x), "carry it out in SymPy first"),
    "infinite sum": (sympy.Sum(x**y, (y, 0, sympy.oo)), "does not run between two integers"),
    "long sum": (sympy.Sum(x**y, (y, 0, 10_000)), "more than 10000 terms"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_faithful_counterpart_is_refused_by_name(case: str) -> None:
    expression, message = REFUSED[case]
    with pytest.raises(CompileError, match=message):
        compile_expression(expression, (x,))


def test_malformed_arguments_are_refused() -> None:
    with pytest.raises(CompileError, match="is repeated"):
        compile_expression(x, (x, x))
    with pytest.raises(CompileError, match="is no symbol"):
        compile_expression(x, (sympy.IndexedBase("x")[0],))
    with pytest.raises(CompileError, match="only those can be given"):
        compile_expression(x, (x,), functions={sympy.sin: jnp.sin})
    with pytest.raises(CompileError, match="one argument by that argument"):
        compile_expression(unknown(x, y).diff(x), (x, y), functions={unknown: (jnp.sin, jnp.cos)})
    with pytest.raises(TypeError, match="1 arguments are needed"):
        compile_expression(x, (x,))(1.0, 2.0)
