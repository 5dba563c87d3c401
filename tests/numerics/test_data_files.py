"""Files give back the rows that were written; whatever is wrong with a file is said in one line that names it."""

import gc
import os
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lemmata.numerics.data_files import DataFileError, open_data
from lemmata.numerics.data_files import table as table_module

from .images import save_images
from .opening import folder, refuse

NUMBERS = ["?", "i1", "u1", "<i2", ">i4", "u8", "f2", "<f4", ">f4", "<f8", ">f8"]


def arrays(min_dims: int = 2, max_dims: int = 2) -> Any:
    return st.sampled_from(NUMBERS).flatmap(
        lambda dtype: hnp.arrays(np.dtype(dtype), hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, max_side=6))
    )


@given(arrays(2, 4), st.booleans())
def test_npy_files_give_back_their_arrays(array: Any, fortran_order: bool) -> None:
    with folder() as here:
        np.save(here / "a.npy", np.asarray(array, order="F" if fortran_order else "C"))
        data = open_data(here / "a.npy")
        np.testing.assert_array_equal(data.rows, array.reshape(len(array), -1))
        assert data.rows.dtype == array.dtype
        assert ("flattened" in data.description) == (array.ndim > 2)
        del data


@given(arrays(2, 4), st.booleans(), st.booleans(), st.booleans())
def test_npz_archives_give_back_their_arrays(array: Any, packed: bool, fortran_order: bool, weighted: bool) -> None:
    counts = np.arange(1, len(array) + 1)
    members = {"X": np.asarray(array, order="F" if fortran_order else "C"), "labels": np.zeros(3)}
    if weighted:
        members["weights"] = counts
    with folder() as here:
        (np.savez_compressed if packed else np.savez)(here / "a.npz", **members)  # type: ignore[arg-type]
        for name in (None, "X"):
            data = open_data(here / "a.npz", name=name)
            np.testing.assert_array_equal(data.rows, array.reshape(len(array), -1))
            expected = counts / counts.sum() if weighted else np.full(len(array), 1 / len(array))
            np.testing.assert_allclose(data.weights, expected, rtol=1e-15)
            del data


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.integers(1, 200),
)
@example(np.array([[1.0]]), ",", False, False, "\n", 1)
def test_tables_give_back_their_numbers(
    rows: Any, delimiter: str, named: bool, weighted: bool, end: str, portion: int
) -> None:
    counts = np.arange(1.0, len(rows) + 1)
    cells = [[repr(float(entry)) for entry in row] for row in rows]
    names = [f"x{column}" for column in range(rows.shape[1])]
    if weighted:
        cells = [[*row[:1], repr(float(count)), *row[1:]] for row, count in zip(cells, counts, strict=True)]
        names.insert(1, "Weight")
    lines = [delimiter.join(row) for row in ([names, *cells] if named or weighted else cells)]
    with folder() as here, pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_module, "PORTION_CHARACTERS", portion)
        (here / "a.csv").write_bytes((end.join(lines) + end).encode())
        data = open_data(here / "a.csv")
        np.testing.assert_array_equal(data.rows, rows)
        expected = counts / counts.sum() if weighted else np.full(len(rows), 1 / len(rows))
        np.testing.assert_allclose(data.weights, expected, rtol=1e-15)
        del data


def test_what_spreadsheets_write_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeff"first";"second, metres"\r\n"1";2e0\r\n3;"-4.5"\r\n'.encode())
    np.testing.assert_array_equal(open_data(path).rows, [[1.0, 2.0], [3.0, -4.5]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table has no rows"),
        ("\n \n", "the table has no rows"),
        ("a,b\n", "the table has no rows"),
        ("1,2\n3\n", "line 2: it has 1 cells, but the first line has 2"),
        ("a,b\n1,2\n\n3,4,5\n", "line 4: it has 3 cells, but the first line has 2"),
        ("1,2\n3,four\n", "line 2, column 2: 'four' is not a number"),
        ("a,b\n1,2\n3,four\n", r"line 3, column 2 \('b'\): 'four' is not a number"),
        ("1,two\n3,4\n", "line 1, column 2: 'two' is not a number"),
        ("1,2\n3,\n", "line 2, column 2: the cell is empty"),
        ("1\t2\n\t\n", "line 2, column 1: the cell is empty"),
        ("1,2\n3,nan\n", "line 2, column 2: 'nan' is not finite"),
        ("1,2\n-inf,3\n", "line 2, column 1: '-inf' is not finite"),
        ("1,2\n1e999,3\n", "line 2, column 1: '1e999' is not finite"),
        ("1,2\n1_0,3\n", "lines 1 to 2: could not convert string '1_0'"),
        ("nan,nan\n1,2\n", "line 1, column 1: 'nan' is not finite"),
        (",\n1,2\n", "line 1, column 1: the cell is empty"),
        (",0,1\n0,3,4\n", "line 1, column 1: the cell is empty"),
        ("1;2\n1,5;3\n", "line 2, column 1: '1,5' is not a number"),
        (f"1,2\n{'x' * 1000},3\n", f"line 2, column 1: '{'x' * 40}...' is not a number"),
        ("weight,weights\n1,2\n", "line 1: 2 columns are called weights"),
        ("weight\n1\n", "line 1: there is no column beside the weights"),
        ("x,weight\n1,0\n2,0\n", "the weights sum to 0, not to a positive number"),
        ("x,weight\n1,3\n2,-1\n", "weights must not be negative: entry 1"),
        (b"1,2\n\xff\xfe,3\n", "not text in UTF-8"),
    ],
)
def test_faults_of_tables_are_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    refuse(path, message)


