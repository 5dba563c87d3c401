"""Rigorous enclosures in ball arithmetic of the numbers that a claim prints.

The integrals are those of Arb's adaptive Gauss-Legendre quadrature with bounds in the complex plane; what lies beyond
the interval of integration is bounded by a Gaussian tail.
"""

from fractions import Fraction

import flint

TAIL = 40
"""The integrals run over |z| <= 40: the Gaussian mass beyond is below 1e-348."""


def enclose_two_point_separation(signal: Fraction, *, digits: int = 30) -> flint.arb:
    """Enclose lambda(s) of the two points -1, 1 (and of every hypercube): `E tanh(s^2 + s Z)`, Z ~ N(0, 1).

    **Arguments:** `signal` is s > 0, exact; `digits` the decimal digits of the working precision.

    **Raises:** `ValueError` for s <= 0.
    """
    if signal <= 0:
        raise ValueError(f"the signal must be positive, not {signal}")
    with flint.ctx.workprec(int(3.4 * digits) + 40):
        s = flint.arb(flint.fmpq(signal.numerator, signal.denominator))

        def integrand(z: flint.acb, _analytic: bool) -> flint.acb:
            # tanh has poles: on a ball that holds one Arb returns infinity, and the quadrature subdivides.
            return (s * s + s * z).tanh() * (-z * z / 2).exp()

        body = flint.acb.integral(integrand, -TAIL, TAIL).real / (2 * flint.arb.pi()).sqrt()
        # |tanh| <= 1, and P(|Z| > x) <= exp(-x^2/2).
        beyond = (-flint.arb(TAIL) ** 2 / 2).exp()
        return body + flint.arb(0, beyond.upper())
