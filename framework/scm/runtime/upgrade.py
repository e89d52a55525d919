"""The check at install: can the new code take over the calls that are in flight?

The interface of every handler is stored with the state.  `canister_post_upgrade` compares it with
the new code's, for the handlers that calls wait for; a mismatch traps, and the old code goes on.

Calls may be older than the code that runs.  So an interface that changes while calls wait is kept
beside the new one, with the canister's version until which calls were made with it.
"""

from __future__ import annotations

from typing import Final, final

from scm.runtime import ic0, stable
from scm.runtime.call_records import PendingCall
from scm.runtime.migrations import Steps
from scm.runtime.pending import PendingTable
from scm.runtime.stored_types import UpgradeError, explain_type, refuse

_JOIN: Final = 1 << 31
"""Beside a handler's slot: it takes a list of responses, of a `join`."""

_RAW: Final = 1 << 30
"""Beside it, too: it takes raw messages; their type, `reserved`, may be that of a value."""

_SLOT_BITS: Final = 32

_OLDER_MAX: Final = 32
"""Interfaces of older code that are kept before it is counted which of them are still in use."""

_CALLS_AT_ONCE: Final = 1024

_ONE_TEXT: Final = b"DIDL\x00\x01\x71"
_EXPECT_IDLE: Final = b"DIDL\x00\x01\x71\x0bexpect_idle"
"""The argument `("expect_idle")` of an upgrade: refuse it while a call waits for its response."""


