"""Folders of images for tests."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def save_images(here: Path, shapes: dict[str, Any]) -> dict[str, Any]:
    """Write noise as images and return their pixels by name."""
    generator = np.random.default_rng(0)
    pixels = {name: generator.integers(0, 256, shape, dtype=np.uint8) for name, shape in shapes.items()}
    for name, image in pixels.items():
        Image.fromarray(image).save(here / name)
    return pixels
