"""Files that are cut short, promise too much or hold noise are refused in one line, or give back what they held."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lemmata.numerics.data_files import DataFileError, open_data

from .opening import folder, refuse, rows_or_one_line


@pytest.mark.parametrize("lost", [1, 100, 799, 850, 925, 928])
def test_npy_files_that_are_cut_short_are_refused(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((10, 10)))
    path.write_bytes(path.read_bytes()[:-lost])
    refuse(path, "cut short: .* takes 800 bytes, but" if lost < 800 else "not a readable .npy array")


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with path.open("wb") as stream:
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 10**9)}
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(bytes(80))
    refuse(path, f"of float64 takes {8 * 10**21} bytes, but 80 are there")
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "data.npy")
    refuse(tmp_path / "a.npz", f"of float64 takes {8 * 10**21} bytes, but 80 are there")
    path.write_bytes(path.read_bytes().replace(b"1000000000000", b"    (-3)**11 "))
    refuse(path, "not a readable .npy array")
    path.write_bytes(path.read_bytes().replace(b"(-3)**11", b"-3      "))
    refuse(path, r"its shape is \(-3, 1000000000\)")


@given(st.binary(max_size=300), st.booleans())
def test_noise_is_refused_in_one_line(noise: bytes, magic: bool) -> None:
    with folder() as here:
        for name, start in (
            ("a.npy", b"\x93NUMPY\x01\x00"),
            ("a.npz", b"PK\x03\x04"),
            ("b/a.png", b"\x89PNG\r\n\x1a\n"),
        ):
            path = here / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes((start if magic else b"") + noise)
            with pytest.raises(DataFileError) as caught:
                open_data(path if path.parent == here else path.parent)
            assert len(str(caught.value).splitlines()) == 1


@st.composite
def damage(draw: Any, size: int) -> Any:
    """Draw what to do to `size` bytes: change some of them, then cut some off."""
    changes = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(1, 255)), max_size=4))
    kept = draw(st.sampled_from([size, size, size, size // 2]) | st.integers(0, size))

    def apply(data: bytes) -> bytes:
        damaged = bytearray(data)
        for place, difference in changes:
            damaged[place % len(damaged)] ^= difference
        return bytes(damaged[:kept])

    return apply


@given(st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]), damage(9000))
@example(zipfile.ZIP_DEFLATED, lambda data: data[:6000] + bytes(100) + data[6100:])
@example(zipfile.ZIP_BZIP2, lambda data: data[:6000] + bytes(100) + data[6100:])
@example(zipfile.ZIP_LZMA, lambda data: data[:6000] + bytes(100) + data[6100:])
def test_damaged_archives_are_refused_or_give_back_their_numbers(method: int, apply: Any) -> None:
    noise = np.random.default_rng(0).normal(size=(100, 10))
    with folder() as here:
        np.save(here / "a.npy", noise)
        with zipfile.ZipFile(here / "a.npz", "w", method) as archive:
            archive.write(here / "a.npy", "X.npy")
        (here / "a.npz").write_bytes(apply((here / "a.npz").read_bytes()))
        # The sum of checks holds the numbers to what they were.
        if (rows := rows_or_one_line(here / "a.npz")) is not None:
            np.testing.assert_array_equal(rows, noise)
        del rows


@given(damage(128))
@example(lambda data: data.replace(b"), }", b", }"))
@example(lambda data: data.replace(b"'<f8'", b"'<a8'"))
@example(lambda data: data.replace(b"'shape'", b"b'shap'"))
@example(lambda data: data.replace(b"(3, 2)", b"(03,2)"))
def test_damaged_headers_are_refused_or_give_rows(apply: Any) -> None:
    with folder() as here:
        np.save(here / "a.npy", np.ones((3, 2)))
        contents = (here / "a.npy").read_bytes()
        (here / "a.npy").write_bytes(apply(contents[:128]) + contents[128:])
        rows = rows_or_one_line(here / "a.npy")
        assert rows is None or rows.ndim == 2
        del rows
