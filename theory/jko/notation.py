"""Symbols of the JKO system, named once.

The scheme: mu_(k+1) minimises `J(mu) + W_2(mu, mu_k)^2/(2 tau)` with

    J(mu) = int V dmu + c_U int int U(x - y) dmu dmu + int F(rho) dx,    F(rho) = beta rho log rho or rho^p/(p - 1).

X has the law mu_k, Y the law mu_(k+1), and (X, Y) is an optimal coupling; x and y are values of them. All quantities
are dimensionless; a statement about one coordinate is a statement about each.

    paper   here            meaning
    tau     tau             time step, and the spacing of snapshots
    beta    beta            diffusivity: the entropy's factor
    c_U     constant        1/2 where the pair energy counts each pair once, 1 where it counts it twice
            l, k            second derivatives of V and U where these are quadratic
            c               where a quadratic V is smallest
            m, s            mean and standard deviation of a Gaussian law; m_0, s_0 before the step
            p               exponent of the porous medium: F(rho) = rho^p/(p - 1)
"""

from sympy import Symbol

tau = Symbol("tau", positive=True)
beta = Symbol("beta", positive=True)
constant = Symbol("c_U", positive=True)
x = Symbol("x", real=True)
y = Symbol("y", real=True)
t = Symbol("t", positive=True)
confinement = Symbol("l", real=True)
attraction = Symbol("k", real=True)
centre = Symbol("c", real=True)
old_mean = Symbol("m_0", real=True)
mean = Symbol("m", real=True)
old_scale = Symbol("s_0", positive=True)
scale = Symbol("s", positive=True)
exponent = Symbol("p", positive=True)
dimension = Symbol("d", integer=True, positive=True)
