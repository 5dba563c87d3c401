"""The parts of a run on a GPU: their names, where they are kept, how they end."""

from pathlib import Path

FOLDER = Path("build/gpu")
PARTS = ("checks-gpu", "checks-cpu", "bench", "merge")

DISAGREE, UNABLE, TIME_OVER = 1, 2, 3
"""Exit codes: the devices disagree or a check does not hold; nothing could be run; the part is not finished."""


class UnableError(Exception):
    """Why nothing was run, in one line."""
