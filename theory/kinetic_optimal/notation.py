"""Symbols of the kinetic-optimal system, named once.

Data X1 in R^d with E|X1|^2 = d, noise eps ~ N(0, I) independent of it, and a Gaussian path
`X_t = alpha(t) X1 + sigma(t) eps` from noise at t = 0 (alpha = 0, sigma = 1) to data at t = 1 (alpha = 1, sigma = 0).
Time runs from noise to data. All quantities are dimensionless.

    paper   here               meaning
    a_t     alpha, alpha_dot   coefficient of the data and its time derivative
    s_t     sigma, sigma_dot   coefficient of the noise and its time derivative
    snr     s, gamma           signal-to-noise ratio alpha/sigma, and its square
    lambda  separation(s)      E|E[X1 | X]|^2 / d
            v                  1 - lambda: minimum mean-square error per dimension
            r, theta           polar coordinates alpha = r sin theta, sigma = r cos theta, so that s = tan theta
            h(theta)           speed of the flat angle: Theta' = h(theta) theta'
            Theta, Theta_m     flat angle, and its value at theta = pi/2
            J                  int_0^oo (1 - lambda(s)) ds
            L                  H(X1)/d, Shannon entropy of the data per dimension, in nats
            i                  I(gamma)/d, mutual information between data and noisy data per dimension, in nats
"""

from sympy import Function, Symbol

t = Symbol("t", real=True)
alpha = Symbol("alpha", positive=True)
sigma = Symbol("sigma", positive=True)
alpha_dot = Symbol("alpha_dot", real=True)
sigma_dot = Symbol("sigma_dot", real=True)
s = Symbol("s", positive=True)
gamma = Symbol("gamma", positive=True)
separation = Function("lambda", real=True)
r = Symbol("r", positive=True)
theta = Symbol("theta", positive=True)
r_dot = Symbol("r_dot", real=True)
theta_dot = Symbol("theta_dot", real=True)
angular_speed = Function("h", positive=True)
flat_angle = Symbol("Theta", nonnegative=True)
flat_angle_dot = Symbol("Theta_dot", real=True)
final_angle = Symbol("Theta_m", positive=True)
error_integral = Symbol("J", nonnegative=True)
entropy_rate = Symbol("L", positive=True)
information_rate = Symbol("i", positive=True)
error = Symbol("v", positive=True)
fraction = Symbol("k", positive=True)
squared_covariance = Symbol("q", nonnegative=True)
"""E tr Cov(X1 | Y)^2 / d."""
earlier_separation = Symbol("lambda_1", nonnegative=True)
later_separation = Symbol("lambda_2", nonnegative=True)
