"""The energy as a metric: polar form, flat coordinates, equations of motion, the straight line."""

from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr, Integer, Rational, cos, sin, tan

from ...theory.kinetic_optimal import energy_bounds, geometry, identities
from ...theory.kinetic_optimal.geometry import FlatMetric, KineticOptimalOde, StraightLine
from ...theory.kinetic_optimal.notation import (
    angular_speed,
    final_angle,
    flat_angle,
    flat_angle_dot,
    r,
    r_dot,
    separation,
    theta,
    theta_dot,
)
from ...theory.verdict import Strength, Verdict
from ..builders import derivation, identity
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most
from .oracle import ode_oracle, path_oracle

SHAUL_ODE = Source("shaul2023", "abstract, (ii)", Reading.RESTATED)
NEW = Source("lemmata", "this catalogue", Reading.NEW)
HERE = "the two points -1 and 1 in d = 1, s = 1 at theta = pi/4: h^2 = 1 - 2 (1 - 0.5504) = 0.1008"
NEARLY = Rational(101, 100)


def _energy_ode(**changes: Expr) -> KineticOptimalOde:
    """Return the equations of motion with some parts replaced."""
    return replace(geometry.kinetic_optimal_ode(), **changes)


def _line(**changes: Expr) -> StraightLine:
    """Return the straight line with some parts replaced."""
    return replace(geometry.straight_line(), **changes)


def _uniform_motion(claimed: Expr) -> Iterator[Comparison]:
    """Compare the claimed multiple of the squared chord with the length of x(t) = t, which is exactly 1."""
    yield compare_at_most(float(claimed), 1.0, 0.0, strength=Strength.EXACT, point={"x": "t"})


polar_form = Claim(
    id="kinetic-optimal.polar-form",
    title="In polar coordinates the energy is that of a curve in a plane whose angle is stretched",
    statement=r"""
With $`\alpha = r \sin\theta`$, $`\sigma = r \cos\theta`$, so that $`s = \alpha/\sigma = \tan\theta`$, the kinetic
energy density of a Gaussian path is

```math
\frac{1}{d}\,\mathbb{E}|u_t|^2 = \dot r^2 + r^2\, h(\theta)^2\, \dot\theta^2,
\qquad h(\theta)^2 = 1 - (1 + s^2)\,(1 - \lambda(s)),
```

for every $`d`$ and every $`X_1`$ with $`\mathbb{E}|X_1|^2 = d`$; by the linear floor, $`0 \le h \le 1`$.
""",
    source=SHAUL_ODE,
    formula=geometry.angular_speed_squared,
    controls={
        "the factor (1 + s^2) dropped": false(lambda: separation(tan(theta))),
        "sign of the separation term flipped": false(lambda: 2 - geometry.angular_speed_squared(), near=True),
        "h^2 off by one per cent": false(lambda: geometry.angular_speed_squared() * NEARLY, near=True),
    },
    checks=(identity(identities.polar_residuals, name="change of coordinates"),),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.kinetic-energy", "kinetic-optimal.linear-floor"),
    instance=lambda: HERE,
)

flat_metric = Claim(
    id="kinetic-optimal.flat-metric",
    title="The stretched angle makes the metric flat",
    statement=r"""
Let $`\Theta(\theta) = \int_0^\theta h`$. Then, wherever $`h > 0`$, the coordinates
$`x = r \cos\Theta`$, $`y = r \sin\Theta`$ turn the kinetic energy density into

```math
\dot r^2 + r^2 h(\theta)^2 \dot\theta^2 = \dot x^2 + \dot y^2 .
```

A Gaussian path from noise to data is a curve from $`(1, 0)`$ to $`(\cos\Theta_m, \sin\Theta_m)`$ with
$`\Theta_m = \Theta(\pi/2) \le \pi/2`$.
""",
    source=NEW,
    formula=geometry.flat_metric,
    controls={
        "Theta' = h^2 theta'": false(
            lambda: FlatMetric(r * cos(flat_angle), r * sin(flat_angle), angular_speed(theta) ** 2)
        ),
        "Theta' = 1.01 h theta'": false(
            lambda: FlatMetric(r * cos(flat_angle), r * sin(flat_angle), NEARLY * angular_speed(theta)), near=True
        ),
    },
    checks=(identity(identities.flat_metric_residuals, name="line element"),),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.polar-form",),
    instance=lambda: HERE,
)

euler_lagrange = Claim(
    id="kinetic-optimal.euler-lagrange",
    title="The geodesic accelerations solve the Euler-Lagrange equations for every separation function",
    statement=r"""
For a twice differentiable $`\lambda`$ with $`h > 0`$, the Euler-Lagrange equations of
$`\int_0^1 \frac{1}{d}\mathbb{E}|u_t|^2\, dt`$ in $`(\alpha, \sigma)`$ vanish identically on

```math
\ddot r = r\, h(\theta)^2\, \dot\theta^2, \qquad
\ddot\theta = -\frac{2 \dot r \dot\theta}{r} - \frac{h'(\theta)}{h(\theta)}\, \dot\theta^2 .
```
""",
    source=SHAUL_ODE,
    formula=geometry.kinetic_optimal_ode,
    controls={
        "radial acceleration without h^2": false(lambda: _energy_ode(radial_acceleration=r * theta_dot**2)),
        "sign of the curvature term flipped": false(
            lambda: _energy_ode(
                angular_acceleration=-geometry.kinetic_optimal_ode().angular_acceleration - 4 * r_dot * theta_dot / r
            ),
            near=True,
        ),
        "Coriolis term 2.02 in place of 2": false(
            lambda: _energy_ode(
                angular_acceleration=geometry.kinetic_optimal_ode().angular_acceleration
                - Rational(2, 100) * r_dot * theta_dot / r
            ),
            near=True,
        ),
    },
    checks=(identity(identities.euler_lagrange_residuals, name="Euler-Lagrange"),),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.polar-form",),
    instance=lambda: HERE,
)

