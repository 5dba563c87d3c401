"""One line of the table of benchmarks, and the table itself as JSON, as text and as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from .timing import Timing

HEADINGS = ("what", "size", "dtype", "median", "quartiles", "CPU", "against", "ratio", "rate", "of GEMM", "peak memory")
MISSING = "-"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was timed, how large it was, and what that amounts to.

    **Arguments:** `dtype` is the precision of products and exponentials, if there are any; `peer` names what does the
    same work, timed in the same run, and `peer_timing` is its time for all of it; `work` counts operations by unit
    (`flop`, `exp`); `gemm_rate` is what the same machine's matrix product reached in the same run, in flop per second;
    `peak_bytes` is the largest resident memory of a process that did nothing else; `note` is one sentence.
    """

    what: str
    size: str
    timing: Timing
    dtype: str = ""
    peer: str = ""
    peer_timing: Timing | None = None
    work: Mapping[str, float] = field(default_factory=dict)
    gemm_rate: float | None = None
    peak_bytes: int | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times longer the peer takes, by the wall clock."""
        return None if self.peer_timing is None else self.peer_timing.seconds / self.timing.seconds

    @property
    def cpu_ratio(self) -> float | None:
        """How many times more CPU seconds the peer takes."""
        if self.peer_timing is None or self.timing.cpu_seconds == 0:
            return None
        return self.peer_timing.cpu_seconds / self.timing.cpu_seconds

    @property
    def rates(self) -> dict[str, float]:
        """Operations per second, by unit."""
        return {unit: count / self.timing.seconds for unit, count in self.work.items()}

    @property
    def gemm_share(self) -> float | None:
        """The achieved share of the machine's own matrix-product rate."""
        return None if self.gemm_rate is None else self.rates["flop"] / self.gemm_rate

    def to_json(self) -> dict[str, Any]:
        """Return the measurement, samples included, as JSON."""
        first, third = self.timing.quartiles
        return {
            "what": self.what,
            "size": self.size,
            "dtype": self.dtype,
            "seconds": self.timing.seconds,
            "quartiles": [first, third],
            "cpu_seconds": self.timing.cpu_seconds,
            "wall_samples": list(self.timing.wall),
            "cpu_samples": list(self.timing.cpu),
            "peer": self.peer,
            "peer_seconds": None if self.peer_timing is None else self.peer_timing.seconds,
            "peer_cpu_seconds": None if self.peer_timing is None else self.peer_timing.cpu_seconds,
            "ratio": self.ratio,
            "cpu_ratio": self.cpu_ratio,
            "rates_per_second": self.rates,
            "gemm_rate": self.gemm_rate,
            "gemm_share": self.gemm_share,
            "peak_bytes": self.peak_bytes,
            "note": self.note,
        }


def show_seconds(seconds: float) -> str:
    """Return a time with three digits, in the unit that suits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1 or unit == "µs":
            return f"{seconds * factor:.3g} {unit}" if seconds * factor < 1000 else f"{seconds * factor:.0f} {unit}"
    raise AssertionError("unreachable")


def show_rate(rate: float, unit: str) -> str:
    """Return operations per second with three digits: `12.3 GFLOP/s`, `1.2 Gexp/s`."""
    name = {"flop": "FLOP", "exp": "exp"}.get(unit, unit)
    for prefix, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if rate >= factor:
            return f"{rate / factor:.3g} {prefix}{name}/s"
    return f"{rate:.3g} {name}/s"


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of one line of the table, from the JSON of a measurement."""
    first, third = row["quartiles"]
    rates = [show_rate(rate, unit) for unit, rate in row["rates_per_second"].items()]
    ratio = MISSING if row["ratio"] is None else f"{row['ratio']:.3g}"
    if row["cpu_ratio"] is not None:
        ratio += f" (CPU {row['cpu_ratio']:.3g})"
    return (
        row["what"],
        row["size"],
        row["dtype"] or MISSING,
        show_seconds(row["seconds"]),
        f"{show_seconds(first)} to {show_seconds(third)}",
        show_seconds(row["cpu_seconds"]),
        row["peer"] or MISSING,
        ratio,
        ", ".join(rates) or MISSING,
        MISSING if row["gemm_share"] is None else f"{row['gemm_share']:.0%}",
        MISSING if row["peak_bytes"] is None else f"{row['peak_bytes'] / 1e9:.2f} GB",
    )


def _used_columns(lines: Sequence[Sequence[str]]) -> list[int]:
    """Return the columns in which anything stands below the heading."""
    return [column for column in range(len(HEADINGS)) if any(line[column] != MISSING for line in lines)]


def text_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay measurements out for a terminal, and leave out columns in which nothing stands."""
    lines = [cells(row) for row in rows]
    used = _used_columns(lines)
    body = [[line[column] for column in used] for line in (HEADINGS, *lines)]
    widths = [max(map(len, column)) for column in zip(*body, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in body
    )


def markdown_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay measurements out as a Markdown table, with the notes below it."""
    rows = list(rows)
    lines = [cells(row) for row in rows]
    used = _used_columns(lines)
    head = [HEADINGS[column] for column in used]
    text = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    text += ["| " + " | ".join(line[column] for column in used) + " |" for line in lines]
    notes = [f"- {row['what']}, {row['size']}: {row['note']}" for row in rows if row["note"]]
    return "\n".join([*text, *([""] if notes else []), *notes])
