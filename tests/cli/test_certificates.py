"""`replay` and `reproduce`: what was proved or refuted stands up without the code that found it."""

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sympy as sp

from lemmata.checks.builders import identity
from lemmata.checks.replaying import ReplayError, replay_certificate
from lemmata.checks.reproduction import IrreproducibleError, write_script
from lemmata.checks.trial import Run
from lemmata.cli.replay import find_certificates
from lemmata.theory.decide import decide_sign, decide_zero
from lemmata.theory.deciding.canonical_text import write_exactly
from lemmata.theory.replay import REPLAYERS
from lemmata.theory.verdict import Certificate, Decision, Json

if TYPE_CHECKING:
    from tests.cli.conftest import Workshop

x, y = sp.symbols("x y", positive=True)
z, odd = sp.Symbol("z"), sp.Symbol("lambda", real=True)
f = sp.Function("f")
N = sp.Function("N", real=True)

DECIDED = {
    "trigonometry": decide_zero(sp.sin(z) ** 2 + sp.cos(z) ** 2 - 1),
    "names that Python or SymPy has taken": decide_zero((odd + N(x)) ** 2 - odd**2 - N(x) ** 2 - 2 * odd * N(x)),
    "an unknown function": decide_zero((f(x) + sp.sqrt(x)) ** 2 - f(x) ** 2 - x - 2 * sp.sqrt(x) * f(x)),
    "a differential equation": decide_zero(sp.diff(f(x), x, 2) - y * f(x), (sp.Eq(sp.diff(f(x), x, 2), y * f(x)),)),
    "a sign": decide_sign(x**2 + y, ">0"),
    "a removable singularity": decide_zero(sp.cos(z) ** 2 * (1 + sp.sin(z) ** 2 / sp.cos(z) ** 2) - 1),
}


def evidence(decision: Decision, name: str = "decision") -> Json:
    witness, certificate = decision.witness, decision.certificate
    return {
        "check": name,
        "kind": "derivation",
        "witness": witness.to_json() if witness else None,
        "certificate": certificate.to_json() if certificate else None,
    }


def results(*pieces: Json, verdict: str = "proved") -> Json:
    claim = {"id": "toy.claim", "title": r"A title with \lambda", "verdict": verdict, "evidence": list(pieces)}
    return {"schema_version": 1, "claims": [claim]}


