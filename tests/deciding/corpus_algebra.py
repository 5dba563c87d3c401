"""Rational functions, determinants and expressions with many generators."""

import itertools

import sympy as sp

from .corpus_entry import NANO, Entry, R, entry, p, q, r, u, v, w, x, y, z


def rational_functions() -> list[Entry]:
    a, b, c, d, e = sp.symbols("a b c d e")
    f, g, h = sp.symbols("f g h")
    lagrange = (a**2 + b**2 + c**2) * (x**2 + y**2 + z**2) - (a * x + b * y + c * z) ** 2
    crosses = (a * y - b * x) ** 2 + (a * z - c * x) ** 2 + (b * z - c * y) ** 2
    euler = (a**2 + b**2 + c**2 + d**2) * (e**2 + f**2 + g**2 + h**2)
    quaternion = (
        (a * e - b * f - c * g - d * h) ** 2
        + (a * f + b * e + c * h - d * g) ** 2
        + (a * g - b * h + c * e + d * f) ** 2
    )
    last = (a * h + b * g - c * f + d * e) ** 2
    weights = a / ((a - b) * (a - c)) + b / ((b - a) * (b - c)) + c / ((c - a) * (c - b))
    s = a + b + c
    return [
        entry(
            "partial-fractions",
            1 / (x * (x + 1) * (x + 2)) - (1 / x - 2 / (x + 1) + 1 / (x + 2)) / 2,
            1 / (x * (x + 1) * (x + 2)) - (1 / x - 2 / (x + 1) - 1 / (x + 2)) / 2,
        ),
        entry(
            "binomial-fifth",
            (x + y) ** 5 - sum(sp.binomial(5, i) * x**i * y ** (5 - i) for i in range(6)),
            (x + y) ** 5 - sum(sp.binomial(5, i) * x**i * y ** (5 - i) for i in range(6)) + NANO * x * y**4,
        ),
        entry("lagrange-identity", lagrange - crosses, lagrange - crosses + 2 * NANO * a * b * x * y),
        entry("four-squares", euler - quaternion - last, euler - quaternion - (a * h + b * g + c * f + d * e) ** 2),
        entry("lagrange-weights", weights, weights - NANO / (a - b)),
        entry(
            "sophie-germain",
            x**4 + 4 * y**4 - (x**2 + 2 * x * y + 2 * y**2) * (x**2 - 2 * x * y + 2 * y**2),
            x**4 + 4 * y**4 - (x**2 + 2 * x * y + 2 * y**2) * (x**2 - 2 * x * y - 2 * y**2),
        ),
        entry(
            "three-cubes",
            a**3 + b**3 + c**3 - 3 * a * b * c - s * (a**2 + b**2 + c**2 - a * b - b * c - c * a),
            a**3 + b**3 + c**3 - 3 * a * b * c - s * (a**2 + b**2 + c**2 - a * b - b * c + c * a),
        ),
        entry(
            "moebius-composition",
            ((x + 1) / (x - 1) + 1) / ((x + 1) / (x - 1) - 1) - x,
            ((x + 1) / (x - 1) + 1) / ((x + 1) / (x - 1) - 1) - x - NANO,
        ),
        entry(
            "cross-ratio",
            (a - c) * (b - d) / ((a - d) * (b - c))
            - (1 / a - 1 / c) * (1 / b - 1 / d) / ((1 / a - 1 / d) * (1 / b - 1 / c)),
            (a - c) * (b - d) / ((a - d) * (b - c))
            - (1 / a - 1 / c) * (1 / b - 1 / c) / ((1 / a - 1 / d) * (1 / b - 1 / d)),
        ),
        entry(
            "geometric-sum",
            sum(x**i for i in range(9)) - (x**9 - 1) / (x - 1),
            sum(x**i for i in range(9)) - (x**9 + 1) / (x - 1),
        ),
        entry(
            "newton-power-sum",
            a**3 + b**3 + c**3 - (s**3 - 3 * s * (a * b + b * c + c * a) + 3 * a * b * c),
            a**3 + b**3 + c**3 - (s**3 - 3 * s * (a * b + b * c + c * a) - 3 * a * b * c),
        ),
        entry(
            "hidden-common-factor",
            (x**20 - 1) / (x - 1) - sum(x**i for i in range(20)),
            (x**20 - 1) / (x - 1) - sum(x**i for i in range(20)) + NANO * x**10,
        ),
        entry("solved-hypothesis", x**3 + y**3 - 1 + 3 * x * y, x**3 + y**3 - 1 - 3 * x * y, sp.Eq(x + y, 1)),
        entry(
            "harmonic-mean",
            2 / (1 / p + 1 / q) - 2 * p * q / (p + q),
            2 / (1 / p + 1 / q) - (p + q) / 2,
        ),
    ]


