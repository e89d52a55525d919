"""The check at install: can the new code take over the calls that are in flight?

The interface of every handler is stored with the state.  `canister_post_upgrade` compares it with
the new code's, for the handlers that calls wait for; a mismatch traps, and the old code goes on.
"""

from __future__ import annotations

from typing import Final, final

from scm.runtime import stable
from scm.runtime.migrations import Steps
from scm.runtime.stored_types import explain_type, refuse

_JOIN: Final = 1 << 31
"""Beside a handler's slot: it takes a list of responses, of a `join`."""


@final
class HandlerInterface:
    """What must stay compatible: the slot, and the headers of three Candid types.

    `step`: how many migrations contexts have behind them; `contexts` are those that the code knows.
    `is_join`: it takes a list of responses; the types don't tell that from a response with a list.
    """

    def __init__(
        self,
        name: str,
        slot: int,
        context: bytes,
        response: bytes,
        reply: bytes,
        step: int,
        contexts: Steps | None = None,
        is_join: bool = False,
    ) -> None:
        self.name: Final = name
        self.slot: Final = slot
        self.context: Final = context
        self.response: Final = response
        self.reply: Final = reply
        self.step: Final = step
        self.contexts: Final = contexts
        self.is_join: Final = is_join


def write_handlers(handlers: list[HandlerInterface]) -> None:
    """Store the interface of the running code."""
    parts: list[bytes] = []
    for handler in handlers:
        parts.append(stable.named_step(handler.name, handler.step).encode())
        word = handler.slot | _JOIN if handler.is_join else handler.slot
        parts.append(word.to_bytes(4, "little"))
        parts.append(handler.context)
        parts.append(handler.response)
        parts.append(handler.reply)
    stable.write_anchor(stable.INTERFACE_BLOCK, stable.pack(parts))


def read_handlers() -> list[HandlerInterface]:
    """The interface of the code that ran before."""
    parts = stable.unpack(stable.read_anchor(stable.INTERFACE_BLOCK))
    if len(parts) % 5:
        raise stable.StableMemoryError("stable memory is damaged: the record of the handlers")
    handlers: list[HandlerInterface] = []
    for start in range(0, len(parts), 5):
        name, step = stable.with_step(parts[start].decode("utf-8", "replace"))
        word = int.from_bytes(parts[start + 1], "little")
        slot, is_join = word & ~_JOIN, word & _JOIN != 0
        context, response, reply = parts[start + 2], parts[start + 3], parts[start + 4]
        item = HandlerInterface(name, slot, context, response, reply, step, None, is_join)
        handlers.append(item)
    return handlers


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
    refuse(reasons)


def _explain(old: HandlerInterface, new: HandlerInterface | None, names: tuple[str, ...]) -> str:
    if new is None:
        return "which the new code does not have"
    if new.slot != old.slot:
        return f"which moved from slot {old.slot} to {new.slot}"
    handler = f"response handler `{old.name}`"
    assert new.contexts is not None
    problem = new.contexts.explain(old.step, old.context, names)
    if problem is not None:
        return f"whose context changed: {problem}"
    if old.is_join != new.is_join:
        count = "a list of responses" if old.is_join else "one response"
        return f"whose response type changed: it was {count}"
    problem = explain_type(handler, old.response, new.response, names)
    if problem is not None:
        return f"whose response type changed: {problem}"
    # The other way round: the caller reads what the new code replies.
    problem = explain_type(handler, new.reply, old.reply, names)
    if problem is not None:
        return f"whose reply type changed: {problem}"
    return ""
