"""Folders of images of one size: decoded by Pillow into a temporary file that is then mapped into memory.

Images are grey if all of them are and RGB otherwise; transparency is dropped. Rows are pixels in 8 bits, line by line,
the colours of a pixel beside each other, as they are stored: no resizing, no cropping, no turning by EXIF.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from ..data_set import DataSet
from .error import DataFileError
from .scratch import Scratch

# Pillow logs faults that it also raises; where the user has set up no logging, they would be printed beside our line.
logging.getLogger("PIL").addHandler(logging.NullHandler())

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"})

GREY_MODES = frozenset({"1", "L", "LA"})
COLOUR_MODES = frozenset({"RGB", "RGBA", "P", "PA", "CMYK", "YCbCr"})
"""Pillow's modes with at most 8 bits for each number; others would lose digits."""


def read_images(folder: Path) -> DataSet:
    """Read all images of a folder in the order of their names; its other files and its subfolders are left alone.

    **Raises:** `DataFileError` if there are none, or one cannot be decoded, differs in size from the first, holds
    several frames, or has more than 8 bits for each colour.
    """
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    if not paths:
        raise DataFileError(f"{folder}: the folder holds no images ({', '.join(sorted(SUFFIXES))})")
    width, height, mode = _common_format(paths)
    with Scratch(folder) as scratch:
        for path in paths:
            with _opened(path) as image:
                scratch.write(np.asarray(image.convert(mode), np.uint8))
        channels = len(Image.new(mode, (1, 1)).getbands())
        rows = scratch.mapped((len(paths), height * width * channels), np.uint8)
    shape = f"{height} x {width}" if channels == 1 else f"{height} x {width} x {channels}"
    return DataSet(rows, description=f"{len(paths)} images of {shape}, flattened (uint8)")


def _common_format(paths: list[Path]) -> tuple[int, int, str]:
    """Return width, height and mode of all images, by their headers."""
    with _opened(paths[0]) as image:
        width, height = image.size
    mode = "L"
    for path in paths:
        with _opened(path) as image:
            if image.size != (width, height):
                raise DataFileError(
                    f"{path}: it is {image.width} x {image.height} pixels (width x height), "
                    f"but {paths[0].name} is {width} x {height}"
                )
            if (frames := getattr(image, "n_frames", 1)) != 1:
                raise DataFileError(f"{path}: it holds {frames} frames, not a single image")
            if image.mode not in GREY_MODES | COLOUR_MODES:
                raise DataFileError(f"{path}: it has more than 8 bits for each colour (mode {image.mode})")
            mode = mode if _is_grey(image) else "RGB"
    return width, height, mode


def _is_grey(image: Image.Image) -> bool:
    """Tell whether an image has no colours, or a palette without any, which is how GIF holds grey."""
    if image.mode != "P":
        return image.mode in GREY_MODES
    palette = np.asarray(image.getpalette("RGB")).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open an image for as long as the context lasts.

    **Raises:** `DataFileError` for whatever goes wrong with the image inside the context.
    """
    try:
        with warnings.catch_warnings():
            # What Pillow warns of is odd metadata and transparency that is dropped; huge images would fill the memory.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                yield image
    except DataFileError:
        raise
    # Decoders of damaged files raise what their parsers happen to raise.
    except Exception as error:
        raise DataFileError(f"{path}: the image cannot be decoded: {error}") from error