def run_script(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a script where lemmata cannot be imported."""
    blocked = f"import sys; sys.modules['lemmata'] = None\n{script}"
    return subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("name", DECIDED)
def test_what_is_reproduced_was_proved(name: str) -> None:
    assert DECIDED[name].verdict == "proved", DECIDED[name].reason


def test_proofs_are_reproduced_without_lemmata() -> None:
    script = write_script(results(*(evidence(decision, name) for name, decision in DECIDED.items()))["claims"][0])
    assert "import lemmata" not in script
    done = run_script(script)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in DECIDED:
        lines = [line for line in done.stdout.splitlines() if f" {name}: " in line]
        assert [line[:4] for line in lines] == ["ok  "] * 3


def test_a_script_fails_where_the_expression_is_another() -> None:
    certificate = DECIDED["trigonometry"].certificate
    assert certificate is not None
    piece = evidence(DECIDED["trigonometry"])
    piece["certificate"]["payload"] = {
        **certificate.payload,
        "claim": write_exactly(sp.sin(z) ** 2 + sp.cos(z) ** 2 - sp.Rational(1000001, 1000000)),
    }
    done = run_script(write_script(results(piece)["claims"][0]))
    assert done.returncode == 1
    assert "FAIL" in done.stdout


def test_statements_are_found_however_deep() -> None:
    parts = {name: evidence(decision)["certificate"] for name, decision in DECIDED.items()}
    certificate = {"kind": "all", "payload": {"parts": parts}}
    nested = {"check": "c", "kind": "derivation", "witness": None, "certificate": certificate}
    script = write_script(results(nested)["claims"][0])
    assert sum(line.startswith("check('c', ") for line in script.splitlines()) == len(DECIDED)


def test_a_witness_is_reproduced_without_lemmata() -> None:
    expression = f(x) * sp.sin(x) - y
    piece = evidence(decide_zero(expression, (x > 1,)))
    piece["witness"]["data"] |= {"expression": write_exactly(expression), "hypotheses": [write_exactly(x > 1)]}
    done = run_script(write_script(results(piece, verdict="refuted")["claims"][0]))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok   decision, at the witness: ")


def test_what_was_not_decided_has_no_script() -> None:
    numeric = {"check": "sampled", "kind": "numeric", "witness": None, "certificate": None}
    with pytest.raises(IrreproducibleError, match=r"toy\.claim rests on no expression that was decided"):
        write_script(results(numeric)["claims"][0])


def store(workshop: "Workshop", document: Json, name: str = "results.json") -> str:
    folder = workshop.folder / "build"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(document))
    return f"build/{name}"


def test_reproduce_prints_the_script_of_the_last_run(workshop: "Workshop") -> None:
    store(workshop, results(evidence(DECIDED["trigonometry"])))
    done = workshop.run("reproduce", "toy.claim")
    assert done.returncode == 0
    assert run_script(done.stdout).returncode == 0
    missing = workshop.run("reproduce", "toy.clam")
    assert missing.returncode == 2
    assert missing.stderr == "lemmata: build/results.json: the last run has no claim 'toy.clam'; nearest: toy.claim\n"


def test_reproduce_says_where_there_is_no_script(workshop: "Workshop") -> None:
    workshop.run("check", "arithmetic.py")
    done = workshop.run("reproduce", "toy.numeric")
    assert done.returncode == 5
    assert done.stderr == "lemmata: no script: toy.numeric rests on no expression that was decided (numeric)\n"


def test_replay_takes_results_evidence_and_certificates() -> None:
    both = identity(lambda _: {"one": sp.sin(z) ** 2 + sp.cos(z) ** 2 - 1, "two": sp.exp(x) * sp.exp(-x) - 1})
    whole = both(lambda: None, Run()).to_json()
    assert whole["certificate"]["kind"] == "all"
    several = results(evidence(DECIDED["trigonometry"]), evidence(DECIDED["a sign"], "sign"))
    for document, names in [
        (several, ["toy.claim / decision", "toy.claim / sign"]),
        (whole, ["identity"]),
        (whole["certificate"], ["file"]),
        ({"check": "sampled", "certificate": None}, []),
    ]:
        found = list(find_certificates(document, "file"))
        assert [name for name, _ in found] == names
        for _, certificate in found:
            assert replay_certificate(certificate).kind == certificate.kind


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("telepathy", {}, "no replayer for certificates of kind 'telepathy'"),
        ("all", {"parts": {}}, "not a certificate of several parts"),
        ("all", {"parts": [1]}, "not a certificate of kind 'all'"),
        ("all", {"parts": {"first": {"kind": "telepathy", "payload": {}}}}, "no replayer for certificates of kind"),
        ("derivation", {}, "the fields of a derivation"),
    ],
)
def test_what_does_not_hold_is_refused(kind: str, payload: Json, said: str) -> None:
    with pytest.raises(ReplayError, match=said):
        replay_certificate(Certificate(kind, payload))


def test_every_kind_has_a_replayer() -> None:
    with pytest.raises(ReplayError, match="no replayer"):
        replay_certificate(Certificate("telepathy", {}))
    assert {"identity", "sign", "derivation", "all"} < set(REPLAYERS), "those of the systems are registered too"


def test_replay_prints_a_line_for_each_and_fails_where_one_does(workshop: "Workshop") -> None:
    document = results(evidence(DECIDED["trigonometry"]), evidence(DECIDED["an unknown function"], "other"))
    document["claims"][0]["evidence"][0]["certificate"]["payload"]["claim"] = "Integer(1)"
    done = workshop.run("replay", store(workshop, document))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("! toy.claim / decision: ")
    assert lines[1].startswith("  toy.claim / other: identity ")
    assert lines[2] == "2 certificates: 1 hold, 1 do not"


@pytest.mark.parametrize(
    ("document", "code", "said"),
    [
        ([1, 2], 2, "neither a certificate, nor evidence, nor results"),
        ({"schema_version": 1, "claims": [{"id": "a.b"}]}, 2, "neither a certificate, nor evidence, nor results"),
        ({"schema_version": 1, "claims": []}, 5, "no certificates"),
    ],
)
def test_a_file_of_something_else_is_said_so(workshop: "Workshop", document: Json, code: int, said: str) -> None:
    done = workshop.run("replay", store(workshop, document))
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
