"""The benchmarks are not part of the package: they are found beside it."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).absolute().parents[2])
if ROOT not in sys.path:
    # Last, so that the folders of layers do not shadow anything.
    sys.path.append(ROOT)
