"""Timers at install and upgrade: can the new code fire what is set, and what does `@every` change?

The cell `scm:timer_handlers` has the handlers of the code that ran before: name, interval (0 if it
has none), the id of the interval's timer, the header of the context's type.  How many timers each
has is in another cell, so the check costs the same however many there are.
"""

from __future__ import annotations

from typing import Final, final

from scm.leb128 import read_unsigned, write_unsigned
from scm.runtime import ic0, stable, store
from scm.runtime.pending import PendingTable
from scm.runtime.stored_types import UpgradeError, explain_type
from scm.runtime.timers import ARMED, COUNTS_CELL, Timer, TimerHandler, Timers, read_counts

HANDLERS_CELL: Final = "scm:timer_handlers"
COLLECTIONS: Final = ("scm:timers", "scm:timers_due", "scm:timers_named")

# `(vec record { text; nat64; nat64; blob })`
_HANDLERS_HEADER: Final = (
    b"DIDL\x03\x6d\x01\x6c\x04\x00\x71\x01\x78\x02\x78\x03\x02\x6d\x7b\x01\x00"
)


@final
class StoredHandler:
    """A handler of the code that ran before; `timer` is the id of the timer of an interval."""

    def __init__(self, name: str, interval_ns: int, timer: int, header: bytes) -> None:
        self.name: Final = name
        self.interval_ns: Final = interval_ns
        self.timer: Final = timer
        self.header: Final = header


def install_timers(timers: Timers) -> None:
    """The end of `canister_init`: the timers of `@every`, beside what the user's function set."""
    _write_handlers(timers, {})
    timers.save()


def upgrade_timers(timers: Timers, names: tuple[str, ...]) -> None:
    """The end of `canister_post_upgrade`: take over the timers, and arm the global one.

    Raises `UpgradeError` with every reason why a timer could not be fired.  `names` are those of
    all record fields and variant tags, for the message.
    """
    stored = _read_handlers(timers.directory)
    counts = read_counts(timers.directory)
    if len(counts) != (len(stored) + 1 if stored else len(counts)):
        raise stable.StableMemoryError("stable memory is damaged: the counts of timers")
    _check_handlers(timers, stored, counts[1:], names)
    timers.next_number = counts[0] if counts else 0
    kept: dict[str, int] = {}
    for item in stored:
        timer = timers.find(item.timer) if item.interval_ns else None
        if timer is None:
            continue
        handler = timers.by_name.get(item.name)
        if handler is None or handler.interval_ns == 0:
            timers.remove(timer)
            continue
        kept[item.name] = timer.number
        if handler.interval_ns != item.interval_ns:
            _reschedule(timers, timer, handler)
    for item, count in zip(stored, counts[1:], strict=True):
        handler = timers.by_name.get(item.name)
        if handler is not None and not item.interval_ns:
            timers.counts[handler.number] = count
        elif handler is not None and handler.interval_ns == 0:
            timers.counts[handler.number] = 0  # It was one of `@every`, whose timer is removed.
    _write_handlers(timers, kept)
    timers.save()
    timers.is_closed = False


def leave_timers(directory: stable.Directory, pending: PendingTable, slot: int) -> None:
    """The end of `canister_post_upgrade` in code that has no timers: there must be none to lose."""
    stored = _read_handlers(directory)
    if not stored:
        return
    counts = read_counts(directory)
    reasons = [
        f"{_timers(count)} for timer handler `{item.name}`, which the new code does not have"
        for item, count in zip(stored, counts[1:], strict=True)
        if count and not item.interval_ns
    ]
    firing = pending.waiting_by_slot().get(slot, 0)
    if firing and not reasons:
        what = "1 timer is" if firing == 1 else f"{firing} timers are"
        reasons.append(f"{what} firing just now, and the new code has no timers")
    if reasons:
        raise UpgradeError(f"{'; '.join(reasons)}; the old code goes on")
    for name in COLLECTIONS:
        store.drop(name)
    directory.write(HANDLERS_CELL, _HANDLERS_HEADER + b"\x00")
    # Ids go on from here if timers come back: the state may have some.
    directory.write(COUNTS_CELL, b"DIDL\x01\x6d\x78\x01\x00\x01" + counts[0].to_bytes(8, "little"))


def _check_handlers(
    timers: Timers, stored: list[StoredHandler], counts: list[int], names: tuple[str, ...]
) -> None:
    reasons: list[str] = []
    for item, count in zip(stored, counts, strict=True):
        if count == 0 or item.interval_ns:
            continue
        handler = timers.by_name.get(item.name)
        what = f"{_timers(count)} for timer handler `{item.name}`"
        if handler is None:
            reasons.append(f"{what}, which the new code does not have")
        elif handler.interval_ns:
            reasons.append(f"{what}, which the new code has as @every")
        else:
            owner = f"timer handler `{item.name}`"
            problem = explain_type(owner, item.header, handler.header, names)
            if problem is not None:
                reasons.append(f"{what}, whose context changed: {problem}")
    if reasons:
        raise UpgradeError(f"{'; '.join(reasons)}; the old code goes on")


def _timers(count: int) -> str:
    return "there is 1 timer" if count == 1 else f"there are {count} timers"


def _reschedule(timers: Timers, timer: Timer, handler: TimerHandler) -> None:
    """Another interval begins now; one that is firing goes on in it when it is done."""
    timers.unarm(timer)
    timer.due_ns = ic0.time() + (handler.interval_ns if timer.status == ARMED else 0)
    timer.at_ns = timer.due_ns
    timer.attempts = 0 if timer.status == ARMED else timer.attempts
    timers.put(timer)


def _write_handlers(timers: Timers, kept: dict[str, int]) -> None:
    """Write what the handlers are, with new timers for intervals that have none in `kept`."""
    parts = [_HANDLERS_HEADER, write_unsigned(len(timers.by_name))]
    for handler in timers.by_name.values():
        number = 0
        if handler.interval_ns:
            if handler.name in kept:
                number = kept[handler.name]
            else:
                due_ns = ic0.time() + handler.interval_ns
                encoded: bytes = handler.encode_context(None)
                number = timers.add(handler.name, due_ns, encoded, "").number
        name = handler.name.encode()
        parts += [write_unsigned(len(name)), name]
        parts += [handler.interval_ns.to_bytes(8, "little"), number.to_bytes(8, "little")]
        parts += [write_unsigned(len(handler.header)), handler.header]
    timers.directory.write(HANDLERS_CELL, b"".join(parts))


def _read_handlers(directory: stable.Directory) -> list[StoredHandler]:
    cell = directory.cells.get(HANDLERS_CELL)
    if cell is None:
        return []
    content = cell.read()
    if not content.startswith(_HANDLERS_HEADER):
        raise stable.StableMemoryError("stable memory is damaged: the handlers of timers")
    count, at = read_unsigned(content, len(_HANDLERS_HEADER))
    found: list[StoredHandler] = []
    for _ in range(count):
        size, at = read_unsigned(content, at)
        name = content[at : at + size].decode("utf-8", "replace")
        at += size
        interval_ns = int.from_bytes(content[at : at + 8], "little")
        timer = int.from_bytes(content[at + 8 : at + 16], "little")
        size, at = read_unsigned(content, at + 16)
        found.append(StoredHandler(name, interval_ns, timer, content[at : at + size]))
        at += size
    return found
