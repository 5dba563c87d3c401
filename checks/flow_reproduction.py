"""Certified points of the Monge-Ampere flow as lines of a stand-alone script: each is followed again in floating point.

The script follows `du/dtau = E[X | u]` by the classical Runge-Kutta method and compares the atom that wins, or the
place at the end, with what the certificate says. Of a refutation by two points it also shows that they cross: the
product of their differences with those of their images is negative.
"""

from collections.abc import Iterator, Mapping
from pprint import pformat
from typing import Final

from ..theory.verdict import Json

KINDS: Final = ("flow label", "flow point")
"""Kinds of certificates that hold a point of the flow."""

DEFINITIONS: Final = '''\
import math
from fractions import Fraction


def follow(atoms, weights, u, first, last, steps=4000):
    """Follow du/dtau = E[X | u] by the classical Runge-Kutta method, in steps that grow."""

    def velocity(u, tau):
        ratios = [sum(tau * a * x - (tau * a) ** 2 / 2 for a, x in zip(y, u)) for y in atoms]
        logs = [math.log(w) + ratio for w, ratio in zip(weights, ratios)]
        shares = [math.exp(value - max(logs)) for value in logs]
        return [sum(s * y[i] for s, y in zip(shares, atoms)) / sum(shares) for i in range(len(u))]

    def ahead(u, slope, h):
        return [x + h * v for x, v in zip(u, slope)]

    times = [first + (last - first) * (k / steps) ** 1.5 for k in range(steps + 1)]
    for tau, after in zip(times, times[1:]):
        h = after - tau
        one = velocity(u, tau)
        two = velocity(ahead(u, one, h / 2), tau + h / 2)
        three = velocity(ahead(u, two, h / 2), tau + h / 2)
        four = velocity(ahead(u, three, h), after)
        u = ahead(u, [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(one, two, three, four)], h)
    return u


def arrive(name, flow):
    """Compare where the flow arrives with what was certified; return the start and the image."""
    global failed
    atoms = [[float(Fraction(x)) for x in atom] for atom in flow["atoms"]]
    weights, start = ([float(Fraction(x)) for x in flow[key]] for key in ("weights", "start"))
    first = float(Fraction(flow["signal"]))
    if "label" in flow:
        nearest = min(math.dist(a, b) for k, a in enumerate(atoms) for b in atoms[:k])
        last = first + 24 / nearest
        image = [x / last for x in follow(atoms, weights, start, first, last)]
        found = min(range(len(atoms)), key=lambda k: math.dist(atoms[k], image))
        met, image, said = found == flow["label"], atoms[found], f"ends at atom {found}"
    else:
        last = float(Fraction(flow["end"]))
        image = follow(atoms, weights, start, first, last)
        apart = max(abs(x - float(Fraction(c))) for x, c in zip(image, flow["centre"]))
        met, said = apart < 1e-6, f"is {apart:.1g} from where it has to be at tau = {last:g}"
        image = [x / last for x in image]
    failed += not met
    print("ok  " if met else "FAIL", f"{name}: the flow from ({', '.join(flow['start'])}) {said}")
    return start, image


def cross(name, one, two):
    """Show that the product of differences of two points and of their images is negative."""
    global failed
    product = sum((a - b) * (p - q) for a, b, p, q in zip(one[0], two[0], one[1], two[1]))
    failed += not product < 0
    print("ok  " if product < 0 else "FAIL", f"{name}: <u_1 - u_2, y_1 - y_2> = {product:.6g} < 0")
'''


def find_flows(certificate: Json, name: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield the points of the flow inside a certificate, however deep, each with its name."""
    if isinstance(certificate, dict) and certificate.get("kind") in KINDS:
        yield name, certificate["payload"]
    elif isinstance(certificate, dict) and certificate.get("kind") == "all":
        for part, inner in certificate["payload"]["parts"].items():
            yield from find_flows(inner, part)


def write_flows(evidence: Mapping[str, Json]) -> str:
    """Return the lines that follow the points of a piece of evidence again; none where it has no such points."""
    flows = list(find_flows(evidence["certificate"], evidence["check"]))
    names = [f"flow_{k + 1}" for k in range(len(flows))]
    lines = [
        f"{variable} = arrive({name!r}, {pformat(dict(flow), width=116)})"
        for variable, (name, flow) in zip(names, flows, strict=True)
    ]
    if evidence["witness"] is not None and len(flows) == 2:
        lines.append(f"cross({evidence['check']!r}, {', '.join(names)})")
    return "\n".join([*lines, ""]) if lines else ""
