"""The check at install: can the new code take over the calls that are in flight?

The interface of every handler is stored with the state.  `canister_post_upgrade` compares it with
the new code's, for the handlers that calls wait for; a mismatch traps, and the old code goes on.
"""

from __future__ import annotations

from typing import Final, final

from scm.candid.subtype import explain_headers
from scm.runtime import stable


class UpgradeError(Exception):
    """The new code can't take over a call in flight or the state."""


@final
class HandlerInterface:
    """What must stay compatible: the slot, and the headers of three Candid types."""

    def __init__(self, name: str, slot: int, context: bytes, response: bytes, reply: bytes) -> None:
        self.name: Final = name
        self.slot: Final = slot
        self.context: Final = context
        self.response: Final = response
        self.reply: Final = reply


def write_handlers(handlers: list[HandlerInterface]) -> None:
    """Store the interface of the running code."""
    parts: list[bytes] = []
    for handler in handlers:
        parts.append(handler.name.encode())
        parts.append(handler.slot.to_bytes(4, "little"))
        parts.append(handler.context)
        parts.append(handler.response)
        parts.append(handler.reply)
    stable.write_anchor(stable.INTERFACE_BLOCK, stable.pack(parts))


def read_handlers() -> list[HandlerInterface]:
    """The interface of the code that ran before."""
    parts = stable.unpack(stable.read_anchor(stable.INTERFACE_BLOCK))
    if len(parts) % 5:
        raise stable.StableMemoryError("stable memory is damaged: the record of the handlers")
    return [
        HandlerInterface(
            parts[start].decode("utf-8", "replace"),
            int.from_bytes(parts[start + 1], "little"),
            parts[start + 2],
            parts[start + 3],
            parts[start + 4],
        )
        for start in range(0, len(parts), 5)
    ]


def check_handlers(
    old: list[HandlerInterface],
    new: dict[str, HandlerInterface],
    waiting: dict[int, int],
    names: tuple[str, ...],
) -> None:
    """Raise `UpgradeError` with every reason why a waiting call could not be served.

    `new` has handlers by all their names, older ones included.  `names` are those of all record
    fields and variant tags, for the message.
    """
    reasons: list[str] = []
    for handler in old:
        count = waiting.get(handler.slot, 0)
        if count == 0:
            continue
        reason = _explain(handler, new.get(handler.name), names)
        if reason:
            calls = "1 call waits" if count == 1 else f"{count} calls wait"
            reasons.append(f"{calls} for response handler `{handler.name}`, {reason}")
    if reasons:
        raise UpgradeError("; ".join(reasons) + "; the old code goes on")


def check_field(name: str, stored: bytes, header: bytes, names: tuple[str, ...]) -> None:
    """Raise `UpgradeError` if a stored state field does not fit the new code's type.

    Strict: no value may turn into null on the way, which plain Candid decoding would allow.
    `names` are those of all record fields and variant tags, for the message.
    """
    if stored.startswith(header):
        return
    problem = explain_type(f"state field `{name}`", stored, header, names)
    if problem is not None:
        raise UpgradeError(f"the type of state field `{name}` changed: {problem}")


def _explain(old: HandlerInterface, new: HandlerInterface | None, names: tuple[str, ...]) -> str:
    if new is None:
        return "which the new code does not have"
    if new.slot != old.slot:
        return f"which moved from slot {old.slot} to {new.slot}"
    handler = f"response handler `{old.name}`"
    problem = explain_type(handler, old.context, new.context, names)
    if problem is not None:
        return f"whose context changed: {problem}"
    problem = explain_type(handler, old.response, new.response, names)
    if problem is not None:
        return f"whose response type changed: {problem}"
    # The other way round: the caller reads what the new code replies.
    problem = explain_type(handler, new.reply, old.reply, names)
    if problem is not None:
        return f"whose reply type changed: {problem}"
    return ""


def explain_type(owner: str, sub: bytes, super: bytes, names: tuple[str, ...]) -> str | None:
    """Why values of the type with header `sub` don't fit that of `super`; None if they do.

    One of them is stored, so one that can't be read is damage: `StableMemoryError` names `owner`.
    """
    if sub == super:
        return None
    try:
        problem = explain_headers(sub, super, strict=True, names=names)
    except ValueError as error:
        raise stable.StableMemoryError(f"stable memory is damaged: {owner}: {error}") from error
    # A message of ours has one value at most: which argument it is says nothing.
    return None if problem is None else problem.removeprefix("argument 0: ")
