"""How legs combine: the table of the design, row by row."""

import pytest

from lemmata.checks.claim import Quantifier
from lemmata.checks.combine import combine
from lemmata.checks.evidence import Evidence, Kind, Scope
from lemmata.theory.verdict import Certificate, Strength, Verdict, Witness

UNIVERSAL, EXISTENTIAL, ASYMPTOTIC = Quantifier


def leg(verdict: str, scope: str = "instance", *, strength: str = "exact", instance: str = "") -> Evidence:
    refuted, exact = verdict == "refuted", verdict in ("proved", "certified")
    return Evidence(
        check=verdict,
        kind=Kind.NUMERIC,
        scope=Scope(scope),
        verdict=Verdict(verdict),
        method="by hand",
        error=0.0,
        resolution=0.0,
        instance=instance,
        reason="cannot tell" if verdict == "undecided" else "",
        certificate=Certificate("identity", {}) if exact else None,
        witness=Witness(
            point={},
            strength=Strength(strength),
            observed="1",
            required="0",
            alpha=1e-6 if strength == "statistical" else None,
        )
        if refuted
        else None,
    )


PROOF, DISPROOF = leg("proved", "general"), leg("refuted", "general")
POINT, BACKING, SILENCE = leg("refuted"), leg("supported"), leg("undecided")
LIMIT, STATISTICAL_LIMIT = leg("refuted", "limit"), leg("refuted", "limit", strength="statistical")


@pytest.mark.parametrize(
    ("quantifier", "legs", "verdict"),
    [
        (UNIVERSAL, [], "undecided"),
        (UNIVERSAL, [SILENCE], "undecided"),
        (UNIVERSAL, [BACKING, SILENCE], "supported"),
        (UNIVERSAL, [PROOF, BACKING], "proved"),
        (UNIVERSAL, [leg("proved", "instance")], "supported"),
        (UNIVERSAL, [leg("certified", "instance")], "supported"),
        (UNIVERSAL, [leg("certified", "general"), BACKING], "certified"),
        (UNIVERSAL, [POINT], "refuted"),
        (UNIVERSAL, [leg("refuted", strength="statistical")], "refuted"),
        (UNIVERSAL, [POINT, BACKING], "refuted"),
        (UNIVERSAL, [POINT, PROOF], "conflict"),
        (UNIVERSAL, [leg("refuted", instance="n = 2"), leg("supported", instance="n = 2")], "conflict"),
        (UNIVERSAL, [leg("refuted", instance="n = 2"), leg("supported", instance="n = 1")], "refuted"),
        (EXISTENTIAL, [leg("proved", "instance")], "proved"),
        (EXISTENTIAL, [POINT], "undecided"),
        (EXISTENTIAL, [POINT, BACKING], "supported"),
        (EXISTENTIAL, [DISPROOF], "refuted"),
        (EXISTENTIAL, [DISPROOF, leg("proved", "instance")], "conflict"),
        (ASYMPTOTIC, [POINT], "undecided"),
        (ASYMPTOTIC, [POINT, BACKING], "supported"),
        (ASYMPTOTIC, [LIMIT], "refuted"),
        (ASYMPTOTIC, [STATISTICAL_LIMIT], "undecided"),
        (ASYMPTOTIC, [DISPROOF], "refuted"),
        (ASYMPTOTIC, [DISPROOF, PROOF], "conflict"),
        (ASYMPTOTIC, [leg("proved", "instance")], "supported"),
    ],
)
def test_legs_combine(quantifier: Quantifier, legs: list[Evidence], verdict: str) -> None:
    assert combine(legs, quantifier) == verdict
    assert combine(reversed(legs), quantifier) == verdict, "the order of legs must not matter"
