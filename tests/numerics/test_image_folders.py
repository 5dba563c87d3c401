"""Folders of images give back their pixels by name; an image that does not belong to the others is named."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lemmata.numerics.data_files import DataFileError, open_data

from .images import save_images


def test_folders_of_colour_images_are_read_by_name(tmp_path: Path) -> None:
    pixels = save_images(
        tmp_path, {"b.png": (4, 5, 3), "a.bmp": (4, 5), "c.tif": (4, 5, 4), "d.WEBP": (4, 5, 3), ".e.png": (2, 2)}
    )
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    data = open_data(tmp_path)
    rows = data.rows
    assert rows.shape == (4, 60)
    assert rows.dtype == np.uint8
    np.testing.assert_array_equal(rows[0], np.repeat(pixels["a.bmp"], 3))
    np.testing.assert_array_equal(rows[1], pixels["b.png"].ravel())
    np.testing.assert_array_equal(rows[2], pixels["c.tif"][..., :3].ravel())
    assert data.description == "4 images of 4 x 5 x 3, flattened (uint8)"
    assert data.normalised().second_moment() == pytest.approx(60.0)


def test_folders_of_grey_images_stay_grey(tmp_path: Path) -> None:
    pixels = save_images(tmp_path, {"b.png": (3, 2), "a.gif": (3, 2), "c.tiff": (3, 2), "d.png": (3, 2, 2)})
    data = open_data(tmp_path)
    assert data.description == "4 images of 3 x 2, flattened (uint8)"
    np.testing.assert_array_equal(data.rows[1], pixels["b.png"].ravel())
    np.testing.assert_array_equal(data.rows[3], pixels["d.png"][..., 0].ravel())


def test_lossy_images_are_read_nearly(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8).reshape(8, 8)
    Image.fromarray(ramp).save(tmp_path / "a.jpg", quality=95)
    Image.fromarray(ramp).save(tmp_path / "b.JPEG", quality=95)
    assert np.abs(open_data(tmp_path).rows.astype(int) - ramp.ravel()).max() <= 4


def test_images_that_do_not_belong_are_named(tmp_path: Path) -> None:
    save_images(tmp_path, {"a.png": (4, 5, 3), "b.png": (5, 4, 3), "c.png": (9, 9, 3)})

    def fault(message: str) -> None:
        with pytest.raises(DataFileError, match=message) as caught:
            open_data(tmp_path)
        assert len(str(caught.value).splitlines()) == 1

    fault(r"b\.png: it is 4 x 5 pixels \(width x height\), but a\.png is 5 x 4")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:-30])
    (tmp_path / "c.png").unlink()
    fault(r"b\.png: the image cannot be decoded")
    (tmp_path / "b.png").write_text("this is no image")
    fault(r"b\.png: the image cannot be decoded: cannot identify")
    Image.fromarray(np.full((4, 5), 1000, np.uint16)).save(tmp_path / "b.png")
    fault(r"b\.png: it has more than 8 bits for each colour \(mode I")
    (tmp_path / "b.png").unlink()
    frames = [Image.fromarray(np.full((4, 5), shade, np.uint8)) for shade in (0, 200)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    fault(r"b\.gif: it holds 2 frames")


def test_images_too_large_to_decode_safely_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_images(tmp_path, {"a.png": (20, 20)})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    with pytest.raises(DataFileError, match=r"cannot be decoded: Image size \(400 pixels\) exceeds limit"):
        open_data(tmp_path)
