"""The leading term of the optimal map from the law at the horizon to N(0, I), by the linearised Monge-Ampere equation.

    mehler_residuals         p_T/gamma = 1 + a^k h_k + ..., the coefficient of a^k an eigenfunction: L h_k = -k h_k
    linearised_operator      of det(I + e D^2 psi) gamma(x + e grad psi) = (1 + e h) gamma: L = Laplacian - x.grad
    leading_displacement     psi = -h/k; on the line the displacement is -H_k He_(k-1)(x)/k!, k = 1, 2, 3 by series
    leading_gap_squared      E|grad psi|^2 = |M_k|^2/(k! k): |m|, |C - I|_F/2, |kappa_3|/sqrt 18 for k = 1, 2, 3

with a = e^-T, gamma the density of N(0, I), L the Ornstein-Uhlenbeck generator, M_k = E He_k(X) the Hermite moment
tensors of the data (m; C - I if m = 0; kappa_3 if also C = I), k the first with M_k != 0, and H_k = M_k on the line.

Every d and every k: Mehler's kernel is a product over coordinates and L a sum, so that one coordinate decides
`a d/da M = -L M`, and comparing powers of a gives the eigenvalue -k. Hermite functions of different order are
orthogonal and `E <M_k, He_k>^2 = k! |M_k|^2`, by the generating function exp(<xi, x> - |xi|^2/2), again a product. The
eigenvalue and an integration by parts give `E|grad psi|^2 = k E psi^2 = E h^2/k`. The linearisation is decided for
generic psi in dimensions 1, 2, 3; in any other, d/de det(I + e A) = tr A at e = 0 (Jacobi's formula) says the same.

What is derived is the leading term of the map, order by order in a: exactly on the line, where the map at x is a smooth
function of a by the implicit function theorem. That the L2 norm of the remainder is o(a^k), and the expansion of the
optimal map in d >= 2 (regularity of the Monge-Ampere equation), are not derived here.

References: [villani2003] for the linearisation of the Monge-Ampere equation.
"""

import sympy as sp
from sympy import Expr, diff, erf, exp, factorial, pi, sqrt

from .notation import atom, remaining, x

order = sp.Symbol("k", integer=True, positive=True)
moment = sp.Symbol("M", nonnegative=True)
"""The norm of the first Hermite moment tensor that is not 0; on the line, with its sign, `hermite_moment`."""
hermite_moment = sp.Symbol("H", real=True)
laplacian_of_potential, radial_slope = sp.symbols("Laplacian radial", real=True)
"""Laplacian psi and <x, grad psi>."""
_forcing = sp.symbols("xi eta", real=True)

LARGEST_ORDER = 3
"""Orders that are derived by series on the line."""


def hermite(degree: int, at: Expr) -> Expr:
    """Return the monic Hermite polynomial He_k, orthogonal under N(0, 1), from its generating function."""
    force = _forcing[0]
    return sp.expand(diff(exp(force * at - force**2 / 2), force, degree).subs(force, 0))


def mehler_kernel() -> Expr:
    """Return the density of a y + sqrt(1 - a^2) eps relative to that of eps, at x: one coordinate, in a, x and y."""
    spread = 1 - remaining**2
    return exp(-((x - remaining * atom) ** 2) / (2 * spread) + x**2 / 2) / sqrt(spread)


def generator(function: Expr) -> Expr:
    """Return L f = f'' - x f' in one coordinate."""
    return diff(function, x, 2) - x * diff(function, x)


def mehler_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in k, leaves over of the eigenvalue of the coefficient of a^k.

    The kernel is decided to satisfy a dM/da = -L M with M = 1 at a = 0, and its coefficients up to third order to be
    He_k(x) He_k(y)/k!, eigenfunctions with the claimed eigenvalue.
    """
    kernel = mehler_kernel()
    residuals = {
        "no data at a = 0": kernel.subs(remaining, 0) - 1,
        "a dM/da = -L M": remaining * diff(kernel, remaining) + generator(kernel),
    }
    for k in range(1, LARGEST_ORDER + 1):
        coefficient = hermite(k, x) * hermite(k, atom) / factorial(k)
        residuals[f"coefficient {k}"] = diff(kernel, remaining, k).subs(remaining, 0) / factorial(k) - coefficient
        residuals[f"eigenvalue {k}"] = generator(hermite(k, x)) - claimed.subs(order, k) * hermite(k, x)
    return residuals


def eigenvalue_formula() -> Expr:
    """Return the eigenvalue of L on Hermite functions of order k: `-k`."""
    return -order


def linearised_operator() -> Expr:
    """Return L psi in terms of Laplacian psi and <x, grad psi>: their difference."""
    return laplacian_of_potential - radial_slope


def linearised_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the first order of the Monge-Ampere equation, in dimensions 1, 2 and 3."""
    small = sp.Symbol("e", real=True)
    residuals: dict[str, Expr] = {}
    for dimension in (1, 2, 3):
        places = sp.symbols(f"x_1:{dimension + 1}", real=True)
        potential = sp.Function("psi", real=True)(*places)
        gradient = [diff(potential, place) for place in places]
        hessian = sp.Matrix(dimension, dimension, lambda i, j, p=potential, at=places: diff(p, at[i], at[j]))
        moved = sum((p + small * slope) ** 2 - p**2 for p, slope in zip(places, gradient, strict=True))
        mass = (sp.eye(dimension) + small * hessian).det(method="berkowitz") * exp(-moved / 2)
        found = {
            laplacian_of_potential: hessian.trace(),
            radial_slope: sum(p * slope for p, slope in zip(places, gradient, strict=True)),
        }
        first_order = diff(mass, small).subs(small, 0)
        residuals[f"d = {dimension}"] = first_order - claimed.subs(found, simultaneous=True)
    return residuals


