"""How a script tells what it has found: a line of JSON for each check, see `runs.py`."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any


def check(name: str, action: Callable[[], object]) -> None:
    """Tell what an action has found, or how it failed."""
    try:
        found: dict[str, object] = {"value": action()}
    except Exception:
        found = {"crash": traceback.format_exc()}
    _say({"check": name, **found})


def tell(event: str) -> None:
    """Have something done with the network."""
    _say({"event": event})
    sys.stdin.readline()


def _say(line: dict[str, object]) -> None:
    print(json.dumps(line, default=_plain), flush=True)


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)
