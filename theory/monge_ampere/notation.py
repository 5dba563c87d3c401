"""Symbols of the Monge-Ampere system, named once.

Data X in R^d with law mu, the Ornstein-Uhlenbeck process `dX_t = -X_t dt + sqrt(2) dB_t` started at X, and gamma the
law N(0, I) that it tends to. Time t runs from data to noise, the horizon is T; the regular time tau runs from noise
(tau = 0) to data. All quantities are dimensionless. A statement about one coordinate is a statement about each.

    paper   here             meaning
    t, T    t, horizon       time, and the time at which the reverse flow starts
            a, q             e^-T, what is left of the data at the horizon, and e^T
            tau              signal-to-noise ratio e^-t/sqrt(1 - e^-2t); for smoothed data see `regular_coordinates`
            u                the regular coordinate of x: u = x sqrt(1 + tau^2) has the law of tau X + eps
            s_0              standard deviation of Gaussian smoothing of the data, 0 for discrete data
            xhat             posterior mean E[X | x], one coordinate of it
            score            d log p_t/dx
            y, w             one atom of the data (a coordinate of it), and its weight
            m, c, l          mean, variance, and an eigenvalue of the covariance of the data
"""

from sympy import Symbol

t = Symbol("t", positive=True)
horizon = Symbol("T", positive=True)
x = Symbol("x", real=True)
u = Symbol("u", real=True)
tau = Symbol("tau", positive=True)
remaining = Symbol("a", positive=True)
"""e^-T."""
growth = Symbol("q", positive=True)
"""e^T, above 1."""
smoothing = Symbol("s_0", nonnegative=True)
posterior_mean = Symbol("xhat", real=True)
score = Symbol("score", real=True)
atom = Symbol("y", real=True)
weight = Symbol("w", positive=True)
mean = Symbol("m", real=True)
variance = Symbol("c", positive=True)
eigenvalue = Symbol("l", positive=True)