def leading_displacement(degree: int) -> Expr:
    """Return the coefficient of a^k in the map on the line, in x and H_k: `-H_k He_(k-1)(x)/k!`."""
    return -hermite_moment * hermite(degree - 1, x) / factorial(degree)


def leading_displacement_residuals(claimed: dict[int, Expr]) -> dict[str, Expr]:
    """Return what the claimed displacements leave over of the conserved mass at order k in a.

    The map B from p_T to N(0, 1) has P(N(0, 1) <= B(x)) = P(a X + sqrt(1 - a^2) eps <= x). With all Hermite moments
    below k zero, the left side at order k is the displacement times the normal density; the right side is an
    expectation over atoms y of the k-th coefficient, which is decided to be He_k(y) times a factor without y.
    """
    share = (1 + erf((x - remaining * atom) / sqrt(2 * (1 - remaining**2)))) / 2
    normal = exp(-(x**2) / 2) / sqrt(2 * pi)
    residuals: dict[str, Expr] = {}
    for k, displacement in claimed.items():
        coefficient = diff(share, remaining, k).subs(remaining, 0) / factorial(k)
        map_to_order = (1 + erf((x + remaining**k * displacement) / sqrt(2))) / 2
        moved = diff(map_to_order, remaining, k).subs(remaining, 0) / factorial(k)
        residuals[f"order {k}, one atom"] = coefficient - moved.subs(hermite_moment, hermite(k, atom))
        residuals[f"order {k}, the map"] = moved - displacement * normal
        potential_slope = displacement + hermite_moment * diff(hermite(k, x), x) / (k * factorial(k))
        residuals[f"order {k}, gradient of -h/k"] = potential_slope
    return residuals


def displacements() -> dict[int, Expr]:
    """Return the leading displacements on the line for k = 1, 2, 3."""
    return {k: leading_displacement(k) for k in range(1, LARGEST_ORDER + 1)}


def leading_gap_squared() -> Expr:
    """Return the limit of `e^(2kT) E|B(x) - x|^2`, in k and |M_k|: `|M_k|^2/(k! k)`."""
    return moment**2 / (factorial(order) * order)


def _normal_mean(polynomial: Expr) -> Expr:
    """Return the expectation of a polynomial in x under N(0, 1)."""
    terms = sp.Poly(polynomial, x).as_dict().items()
    return sum((c * sp.factorial2(n - 1) for (n,), c in terms if n % 2 == 0), sp.S.Zero)


def leading_gap_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in k and M, leaves over of the squared norm of the displacement.

    In every dimension and for every k: E|grad psi|^2 = -E psi L psi, coordinate by coordinate the integral of a
    divergence, with psi = -h/k, L psi = h and E h^2 = k! |M/k!|^2. On the line, for k = 1, 2, 3, the displacement
    squared is averaged.
    """
    force, other = _forcing
    f, g = (sp.Function(name, real=True)(x) for name in ("f", "g"))
    weight = exp(-(x**2) / 2)
    both = exp(force * x - force**2 / 2 + other * x - other**2 / 2 - x**2 / 2)
    square = factorial(order) * (moment / factorial(order)) ** 2
    residuals = {
        "divergence form of L": diff(f * diff(g, x) * weight, x)
        - (f * generator(g) + diff(f, x) * diff(g, x)) * weight,
        "generating functions": both - exp(force * other) * exp(-((x - force - other) ** 2) / 2),
        "every order": claimed - order * square / order**2,
    }
    for k in range(1, LARGEST_ORDER + 1):
        squared = sp.expand(leading_displacement(k) ** 2)
        on_line = claimed.subs(order, k).subs(moment, hermite_moment)
        residuals[f"order {k} on the line"] = _normal_mean(squared) - on_line
    return residuals
