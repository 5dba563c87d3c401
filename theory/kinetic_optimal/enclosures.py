"""Rigorous decimal enclosures of the channel of two points, each with a certificate that a second method replays.

For X uniform on {-1, 1} and Y = s X + eps the posterior mean is tanh(s Y), and given X = 1, s Y = s^2 + s Z:

    separation           lambda(s) = E tanh(s^2 + s Z)
    squared variance     E Var(X | Y)^2 = E sech(s^2 + s Z)^4
    information          I(X; Y) = s^2 - E log cosh(s^2 + s Z)

The first method is Arb's adaptive Gauss-Legendre quadrature with bounds in the complex plane. The second, which
replays, is the trapezoidal rule with the error bound for integrands that are analytic in a strip: with |f| integrating
to at most M along every line |Im z| <= a, step h and all of the real line, the error is at most
2 M/(exp(2 pi a/h) - 1).

References: [trefethen2014], for the rule on the real line.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import flint

from ..replay import ReplayError, ReplayReport, register_replayer
from ..verdict import Certificate, Json

KIND = "two-point enclosure"
LARGEST_SIGNAL = 20

TAIL = 40
"""The integrals run over |z| <= 40: the Gaussian mass beyond is below 1e-348."""


def _tanh(y: flint.acb) -> flint.acb:
    return y.tanh()


def _sech_to_the_fourth(y: flint.acb) -> flint.acb:
    return y.sech() ** 4


def _log_cosh(y: flint.acb) -> flint.acb:
    # On |Im y| <= pi/4 the real part of cosh is positive, and so is that of its exponential form's last factor.
    return y.cosh().log()


INTEGRANDS = {"separation": _tanh, "squared variance": _sech_to_the_fourth, "information": _log_cosh}
"""What is averaged, as a function of y = s^2 + s z; information is s^2 minus it."""


@final
@dataclass(frozen=True, slots=True)
class Enclosure:
    """A number known to lie in [low, low + 10^-digits], with the certificate that says so."""

    low: Fraction
    digits: int
    certificate: Certificate

    @property
    def high(self) -> Fraction:
        """The upper end."""
        return self.low + Fraction(1, 10**self.digits)

    def distance(self, value: Fraction) -> Fraction:
        """Return a lower bound of the distance between the number and `value`; 0 where it may be the same."""
        return max(self.low - value, value - self.high, Fraction(0))


def enclose_two_points(quantity: str, signal: Fraction, *, digits: int = 20) -> Enclosure:
    """Enclose a quantity of the two points -1, 1, which every hypercube has per dimension.

    **Arguments:** `quantity` is a key of `INTEGRANDS`; `signal` is s > 0, exact, at most 20 (beyond, the quantities are
    constant to 80 digits); `digits` the decimals of the enclosure.

    **Raises:** `ValueError` for another quantity or signal.
    """
    if quantity not in INTEGRANDS or not 0 < signal <= LARGEST_SIGNAL:
        raise ValueError(f"no quantity {quantity!r} at s = {signal}: want one of {sorted(INTEGRANDS)}, 0 < s <= 20")
    low = _first_decimals(_integrate_adaptively, quantity, signal, digits)
    payload = {"quantity": quantity, "signal": str(signal), "digits": digits, "decimals": str(low)}
    return Enclosure(Fraction(low, 10**digits), digits, Certificate(KIND, payload))


@register_replayer(KIND)
def replay_enclosure(payload: Mapping[str, Json]) -> ReplayReport:
    """Enclose the number again by the trapezoidal rule, and compare the decimals.

    **Raises:** `ReplayError` where they differ, or the payload is not one.
    """
    if set(payload) != {"quantity", "signal", "digits", "decimals"} or payload["quantity"] not in INTEGRANDS:
        raise ReplayError("not the certificate of an enclosure")
    quantity, text, digits = payload["quantity"], payload["signal"], payload["digits"]
    try:
        signal = Fraction(text)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise ReplayError(f"the signal {text!r} is no rational number") from error
    sound = type(digits) is int and 1 <= digits <= 100 and str(signal) == text
    if not (sound and 0 < signal <= LARGEST_SIGNAL):
        raise ReplayError("not the certificate of an enclosure")
    found = _first_decimals(_integrate_by_trapezoids, quantity, signal, digits)
    if str(found) != payload["decimals"]:
        raise ReplayError(f"the trapezoidal rule finds {found}, the certificate says {payload['decimals']}")
    return ReplayReport(
        KIND, f"{quantity} of two points at s = {signal}", f"in {found}e-{digits} + [0, 1e-{digits}]", ()
    )


def _first_decimals(
    integrate: Callable[[str, flint.arb, int], flint.arb], quantity: str, signal: Fraction, digits: int
) -> int:
    """Return floor(10^digits value), raising the precision until it is certain."""
    precision = int(3.4 * digits) + 40
    while True:
        with flint.ctx.workprec(precision):
            s = flint.arb(flint.fmpq(signal.numerator, signal.denominator))
            mean = integrate(quantity, s, precision)
            value = s * s - mean if quantity == "information" else mean
            found = (value * flint.arb(10) ** digits).floor().unique_fmpz()
        if found is not None:
            return int(found)
        precision *= 2


def _integrate_adaptively(quantity: str, s: flint.arb, _precision: int) -> flint.arb:
    """Enclose the mean over z by Arb's adaptive quadrature."""
    mean = INTEGRANDS[quantity]

    def integrand(z: flint.acb, analytic: bool) -> flint.acb:
        y = s * s + s * z
        if quantity == "information" and analytic and not y.cosh().real > 0:
            # The logarithm has a cut where cosh is negative: on a ball that may meet it, nothing is promised.
            return flint.acb("nan")
        # tanh and sech have poles: on a ball that holds one Arb returns infinity, and the quadrature subdivides.
        return mean(y) * (-z * z / 2).exp()

    body = flint.acb.integral(integrand, -TAIL, TAIL).real / (2 * flint.arb.pi()).sqrt()
    return body + _beyond(s)