ko_ode = Claim(
    id="kinetic-optimal.ko-ode",
    title="The kinetic-optimal path solves a one-dimensional ODE of first order",
    statement=r"""
Along a solution of the Euler-Lagrange equations, $`r^2 h(\theta) \dot\theta`$ and
$`\dot r^2 + r^2 h^2 \dot\theta^2`$ are constant. On the path from noise to data their values are $`\sin\Theta_m`$ and
$`2 - 2\cos\Theta_m`$, and the signal-to-noise ratio obeys

```math
\dot s = \frac{(1 + s^2)\, \sin\Theta_m}{r^2\, h(\theta)} .
```
""",
    source=SHAUL_ODE,
    formula=geometry.kinetic_optimal_ode,
    controls={
        "momentum r h theta'": false(lambda: _energy_ode(angular_momentum=r * angular_speed(theta) * theta_dot)),
        "rate off by one per cent": false(
            lambda: _energy_ode(first_order=geometry.kinetic_optimal_ode().first_order * NEARLY), near=True
        ),
        "radial acceleration off by one per cent": false(
            lambda: _energy_ode(radial_acceleration=geometry.kinetic_optimal_ode().radial_acceleration * NEARLY),
            near=True,
        ),
    },
    checks=(identity(identities.first_integral_residuals, name="first integrals"), ode_oracle),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.euler-lagrange",),
    instance=lambda: HERE,
)

flat_angle_equation = Claim(
    id="kinetic-optimal.flat-angle-equation",
    title="The flat angle obeys an equation that knows no data",
    statement=r"""
Along the kinetic-optimal path, with $`c`$ the direction of the point of the straight line that is nearest to the
origin,

```math
\ddot\Theta = -2 \tan(\Theta - c)\, \dot\Theta^2, \qquad
\{\Theta; t\} = \frac{\dddot\Theta}{\dot\Theta} - \frac{3}{2} \frac{\ddot\Theta^2}{\dot\Theta^2} = -2 \dot\Theta^2 ,
```

the second without any constant of the path: the data enter through $`\Theta`$ alone.
""",
    source=NEW,
    formula=identities.angle_acceleration_formula,
    controls={
        "sign flipped": false(lambda: -identities.angle_acceleration_formula()),
        "1.98 in place of 2": false(
            lambda: (
                identities.angle_acceleration_formula()
                + Rational(2, 100) * tan(flat_angle - identities.direction) * flat_angle_dot**2
            ),
            near=True,
        ),
    },
    checks=(identity(identities.angle_equation_residuals, name="straight line in polar form"),),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.flat-metric",),
    instance=lambda: HERE,
)

shortest_chord = Claim(
    id="kinetic-optimal.shortest-chord",
    title="No curve of the flat plane goes below the square of its chord",
    statement=r"""
For every differentiable coordinate $`x(t)`$ on $`[0, 1]`$,
$`\int_0^1 \dot x^2\, dt \ge c\,(x(1) - x(0))^2`$ with $`c = 1`$, attained by uniform motion. Summed over both flat
coordinates: no Gaussian path has less kinetic energy than the square of the chord, $`2 - 2\cos\Theta_m`$.
""",
    source=NEW,
    formula=lambda: Integer(1),
    controls={
        "c = 1.01": false(lambda: NEARLY, near=True),
        "c = 2": false(lambda: Integer(2)),
    },
    checks=(
        derivation(
            lambda _: energy_bounds.derive_shortest_chord(),
            energy_bounds.chord_at_most_length,
            attack=_uniform_motion,
            name="square, integrated",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "x(t) = t: both sides are 1",
)

straight_line = Claim(
    id="kinetic-optimal.straight-line",
    title="The kinetic-optimal path is a straight line, in closed form",
    statement=r"""
For $`0 < \Theta_m \le \pi/2`$ the minimiser of the kinetic energy over Gaussian paths from noise to data is, as a
function of the flat angle $`\Theta \in [0, \Theta_m]`$,

```math
t = \frac{\sin\Theta}{\sin\Theta + \sin(\Theta_m - \Theta)}, \qquad
r = \frac{\sin\Theta_m}{\sin\Theta + \sin(\Theta_m - \Theta)},
```

and its energy is $`2 - 2\cos\Theta_m`$, which no other path goes below.
""",
    source=NEW,
    formula=geometry.straight_line,
    controls={
        "Theta_m scaled by 1.01 in the energy": false(
            lambda: _line(energy=2 - 2 * cos(NEARLY * final_angle)), near=True
        ),
        "radius 1": false(lambda: _line(radius=final_angle / final_angle)),
        "time linear in the angle": false(lambda: _line(time=flat_angle / final_angle)),
    },
    checks=(identity(identities.straight_line_residuals, name="straight line"), path_oracle),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.flat-metric", "kinetic-optimal.shortest-chord"),
    instance=lambda: HERE,
)

CLAIMS = (polar_form, flat_metric, euler_lagrange, ko_ode, flat_angle_equation, shortest_chord, straight_line)