def determinant(matrix: sp.Matrix) -> sp.Expr:
    """Expand a determinant by Leibniz's formula: SymPy's own simplifies on the way, which is slow and may fold."""
    size = matrix.rows
    return sp.Add(
        *(
            sp.LeviCivita(*order) * sp.Mul(*(matrix[row, column] for row, column in enumerate(order)))
            for order in itertools.permutations(range(size))
        )
    )


def inverse_of_order_two(matrix: sp.Matrix) -> sp.Matrix:
    adjugate = sp.Matrix([[matrix[1, 1], -matrix[0, 1]], [-matrix[1, 0], matrix[0, 0]]])
    return adjugate / determinant(matrix)


def _vandermonde(size: int) -> tuple[sp.Expr, sp.Expr]:
    nodes = sp.symbols(f"a1:{size + 1}")
    matrix = sp.Matrix(size, size, lambda i, j: nodes[i] ** j)
    return determinant(matrix), sp.Mul(*(nodes[j] - nodes[i] for i, j in itertools.combinations(range(size), 2)))


def linear_algebra() -> list[Entry]:
    A = sp.Matrix(2, 3, sp.symbols("a:6"))
    B = sp.Matrix(3, 2, sp.symbols("b:6"))
    minors = [
        determinant(A.extract([0, 1], list(c))) * determinant(B.extract(list(c), [0, 1]))
        for c in itertools.combinations(range(3), 2)
    ]
    M, N = sp.Matrix(3, 3, sp.symbols("m:9")), sp.Matrix(3, 3, sp.symbols("n:9"))
    S = sp.Matrix(4, 4, lambda i, j: sp.Symbol(f"s{min(i, j)}{max(i, j)}") * sp.sign(j - i))
    pfaffian = S[0, 1] * S[2, 3] - S[0, 2] * S[1, 3] + S[0, 3] * S[1, 2]
    small = sp.Matrix(2, 2, sp.symbols("t:4"))
    cayley = small * small - small.trace() * small + determinant(small) * sp.eye(2)
    column, row = sp.Matrix(sp.symbols("f:3")), sp.Matrix(sp.symbols("g:3"))
    vandermonde, product = _vandermonde(4)
    adjugate = sp.Matrix(3, 3, lambda i, j: (-1) ** (i + j) * determinant(M.minor_submatrix(j, i)))
    inverse = adjugate * M
    cauchy = sp.Matrix(3, 3, lambda i, j: 1 / (sp.Symbol(f"c{i}") + sp.Symbol(f"d{j}")))
    cs, ds = sp.symbols("c:3"), sp.symbols("d:3")
    pairs = sp.Mul(*((cs[j] - cs[i]) * (ds[j] - ds[i]) for i, j in itertools.combinations(range(3), 2)))
    sums = sp.Mul(*(ci + dj for ci in cs for dj in ds))
    turn = sp.Matrix([[sp.cos(u), -sp.sin(u)], [sp.sin(u), sp.cos(u)]])
    rodrigues = turn * sp.Matrix([v, w])
    inverted, update = inverse_of_order_two(small), sp.Matrix([x, y]) * sp.Matrix([[z, 1]])
    gain = (sp.Matrix([[z, 1]]) * inverted * sp.Matrix([x, y]))[0]
    return [
        entry(
            "cauchy-binet", determinant(A * B) - sum(minors), determinant(A * B) - (minors[0] - minors[1] + minors[2])
        ),
        entry(
            "determinant-product",
            determinant(M * N) - determinant(M) * determinant(N),
            determinant(M * N) - determinant(M) * determinant(N) + NANO * M[0, 0],
        ),
        entry("trace-cyclic", (M * N * M).trace() - (M * M * N).trace(), (M * M * N).trace() - (M * N * N).trace()),
        entry(
            "pfaffian-squared",
            determinant(S) - pfaffian**2,
            determinant(S) - (pfaffian + 2 * S[0, 2] * S[1, 3]) ** 2,
        ),
        entry("cayley-hamilton", cayley[0, 1] + x * cayley[0, 0], cayley[0, 0] + 2 * determinant(small)),
        entry(
            "matrix-determinant-lemma",
            determinant(sp.eye(3) + column * row.T) - 1 - (row.T * column)[0],
            determinant(sp.eye(3) + column * row.T) - 1 + (row.T * column)[0],
        ),
        entry("vandermonde", vandermonde - product, vandermonde + product),
        entry(
            "adjugate-diagonal",
            inverse[0, 0] - determinant(M),
            inverse[0, 0] - determinant(M.T) - NANO * inverse[0, 1] - NANO,
        ),
        entry(
            "cauchy-determinant",
            determinant(cauchy) - pairs / sums,
            determinant(cauchy) + pairs / sums,
        ),
        entry(
            "rotation-keeps-norm",
            (rodrigues.T * rodrigues)[0] - v**2 - w**2,
            (rodrigues.T * rodrigues)[0] - v**2 - w**2 + NANO * v * w,
        ),
        entry(
            "sherman-morrison",
            inverse_of_order_two(small + update)[0, 0] - (inverted - inverted * update * inverted / (1 + gain))[0, 0],
            inverse_of_order_two(small + update)[0, 0] - (inverted - inverted * update * inverted / (1 - gain))[0, 0],
        ),
        entry(
            "schur-complement",
            determinant(M) - M[0, 0] * determinant(M[1:, 1:] - M[1:, 0] * M[0, 1:] / M[0, 0]),
            determinant(M) - M[0, 0] * determinant(M[1:, 1:] + M[1:, 0] * M[0, 1:] / M[0, 0]),
        ),
    ]