def _integrate_by_trapezoids(quantity: str, s: flint.arb, precision: int) -> flint.arb:
    """Enclose the mean over z by the trapezoidal rule.

    In the strip |Im z| <= a = min(pi/(4 s), 3): |tanh| <= 1, |sech|^4 <= 4, |log cosh y| <= |Re y| + 3, and the
    Gaussian factor grows by exp(a^2/2).
    """
    mean = INTEGRANDS[quantity]
    width = (flint.arb.pi() / (4 * s)).min(flint.arb(3))
    bound = (4 + s * s + s) * (width**2 / 2).exp()
    refinement = 1
    while not 2 * bound / ((2 * flint.arb.pi() * width * refinement).exp() - 1) < flint.arb(2) ** (
        -precision // 2 - 20
    ):
        refinement *= 2
    total = flint.arb(0)
    for k in range(-TAIL * refinement, TAIL * refinement + 1):
        z = flint.arb(k) / refinement
        total += mean(flint.acb(s * s + s * z)).real * (-z * z / 2).exp()
    discretisation = 2 * bound / ((2 * flint.arb.pi() * width * refinement).exp() - 1)
    body = total / refinement / (2 * flint.arb.pi()).sqrt()
    return body + flint.arb(0, 1) * discretisation + _beyond(s)


def _beyond(s: flint.arb) -> flint.arb:
    """Bound what lies beyond |z| = TAIL, for the integral and for the sum.

    There |f| <= (4 + s^2 + s |z|) exp(-z^2/2)/sqrt(2 pi), a decreasing function of |z|, so the sum times the step is at
    most the integral plus the first term; both are below 2 (4 + s^2 + s TAIL) exp(-TAIL^2/2).
    """
    return flint.arb(0, 1) * (4 * (4 + s * s + s * TAIL) * (-(flint.arb(TAIL) ** 2) / 2).exp())
