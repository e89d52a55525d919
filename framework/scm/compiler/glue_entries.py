"""The entry points of a canister, as `glue.py` numbers them and `entries.py` makes C of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from attrs import frozen

ENTRIES_AT_ONCE: Final = 100

TIMER_METHODS: Final = (
    ("update", "scm_fire_timer"),
    ("query", "scm_timers"),
    ("update", "scm_retry_timer"),
    ("update", "scm_discard_timer"),
)
"""What a canister with timers has besides: the first for itself, the others for controllers."""


@frozen
class Entry:
    """One trampoline: the export's name and the glue function behind it."""

    export: str
    function: str
    kind: Literal["entry", "callback"]


def entry_table(functions: Sequence[str]) -> list[str]:
    """All entry functions in a tuple, some at a time: module bodies must not get too complex."""
    lines, parts = [], []
    for start in range(0, len(functions), ENTRIES_AT_ONCE):
        listed = "".join(f"{name}, " for name in functions[start : start + ENTRIES_AT_ONCE])
        name = f"entries_{start // ENTRIES_AT_ONCE}"
        lines += [f"def {name}() -> tuple[Any, ...]:", f"    return ({listed})"]
        parts.append(f"{name}()")
    return [*lines, "", f"ENTRIES: Final = {' + '.join(parts)}"]
