"""Snapshots from archives: every layout that is read gives the same data, all else one line that says why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lemmata.numerics.data_files import DataFileError, open_snapshots

CLOUDS = np.random.default_rng(0).standard_normal((3, 5, 2))
UNEVEN = [CLOUDS[0], CLOUDS[1, :4], CLOUDS[2]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def numbered(arrays: Any, prefix: str = "snapshot_") -> dict[str, Any]:
    return {f"{prefix}{index}": array for index, array in enumerate(arrays)}


def save(**arrays: Any) -> None:
    np.savez("data.npz", **arrays)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    ("arrays", "name"),
    [
        ({"snapshots": CLOUDS, "tau": 0.5}, None),
        ({"snapshots": CLOUDS, "tau": [0.5]}, None),
        ({"snapshots": CLOUDS, "tau": [0.5, 0.5]}, None),
        ({"snapshots": CLOUDS, "times": [1.0, 1.5, 2.0]}, None),
        ({**numbered(CLOUDS), "tau": 0.5}, None),
        ({"cells": CLOUDS, "snapshots": np.zeros(3), "tau": 0.5, "labels": np.arange(5)}, "cells"),
    ],
)
def test_every_layout_gives_the_same_snapshots(write: Any, arrays: dict[str, Any], name: str | None) -> None:
    write("data.npz", **arrays)
    found = open_snapshots(Path("data.npz"), name=name)
    assert [cloud.tolist() for cloud in found.snapshots] == CLOUDS.tolist()
    assert found.spacings.tolist() == [0.5, 0.5]
    assert found.weights is None
    assert found.description == "3 snapshots of 5 particles (float64)"


def test_snapshots_may_differ_in_size_and_type_and_be_more_than_ten() -> None:
    save(**numbered(UNEVEN * 4), tau=1)
    found = open_snapshots(Path("data.npz"))
    assert [len(cloud) for cloud in found.snapshots] == [5, 4, 5] * 4
    assert found.description == "12 snapshots of 4 to 5 particles (float64)"
    assert np.array_equal(found.snapshots[10], UNEVEN[1])


@pytest.mark.parametrize(
    "weights",
    [{"weights": np.full((3, 5), 2.0)}, numbered([np.ones(5), np.full(5, 7), np.full(5, 0.2)], "weights_")],
)
def test_weights_are_divided_by_their_sum_at_each_time(weights: dict[str, Any]) -> None:
    save(snapshots=CLOUDS, tau=0.5, **weights)
    found = open_snapshots(Path("data.npz"))
    assert found.weights is not None
    assert np.array(found.weights) == pytest.approx(np.full((3, 5), 0.2))
    assert found.description.endswith(", weighted")


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no such file": (lambda: None, "data.npz: No such file or directory"),
    "not a zip": (lambda: Path("data.npz").write_text("1,2"), "data.npz: not a readable .npz archive: File is not"),
    "no snapshots": (
        lambda: save(tau=0.5, x=CLOUDS), "there is no array 'snapshots' nor 'snapshot_0', 'snapshot_1', ...; its",
    ),
    "snapshots and numbered ones": (
        lambda: save(snapshots=CLOUDS, tau=0.5, **numbered(CLOUDS)), "holds both 'snapshots' and 'snapshot_0'",
    ),
    "a gap": (
        lambda: save(tau=0.5, snapshot_0=CLOUDS[0], snapshot_2=CLOUDS[2]),
        "2 arrays are called snapshot_NUMBER, but there is no 'snapshot_1'",
    ),
    "rank 2": (
        lambda: save(tau=0.5, snapshots=CLOUDS[:, :, 0]),
        "array 'snapshots': its shape is (3, 5), but it must be (time, particles, d), also where d = 1",
    ),
    "a numbered one of rank 1": (
        lambda: save(tau=0.5, **numbered([CLOUDS[0], CLOUDS[1, :, 0]])), "array 'snapshot_1': its shape is (5,)",
    ),
    "objects": (
        lambda: save(tau=0.5, snapshots=np.array(UNEVEN, dtype=object)),
        "it holds Python objects, which are not read: save snapshots of unequal size as arrays snapshot_0, snapshot_1",
    ),
    "complex numbers": (lambda: save(tau=0.5, snapshots=1j * CLOUDS), "array 'snapshots': it holds complex128"),
    "empty": (lambda: save(tau=0.5, snapshots=CLOUDS[:, :0]), "its shape is (3, 0, 2): it is empty"),
    "one snapshot": (lambda: save(tau=0.5, snapshots=CLOUDS[:1]), "there is only one snapshot"),
    "no tau": (lambda: save(snapshots=CLOUDS), "neither 'tau', the time between snapshots, nor 'times'; its arrays: s"),
    "tau and times": (lambda: save(snapshots=CLOUDS, tau=0.5, times=np.arange(3)), "holds both 'tau' and 'times'"),
    "tau for each snapshot": (
        lambda: save(snapshots=CLOUDS, tau=np.ones(3)), "array 'tau': want one number or 2, one for each interval",
    ),
    "times for each interval": (lambda: save(snapshots=CLOUDS, times=[0, 1]), "array 'times': want 3 numbers"),
    "times that stop": (
        lambda: save(snapshots=CLOUDS, times=[0.0, 1.0, 1.0]), "times must increase: entry 2 is 1.0 after 1.0",
    ),
    "times that are none": (lambda: save(snapshots=CLOUDS, times=[0.0, np.nan, 1.0]), "entry 1 is nan after 0.0"),
    "a weight too few": (
        lambda: save(snapshots=CLOUDS, tau=1, weights=np.ones((3, 4))), "array 'weights', time 0: want 5 weights",
    ),
    "weights of rank 1": (lambda: save(snapshots=CLOUDS, tau=1, weights=np.ones(5)), "array 'weights': its shape is"),
    "weights of two times": (
        lambda: save(snapshots=CLOUDS, tau=1, weights=np.ones((2, 5))), "weights of 2 times, but 3 snapshots",
    ),
    "a negative weight": (
        lambda: save(**numbered(UNEVEN), tau=1, **numbered([[1] * 5, [1, 1, -2, 1], [1] * 5], "weights_")),
        "array 'weights_1': weights must not be negative: entry 2 is -2",
    ),
    "weights of 0": (lambda: save(snapshots=CLOUDS, tau=1, weights=np.zeros((3, 5))), "time 0: the weights sum to 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_one_line(name: str) -> None:
    prepare, said = BAD[name]
    prepare()
    with pytest.raises(DataFileError) as caught:
        open_snapshots(Path("data.npz"))
    assert str(caught.value).startswith("data.npz")
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_truncated_archive_is_one_line() -> None:
    save(snapshots=CLOUDS, tau=0.5)
    whole = Path("data.npz").read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 10):
        Path("data.npz").write_bytes(whole[:size])
        with pytest.raises(DataFileError, match=r"^data\.npz"):
            open_snapshots(Path("data.npz"))


@pytest.mark.parametrize("path", ["data.npy", "."])
def test_only_archives_are_read(path: str) -> None:
    np.save("data.npy", CLOUDS)
    with pytest.raises(DataFileError, match=r"snapshots are read from an \.npz archive"):
        open_snapshots(Path(path))


def test_a_name_that_is_not_there_is_refused() -> None:
    save(snapshots=CLOUDS, tau=0.5)
    with pytest.raises(DataFileError, match="there is no array 'cells'; its arrays: snapshots, tau"):
        open_snapshots(Path("data.npz"), name="cells")
