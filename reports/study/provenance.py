"""How a study was computed, as a table at the end of its page."""

import json
from collections.abc import Mapping

from ..markdown import code, escape, table
from ..numbers import format_number
from ..stored import Json


def render_provenance(
    run: Mapping[str, Json], settings: Mapping[str, Json], device: Mapping[str, Json], seconds: float
) -> str:
    """Return the table of the run, its settings, where it ran, and how long."""
    entries = {**run, **settings, **device, "seconds": format_number(seconds, 3)}
    return table(["", ""], [[escape(str(name)), _value(value)] for name, value in entries.items()])


def _value(value: Json) -> str:
    return code(value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False))
