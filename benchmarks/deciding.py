"""Time the decision of every identity and twin of the corpus: median and quartiles of the CPU time, by topic.

Run as `python -m benchmarks.deciding`. A sample is one expression, witness or proof with its replay included; building
the expressions is not. What the kernel answered stands in the note: a wrong verdict would make its speed worthless.
"""

from collections import Counter
from collections.abc import Sequence

from tests.deciding.corpus import TOPICS
from tests.deciding.verdicts import Answer, answers

from .measurement import Measurement
from .script import run_script
from .timing import Timing


def summarize(name: str, found: Sequence[Answer]) -> Measurement:
    """Count the verdicts on identities and twins, and keep every time."""
    verdicts = Counter(("identity" if each.truth else "twin", each.decision.verdict.value) for each in found)
    slowest = max(found, key=lambda each: each.milliseconds)
    identities = sum(each.truth for each in found)
    wrong = verdicts["identity", "refuted"] + verdicts["twin", "proved"]
    # The kernel computes in one thread: what it takes by the CPU's clock is what one waits for.
    seconds = tuple(each.milliseconds / 1000 for each in found)
    return Measurement(
        what=f"decide: {name}",
        size=f"{len(found)} expressions",
        timing=Timing(seconds, seconds),
        note=f"{verdicts['identity', 'proved']} of {identities} identities proved, {verdicts['twin', 'refuted']} of "
        f"{len(found) - identities} twins refuted, {wrong} wrong; "
        f"slowest {slowest.milliseconds:.0f} ms ({slowest.name})",
    )


def measure(smoke: bool) -> list[Measurement]:
    """Time the corpus topic by topic; one topic alone where `smoke` is set."""
    found = {topic: answers(topic) for topic in list(TOPICS)[: 1 if smoke else None]}
    rows = [summarize(topic, several) for topic, several in found.items()]
    return [*rows, summarize("all", [answer for several in found.values() for answer in several])]


if __name__ == "__main__":
    run_script("deciding", measure)
