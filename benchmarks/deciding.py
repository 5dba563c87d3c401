"""Time the decision of every identity and twin of the corpus: median and slowest CPU time, and verdicts by topic.

Run as `python -m benchmarks.deciding`; prints a table and writes `build/deciding.json`. Times are CPU milliseconds of
this process, witness or proof with its replay included; building the expressions is not.
"""

import argparse
import json
import platform
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import flint
import sympy
from tests.deciding.corpus import TOPICS
from tests.deciding.verdicts import Answer, answers

OUTPUT = Path("build/deciding.json")


def summary(name: str, found: list[Answer]) -> dict[str, Any]:
    """Count the verdicts on identities and twins, and find the median and the slowest time."""
    verdicts = Counter(("identity" if each.truth else "twin", each.decision.verdict.value) for each in found)
    slowest = max(found, key=lambda each: each.milliseconds)
    return {
        "topic": name,
        "expressions": len(found),
        "identities": sum(each.truth for each in found),
        "proved": verdicts["identity", "proved"],
        "twins": sum(not each.truth for each in found),
        "refuted": verdicts["twin", "refuted"],
        "wrong": verdicts["identity", "refuted"] + verdicts["twin", "proved"],
        "median_ms": round(statistics.median(each.milliseconds for each in found), 1),
        "slowest_ms": round(slowest.milliseconds, 1),
        "slowest": slowest.name,
    }


def table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'topic':<22}{'proved':>10}{'refuted':>10}{'wrong':>7}{'median ms':>11}{'slowest ms':>12}  slowest"]
    lines += [
        f"{row['topic']:<22}{row['proved']:>5}/{row['identities']:<4}{row['refuted']:>5}/{row['twins']:<4}{row['wrong']:>7}"
        f"{row['median_ms']:>11.1f}{row['slowest_ms']:>12.1f}  {row['slowest']}"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "topics", nargs="*", help=f"topics to time; all of them where none is given: {', '.join(TOPICS)}"
    )
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes (default: %(default)s)")
    options = parser.parse_args()
    unknown = sorted(set(options.topics) - set(TOPICS))
    if unknown:
        parser.error(f"unknown topics: {', '.join(unknown)}")
    found = {topic: list(answers(topic)) for topic in options.topics or TOPICS}
    rows = [summary(topic, several) for topic, several in found.items()]
    rows.append(summary("all", [answer for several in found.values() for answer in several]))
    print(table(rows))
    environment = {"python": platform.python_version(), "sympy": sympy.__version__, "python-flint": flint.__version__}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(
        json.dumps({"environment": environment, "topics": rows}, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
