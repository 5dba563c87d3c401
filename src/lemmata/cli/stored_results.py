"""The results of the last run, as `check` left them."""

import json
from pathlib import Path

from ..theory.verdict import Json
from .exit_codes import UsageError

RESULTS = Path("build", "results.json")
"""Results of the last run in this working directory."""


def read_json(path: Path) -> Json:
    """Read a JSON file.

    **Raises:** `UsageError` naming the file, and the line where it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error


def read_last_results() -> Json:
    """Read the results of the last run.

    **Raises:** `UsageError` where there are none.
    """
    if not RESULTS.exists():
        raise UsageError(f"{RESULTS}: no results yet; run `lemmata check` first")
    return read_json(RESULTS)
