"""Symbols of the pushforward system, named once.

The review moves a base law mu_0 to the data law mu_1 by a map: phi on a sampling space, psi on the data's space. Its
particles run the other way, from data X_0 ~ mu_1 to noise X_oo ~ mu_0, by `dX = -U dt + sqrt(2) dB` with U = grad E.
All quantities are dimensionless.

    paper          here            meaning
    <f | mu>       mean of f       the duality bracket (1)
    D_oo, D_2      see modules     maximum and mean formulation, (2) and (3)
    d              dimension       of the data's space
    s              frequency       |s| for a frequency s in R^d
    |x - y|        distance
    E, U           energy, drift   of equation (5)
    r_t, v_t       density, speed  of equation (6)
    t              t               time of a particle (data to noise), or of the flow mu_t (noise to data)
"""

from sympy import Symbol, symbols

dimension = Symbol("d", integer=True, positive=True)
distance = Symbol("r", positive=True)
frequency = Symbol("s", positive=True)
t = Symbol("t", positive=True)
x = Symbol("x", real=True)
places = symbols("x y z", real=True)
"""Coordinates of R^d, d <= 3; the first is x."""
variance = Symbol("V", positive=True)
"""Variance of a centred Gaussian law on the line."""
degree = Symbol("n", integer=True, positive=True)
DIMENSIONS = (1, 2, 3)