def test_the_first_fault_of_a_long_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "PORTION_CHARACTERS", 1000)
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 5000 + "1,x\n" + "1,2\n" * 5000)
    refuse(tmp_path / "a.csv", r"line 5002, column 2 \('b'\): 'x' is not a number")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([[1, None]], object), "it holds Python objects, which are not read"),
        (np.array([["a"]]), "it holds <U1, not real numbers"),
        (np.array([[1j]]), "it holds complex128, not real numbers"),
        (np.zeros(2, [("x", "f8")]), "not real numbers"),
        (np.array(["2020-01-01"], "M8[D]"), "not real numbers"),
        (np.zeros(5), r"its shape is \(5,\), but it must be \(n, d\)"),
        (np.zeros((2, 1, 1, 1, 1)), "up to four axes"),
        (np.zeros((0, 3)), r"its shape is \(0, 3\)"),
        (np.zeros((3, 0)), r"its shape is \(3, 0\)"),
        (np.float64(3.0), r"its shape is \(\)"),
    ],
)
def test_arrays_that_are_no_rows_of_numbers_are_refused(tmp_path: Path, array: Any, message: str) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    refuse(tmp_path / "a.npy", message)
    (tmp_path / "a.npz").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.write(tmp_path / "a.npy", "data.npy")
    refuse(tmp_path / "a.npz", f"array 'data': .*{message}")


def test_the_choice_of_an_array_must_be_clear(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, train=np.ones((2, 3)), test=np.zeros((4, 3)))
    refuse(path, "not clear, so name one; its arrays: train, test")
    refuse(path, "no array 'validation'; its arrays: train, test", name="validation")
    assert open_data(path, name="test").n == 4
    np.savez(path, X=np.ones((2, 3)), data=np.ones((2, 3)))
    refuse(path, "not clear")
    np.savez(path, weights=np.ones(3))
    refuse(path, "not clear")
    np.savez(path)
    refuse(path, "its arrays: none")
    np.savez(path, train=np.ones((2, 3)), weights=np.ones(3))
    refuse(path, r"weights must have shape \(2,\)")
    np.savez(path, train=np.ones((2, 3)), weights=np.array([np.nan, 1.0]))
    refuse(path, "the weights sum to nan")
    np.save(tmp_path / "b.npy", np.ones((2, 3)))
    refuse(tmp_path / "b.npy", "so there is no 'train'", name="train")


def test_paths_that_are_no_data_are_refused(tmp_path: Path) -> None:
    refuse(tmp_path / "missing.npy", "No such file or directory")
    refuse(tmp_path / "missing", "No such file or directory")
    (tmp_path / "a.mat").write_bytes(b"")
    refuse(tmp_path / "a.mat", r"told by the end of the name: \.npz, \.npy, \.csv")
    (tmp_path / "empty").mkdir()
    refuse(tmp_path / "empty", "holds no images")
    os.mkfifo(tmp_path / "pipe.npy")
    refuse(tmp_path / "pipe.npy", "neither a file nor a folder")
    refuse(tmp_path / "two\nlines.npy".replace("\n", " "), "No such file")
    with pytest.raises(DataFileError) as caught:
        open_data(tmp_path / "two\nlines.npy")
    assert len(str(caught.value).splitlines()) == 1


@contextmanager
def without_permission(path: Path) -> Iterator[None]:
    """Take away the permission to read `path`, from root too, who else needs none."""
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        path.chmod(0o700)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.csv", "folder"])
def test_files_without_permission_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"1")
    with without_permission(path):
        refuse(path, "Permission denied")


@pytest.mark.parametrize("kind", ["table", "packed", "images"])
def test_temporary_files_leave_with_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    scratch, source = tmp_path / "scratch", tmp_path / "source"
    scratch.mkdir()
    source.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    if kind == "table":
        path = source / "a.csv"
        path.write_text("1,2\n3,4\n")
    elif kind == "packed":
        path = source / "a.npz"
        np.savez_compressed(path, np.eye(2))
    else:
        path = source
        save_images(source, {"a.png": (1, 2), "b.png": (1, 2)})
    data = open_data(path).normalised()
    for file in source.iterdir():
        file.unlink()
    gc.collect()
    np.testing.assert_allclose(np.linalg.norm(data.block(0, 2), axis=1) ** 2, 2.0)
    del data
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_a_full_disk_and_a_missing_temporary_folder_are_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
        refuse(tmp_path / "a.csv", "cannot be unpacked to a temporary file: No such file or directory")
    monkeypatch.setattr(tempfile, "TemporaryFile", partial(open, "/dev/full", "r+b", buffering=0))
    refuse(tmp_path / "a.csv", "cannot be unpacked to a temporary file: No space left on device")


def test_a_large_file_is_streamed_in_bounded_memory(tmp_path: Path) -> None:
    # 300 MB, of which the disk holds what is written: most pages are zeros that were never stored.
    n, d = 24_576, 3_072
    path = tmp_path / "large.npy"
    stored = np.lib.format.open_memmap(path, "w+", np.float32, (n, d))
    stored[::64, :16] = np.arange(n // 64)[:, None] + 1
    stored.flush()
    del stored
    tracemalloc.start()
    data = open_data(path).normalised()
    sample = data.take(np.arange(0, n, 1024))
    num_distinct = data.num_distinct
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 2**20
    assert sample.dtype == np.float32
    assert num_distinct == n // 64 + 1
    ramp = np.arange(1.0, n // 64 + 1)
    spread = 16 * ((ramp**2).sum() / n - (ramp.sum() / n) ** 2)
    assert data.factor == pytest.approx(np.sqrt(d / spread), rel=1e-12)
