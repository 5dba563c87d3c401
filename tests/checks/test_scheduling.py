"""Units on a pool that breaks, hangs and kills: who gets the blame, and what is kept."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, cast

import pytest

from lemmata.checks.cache import EvidenceStore
from lemmata.checks.catalogue import describe_module
from lemmata.checks.closure import ImportGraph
from lemmata.checks.pool import WorkerPool
from lemmata.checks.run import Outcome, Progress, Settings, run_checks
from lemmata.checks.worker import Unit

TOYS = str(Path(__file__).parent / "toy_claims" / "arithmetic.py")
BASE = describe_module(TOYS)[0]
"""`toy.base`: two checks, each on the claim and on one control."""


class FaultyPool:
    """Run every unit here and now, unless the next of `faults` says how it ends."""

    def __init__(self, *faults: Callable[[Unit], None] | None) -> None:
        self._faults = list(faults)
        self.units: list[Unit] = []

    def submit(self, function: Callable[[Unit], Any], unit: Unit, *, timeout: float, group: str) -> "Future[Any]":
        assert (timeout, group) == (300.0, unit.origin)
        self.units.append(unit)
        future: Future[Any] = Future()
        try:
            fault = self._faults.pop(0) if self._faults else None
            if fault is not None:
                fault(unit)
            future.set_result(function(unit))
        except BaseException as error:
            future.set_exception(error)
        return future

    def stop(self) -> None:
        """Have nothing to stop."""


def break_pool(_: Unit) -> None:
    raise BrokenProcessPool("another unit's doing")


def run_out_of_time(_: Unit) -> None:
    raise TimeoutError


def run_out_of_time_on_the_control(unit: Unit) -> None:
    from dataclasses import replace

    from lemmata.checks.worker import run_unit

    run_unit(replace(unit, keys={None: unit.keys[None]}))
    raise TimeoutError


def run(pool: FaultyPool, folder: Path, **settings: Any) -> Outcome:
    seen: list[Progress] = []
    outcome = run_checks(
        [BASE],
        settings=Settings(timeout=300.0, **settings),
        store=EvidenceStore(folder),
        graph=ImportGraph(),
        pool=cast(WorkerPool, pool),
        report=seen.append,
    )
    assert (seen[-1].done, seen[-1].total) == (2, 2)
    return outcome


def failures(outcome: Outcome) -> dict[tuple[str, str | None], str]:
    return {(check, control): leg.failure for (_, check, control), leg in outcome.legs.items()}


SOUND = {(check, control): "" for check in ("induction", "sampled") for control in (None, "off by one")}


def test_all_legs_are_collected_and_stored(tmp_path: Path) -> None:
    outcome = run(FaultyPool(), tmp_path)
    assert failures(outcome) == SOUND
    pool = FaultyPool()
    again = run(pool, tmp_path)
    assert pool.units == []
    assert (again.cached, again.legs) == (2, outcome.legs)


def test_only_what_is_missing_runs(tmp_path: Path) -> None:
    run(FaultyPool(), tmp_path)
    first = next(iter(tmp_path.rglob("evidence/*/*.json")))
    first.unlink()
    pool = FaultyPool()
    assert failures(run(pool, tmp_path)) == SOUND
    assert [len(unit.keys) for unit in pool.units] == [1]


@pytest.mark.parametrize("breaks", [1, 2])
def test_a_unit_survives_a_pool_that_breaks_under_it(tmp_path: Path, breaks: int) -> None:
    assert failures(run(FaultyPool(break_pool, None, *[break_pool] * (breaks - 1)), tmp_path)) == SOUND


def test_a_unit_under_which_every_pool_breaks_is_a_crash(tmp_path: Path) -> None:
    outcome = run(FaultyPool(break_pool, None, break_pool, break_pool), tmp_path)
    assert failures(outcome) == {**SOUND, ("induction", None): "crash", ("induction", "off by one"): "skipped"}


def test_a_claim_that_runs_out_of_time_takes_its_controls_with_it(tmp_path: Path) -> None:
    pool = FaultyPool(run_out_of_time)
    assert failures(run(pool, tmp_path)) == {
        **SOUND,
        ("induction", None): "timeout",
        ("induction", "off by one"): "skipped",
    }
    assert len(pool.units) == 2


def test_a_control_that_runs_out_of_time_leaves_what_was_finished(tmp_path: Path) -> None:
    pool = FaultyPool(run_out_of_time_on_the_control)
    assert failures(run(pool, tmp_path)) == {**SOUND, ("induction", "off by one"): "timeout"}
    assert failures(run(FaultyPool(), tmp_path)) == SOUND, "a time-out is never stored"


def test_a_leg_of_an_earlier_run_does_not_hide_a_time_out(tmp_path: Path) -> None:
    run(FaultyPool(), tmp_path)
    outcome = run(FaultyPool(run_out_of_time), tmp_path, use_store=False)
    assert failures(outcome)["induction", None] == "timeout"


def test_a_sample_that_runs_out_of_time_changes_nothing(tmp_path: Path) -> None:
    before = run(FaultyPool(), tmp_path)
    after = run(FaultyPool(run_out_of_time), tmp_path, sample_seed=1)
    assert len(after.sampled) == 1
    assert (after.legs, after.disagreements) == (before.legs, [])


def test_the_sample_is_drawn_by_its_seed(tmp_path: Path) -> None:
    run(FaultyPool(), tmp_path)
    drawn = [run(FaultyPool(), tmp_path, sample_seed=seed).sampled for seed in (1, 1, 2, 3, 4, 5, 6)]
    assert drawn[0] == drawn[1]
    assert len({name for names in drawn for name in names}) == 2