def many_generators() -> list[Entry]:
    roots = [sp.sqrt(s) for s in (p, q, r)]
    exponentials = [sp.exp(t) for t in (u, v, w)]
    logs = [sp.log(s) for s in (p, q, r)]
    waves = [sp.sin(t) for t in (u, v, w)]
    total = sum(roots) + sum(exponentials) + sum(logs) + sum(waves)
    square = sum(t**2 for t in (*roots, *exponentials, *logs, *waves))
    cross = sum(2 * s * t for s, t in itertools.combinations((*roots, *exponentials, *logs, *waves), 2))
    mixed = (roots[0] + sp.exp(u) * sp.sin(v)) * (roots[1] + sp.log(r) * sp.cos(w))
    spread = (
        sp.sqrt(p * q)
        + roots[0] * sp.log(r) * sp.cos(w)
        + roots[1] * sp.exp(u) * sp.sin(v)
        + sp.exp(u) * sp.sin(v) * sp.log(r) * sp.cos(w)
    )
    tower = sp.exp(sp.sin(u) ** 2 + sp.log(p)) * sp.exp(sp.cos(u) ** 2 + sp.log(q))
    angles = sp.symbols("theta1:5", real=True)
    cosines = sp.cos(sum(angles))
    expanded = sp.expand_trig(cosines)
    radii = sp.symbols("rho1:7", positive=True)
    roots_of = [sp.sqrt(s) for s in radii]
    pairs = sum(sp.sqrt(s * t) for s, t in itertools.combinations(radii, 2))
    return [
        entry("square-of-twelve", total**2 - square - cross, total**2 - square - cross + NANO * roots[0] * waves[2]),
        entry("product-of-mixed", mixed - spread, mixed - spread + 2 * NANO * sp.log(r) * sp.exp(u)),
        entry("tower-of-exponentials", tower - sp.E * p * q, tower - (sp.E + NANO) * p * q),
        entry("cosine-of-four-angles", cosines - expanded, cosines - expanded.subs(angles[3], -angles[3])),
        entry(
            "six-roots",
            sum(roots_of) ** 2 - sum(radii) - 2 * pairs,
            sum(roots_of) ** 2 - sum(radii) - 2 * pairs - NANO * roots_of[5],
        ),
        entry(
            "log-of-many",
            sp.log(p**2 * q**3 * sp.sqrt(r) * sp.exp(u)) - 2 * sp.log(p) - 3 * sp.log(q) - sp.log(r) / 2 - u,
            sp.log(p**2 * q**3 * sp.sqrt(r) * sp.exp(u)) - 2 * sp.log(p) - 3 * sp.log(q) - sp.log(r) / R(3, 1) - u,
        ),
        entry(
            "nested-quotients",
            1 / (1 + 1 / (1 + 1 / (1 + sp.exp(u)))) - (2 + sp.exp(u)) / (3 + 2 * sp.exp(u)),
            1 / (1 + 1 / (1 + 1 / (1 + sp.exp(u)))) - (2 + sp.exp(u)) / (3 + 2 * sp.exp(-u)),
        ),
    ]