@final
class HandlerInterface:
    """What must stay compatible: the slot, and the headers of three Candid types.

    `step`: how many migrations contexts have behind them; `contexts` are those that the code knows.
    `is_join`: it takes a list of responses; the types don't tell that from a response with a list.
    `is_raw`: it takes responses of any kind, undecoded.
    `until`: of the interface of older code, the `canister_version` before which calls were made
    with it; 0 of the code that runs.
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
        is_raw: bool = False,
        until: int = 0,
    ) -> None:
        self.name: Final = name
        self.slot: Final = slot
        self.context: Final = context
        self.response: Final = response
        self.reply: Final = reply
        self.step: Final = step
        self.contexts: Final = contexts
        self.is_join: Final = is_join
        self.is_raw: Final = is_raw
        self.until: Final = until

    def is_like(self, other: HandlerInterface) -> bool:
        """Whether calls that were made with either are in no way different."""
        return (
            self.name == other.name
            and self.slot == other.slot
            and self.step == other.step
            and self.context == other.context
            and self.response == other.response
            and self.reply == other.reply
            and self.is_join == other.is_join
            and self.is_raw == other.is_raw
        )


def write_handlers(handlers: list[HandlerInterface]) -> None:
    """Store the interface of the running code, and what is kept of older ones."""
    parts: list[bytes] = []
    for handler in handlers:
        parts.append(stable.named_step(handler.name, handler.step).encode())
        word = handler.slot | _JOIN if handler.is_join else handler.slot
        if handler.is_raw:
            word |= _RAW
        if handler.until:
            parts.append((handler.until << _SLOT_BITS | word).to_bytes(12, "little"))
        else:
            parts.append(word.to_bytes(4, "little"))
        parts.append(handler.context)
        parts.append(handler.response)
        parts.append(handler.reply)
    stable.write_anchor(stable.INTERFACE_BLOCK, stable.pack(parts))


def read_handlers() -> list[HandlerInterface]:
    """The interface of the code that ran before, with what it has kept of older ones."""
    parts = stable.unpack(stable.read_anchor(stable.INTERFACE_BLOCK))
    if len(parts) % 5:
        raise stable.StableMemoryError("stable memory is damaged: the record of the handlers")
    handlers: list[HandlerInterface] = []
    for start in range(0, len(parts), 5):
        name, step = stable.with_step(parts[start].decode("utf-8", "replace"))
        word = int.from_bytes(parts[start + 1], "little")
        slot, until = word & _RAW - 1, word >> _SLOT_BITS
        is_join, is_raw = word & _JOIN != 0, word & _RAW != 0
        context, response, reply = parts[start + 2], parts[start + 3], parts[start + 4]
        item = HandlerInterface(
            name, slot, context, response, reply, step, None, is_join, is_raw, until
        )
        handlers.append(item)
    return handlers


def older_handlers(
    stored: list[HandlerInterface],
    new: dict[str, HandlerInterface],
    waiting: dict[int, int],
    pending: PendingTable,
    version: int,
) -> list[HandlerInterface]:
    """Interfaces to keep, because calls wait or have failed that were made with them.

    All but the newest of a slot, as long as `new`'s is the same: what begins to run, by all names.
    `stored` has the newest first.  `waiting` has how many calls wait, by slot; `version` is the
    canister's.
    """
    kept: list[HandlerInterface] = []
    if not waiting and not pending.failed:
        return kept
    ended: set[int] = set()
    for item in stored:
        if item.slot not in waiting and not pending.failed:
            continue
        today = new.get(item.name)
        if item.slot not in ended and today is not None and item.is_like(today):
            continue  # Only while nothing else was between them.
        ended.add(item.slot)
        older = HandlerInterface(
            item.name,
            item.slot,
            item.context,
            item.response,
            item.reply,
            item.step,
            None,
            item.is_join,
            item.is_raw,
            item.until or version,
        )
        kept.append(older)
    if len(kept) > _OLDER_MAX:
        counts = _count_calls(kept, pending, True)
        kept = [item for item, count in zip(kept, counts, strict=True) if count]
    return kept


def _count_calls(
    handlers: list[HandlerInterface], pending: PendingTable, has_failed: bool
) -> list[int]:
    """How many calls wait (or have failed) that were made with each: looks at every call."""
    counts = [0] * len(handlers)
    first = 0
    while True:
        calls, first = pending.calls_from(first, _CALLS_AT_ONCE)
        for call in calls:
            at = _find_interface(handlers, call) if call.waits or has_failed else -1
            if at >= 0:
                counts[at] += 1
        if first == 0:
            return counts


def _find_interface(handlers: list[HandlerInterface], call: PendingCall) -> int:
    """Which interface a call was made with: that of its slot which ended first after it."""
    found = -1
    found_until = 0
    for at, item in enumerate(handlers):
        if item.slot != call.slot or 0 < item.until <= call.version:
            continue
        if found < 0 or found_until == 0 or 0 < item.until < found_until:
            found = at
            found_until = item.until
    return found


def check_expectation(
    waiting: dict[int, int], timer_slot: int, new: list[HandlerInterface]
) -> None:
    """Raise `UpgradeError` if the argument says that nothing waits, and something does."""
    argument = ic0.msg_arg_data()
    text = argument[len(_ONE_TEXT) + 1 :] if argument.startswith(_ONE_TEXT) else b""
    # What tools hand over to `@init` is nothing to an upgrade; a slip in this word is.
    if argument != _EXPECT_IDLE and text.lower().startswith(b"expect"):
        raise UpgradeError("an upgrade can expect one thing: write `expect_idle`")
    if argument != _EXPECT_IDLE or not waiting:
        return
    names = {timer_slot: "firing timers"} | {item.slot: item.name for item in new}
    calls = [
        f"{count} for `{names[slot]}`" if slot in names else f"{count} for slot {slot}"
        for slot, count in waiting.items()
    ]
    raise UpgradeError(
        f"the upgrade expects that no call waits, but some do: {', '.join(calls)}; the old "
        "code goes on"
    )


def check_handlers(
    old: list[HandlerInterface],
    new: dict[str, HandlerInterface],
    waiting: dict[int, int],
    pending: PendingTable,
    names: tuple[str, ...],
) -> None:
    """Raise `UpgradeError` with every reason why a waiting call could not be served.

    `new` has handlers by all their names, older ones included; `waiting` how many calls wait, by
    slot.  `names` are those of all record fields and variant tags, for the message.
    """
    reasons: list[str] = []
    exact: list[int] = []
    for at, handler in enumerate(old):
        count = waiting.get(handler.slot, 0)
        if count == 0:
            continue
        reason = _explain(handler, new.get(handler.name), names)
        if not reason:
            continue
        if len([item for item in old if item.slot == handler.slot]) > 1:
            # Which of the interfaces they have is counted only now that it decides.
            exact = exact or _count_calls(old, pending, False)
            count = exact[at]
        if count:
            calls = "1 call waits" if count == 1 else f"{count} calls wait"
            reasons.append(f"{calls} for response handler `{handler.name}`, {reason}")
    refuse(reasons)


def explain_call(call: PendingCall, new: HandlerInterface, names: tuple[str, ...]) -> str:
    """Why a call that has failed can't be handled by the code that runs; "" if it can.

    Its interface is kept as long as it is not that of the code that runs.
    """
    stored = read_handlers()
    at = _find_interface(stored, call)
    return "" if at < 0 else _explain(stored[at], new, names)


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
    if old.is_raw and not new.is_raw:
        return "whose response type changed: it was a raw message, which may be anything"
    problem = None if new.is_raw else explain_type(handler, old.response, new.response, names)
    if problem is not None:
        return f"whose response type changed: {problem}"
    # The other way round: the caller reads what the new code replies.
    problem = explain_type(handler, new.reply, old.reply, names)
    if problem is not None:
        return f"whose reply type changed: {problem}"
    return ""
