"""Wall and CPU seconds of a function, as samples of warm runs with median and quartiles.

Both clocks are kept: wall seconds say how long one waits, CPU seconds what it costs, and their ratio how many cores
were at work. The first call compiles and fills caches, so it is never counted.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import jax

LEAST_SECONDS = 0.02
"""A sample shorter than this is repeated within itself: clocks and interrupts would show."""


@final
@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of repeated runs, by the clock on the wall and by that of the process."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.wall or len(self.wall) != len(self.cpu):
            raise ValueError(f"{len(self.wall)} wall times and {len(self.cpu)} CPU times are no timing")

    @property
    def seconds(self) -> float:
        """The median wall time."""
        return statistics.median(self.wall)

    @property
    def cpu_seconds(self) -> float:
        """The median CPU time."""
        return statistics.median(self.cpu)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The first and third quartile of the wall time; both are the value itself where there is only one."""
        if len(self.wall) == 1:
            return self.wall[0], self.wall[0]
        first, _, third = statistics.quantiles(self.wall, n=4, method="inclusive")
        return first, third

    def times(self, factor: float) -> "Timing":
        """Return the timing of `factor` times the work, by proportion."""
        return Timing(tuple(factor * t for t in self.wall), tuple(factor * t for t in self.cpu))


def time_once(function: Callable[[], Any]) -> Timing:
    """Time a single run, with whatever it compiles."""
    wall, cpu = time.perf_counter(), time.process_time()
    jax.block_until_ready(function())
    return Timing((time.perf_counter() - wall,), (time.process_time() - cpu,))


def time_warm(function: Callable[[], Any], *, repeats: int = 5) -> Timing:
    """Time `repeats` runs of `function` after one that is not counted.

    A device works on while Python goes on, so each run ends when its result is there. A function that takes less than
    `LEAST_SECONDS` is called several times for each sample.

    **Raises:** `ValueError` if `repeats` is below 1.
    """
    if repeats < 1:
        raise ValueError(f"at least one run is needed, not {repeats}")
    time_once(function)
    first = time_once(function)
    calls = max(1, round(LEAST_SECONDS / max(first.seconds, 1e-9)))

    def several() -> Any:
        for _ in range(calls - 1):
            jax.block_until_ready(function())
        return function()

    # A first sample that is long enough counts: at large sizes each takes minutes.
    samples = [first] if calls == 1 else []
    samples += [time_once(several).times(1 / calls) for _ in range(repeats - len(samples))]
    return Timing(tuple(sample.seconds for sample in samples), tuple(sample.cpu_seconds for sample in samples))
