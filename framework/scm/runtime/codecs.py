"""The typed face of the module of generated codecs; in the canister it is C (`codecsmodule.c`).

For message N: `decode_N(message)` and `argument_N()` give its value (None for none, a tuple for
several), `encode_N(value, ...)` its bytes, `pack_N((value, ...))` the same from a tuple,
`reply_N(value)` replies with it, and `store_N(cell, value)` stores it in a `Cell` (False for None,
or one without the room).  The values are checked; errors are `DecodeError` and `EncodeError` of
`scm.candid.errors`, with the path to the value.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    raise AttributeError(f"`{name}` exists only inside a canister")
