"""Timers at install and upgrade: can the new code fire what is set, and what does `@every` change?

The cell `scm:timer_handlers` has the names under which the code that ran before has stored timers:
those of its handlers, each with the interval (0 if it has none), the id of the interval's timer,
and the header of the context's type; then older ones, of which timers are left.  A name is one of
`stable.named_step`.  How many timers each has is in another cell, so the check costs the same
however many there are.
"""

from __future__ import annotations

from typing import Final, final

from scm.leb128 import read_unsigned, write_unsigned
from scm.runtime import ic0, stable, store
from scm.runtime.pending import PendingTable
from scm.runtime.stored_types import refuse
from scm.runtime.timers import ARMED, COUNTS_CELL, Timer, TimerHandler, Timers, read_counts

HANDLERS_CELL: Final = "scm:timer_handlers"
_GONE: Final = "which the new code does not have"
COLLECTIONS: Final = ("scm:timers", "scm:timers_due", "scm:timers_named")

# `(vec record { text; nat64; nat64; blob })`
_HANDLERS_HEADER: Final = (
    b"DIDL\x03\x6d\x01\x6c\x04\x00\x71\x01\x78\x02\x78\x03\x02\x6d\x7b\x01\x00"
)


@final
class StoredHandler:
    """A name under which timers are stored; `timer` is the id of the timer of an interval."""

    def __init__(self, stored_name: str, interval_ns: int, timer: int, header: bytes) -> None:
        self.stored_name: Final = stored_name
        name, step = stable.with_step(stored_name)
        self.name: Final = name
        self.step: Final = step
        self.interval_ns: Final = interval_ns
        self.timer: Final = timer
        self.header: Final = header


def install_timers(timers: Timers) -> None:
    """The end of `canister_init`: the timers of `@every`, beside what the user's function set."""
    _write_handlers(timers, {}, [])
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
    _choose_names(timers, stored, counts[1:])
    timers.next_number = counts[0] if counts else 0
    kept = _keep_intervals(timers, stored)
    older: list[StoredHandler] = []
    for item, count in zip(stored, counts[1:], strict=True):
        if count and not item.interval_ns and timers.take_over(item.stored_name, count):
            older.append(item)
    _write_handlers(timers, kept, older)
    timers.save()
    timers.is_closed = False


def leave_timers(directory: stable.Directory, pending: PendingTable, slot: int) -> None:
    """The end of `canister_post_upgrade` in code that has no timers: there must be none to lose."""
    stored = _read_handlers(directory)
    if not stored:
        return
    counts = read_counts(directory)
    problems: dict[tuple[str, str], int] = {}
    for item, count in zip(stored, counts[1:], strict=True):
        if count and not item.interval_ns:
            _note(problems, item.name, _GONE, count)
    reasons = _reasons(problems)
    firing = pending.waiting_by_slot().get(slot, 0)
    if firing and not reasons:
        what = "1 timer is" if firing == 1 else f"{firing} timers are"
        reasons.append(f"{what} firing just now, and the new code has no timers")
    refuse(reasons)
    for name in COLLECTIONS:
        store.drop(name)
    directory.write(HANDLERS_CELL, _HANDLERS_HEADER + b"\x00")
    # Ids go on from here if timers come back: the state may have some.
    directory.write(COUNTS_CELL, b"DIDL\x01\x6d\x78\x01\x00\x01" + counts[0].to_bytes(8, "little"))


def _check_handlers(
    timers: Timers, stored: list[StoredHandler], counts: list[int], names: tuple[str, ...]
) -> None:
    problems: dict[tuple[str, str], int] = {}
    for item, count in zip(stored, counts, strict=True):
        if count == 0 or item.interval_ns:
            continue
        handler = timers.by_name.get(item.name)
        if handler is None:
            _note(problems, item.name, _GONE, count)
        elif handler.interval_ns:
            _note(problems, item.name, "which the new code has as @every", count)
        else:
            problem = handler.contexts.explain(item.step, item.header, names)
            if problem is not None:
                _note(problems, item.name, f"whose context changed: {problem}", count)
    refuse(_reasons(problems))


def _choose_names(timers: Timers, stored: list[StoredHandler], counts: list[int]) -> None:
    """Under which name each handler stores new timers: one for each type of contexts.

    Else the type of those that are there would be forgotten, and a later version misread them.
    """
    for handler in timers.handlers.values():
        if handler.interval_ns:
            continue
        chosen = ""
        revision = 0
        is_taken = False
        for item, count in zip(stored, counts, strict=True):
            if item.name != handler.name or item.step != handler.contexts.latest:
                continue
            if item.header == handler.contexts.header and not item.interval_ns:
                chosen = item.stored_name
            is_taken = is_taken or (item.stored_name == handler.stored_name and count > 0)
            revision = max(revision, stable.revision_of(item.stored_name))
        if chosen:
            handler.stored_name = chosen
        elif is_taken:
            step = handler.contexts.latest
            handler.stored_name = stable.named_step(handler.name, step, revision + 1)
    timers.rename()


def _note(problems: dict[tuple[str, str], int], name: str, problem: str, count: int) -> None:
    """Timers of one handler may be stored under several names: what is wrong is told once."""
    problems[name, problem] = problems.get((name, problem), 0) + count


def _reasons(problems: dict[tuple[str, str], int]) -> list[str]:
    reasons: list[str] = []
    for (name, problem), count in problems.items():
        timers = "there is 1 timer" if count == 1 else f"there are {count} timers"
        reasons.append(f"{timers} for timer handler `{name}`, {problem}")
    return reasons


def _keep_intervals(timers: Timers, stored: list[StoredHandler]) -> dict[str, int]:
    """The ids of the timers of intervals that go on, by name; others are given up."""
    kept: dict[str, int] = {}
    for item in stored:
        timer = timers.find(item.timer) if item.interval_ns else None
        if timer is None:
            continue
        handler = timers.by_name.get(item.name)
        if handler is None or handler.interval_ns == 0:
            timers.forget(timer)
            continue
        kept[item.name] = timer.number
        if handler.interval_ns != item.interval_ns:
            _reschedule(timers, timer, handler)
    return kept


def _reschedule(timers: Timers, timer: Timer, handler: TimerHandler) -> None:
    """Another interval begins now; one that is firing goes on in it when it is done."""
    timers.unarm(timer)
    timer.due_ns = ic0.time() + (handler.interval_ns if timer.status == ARMED else 0)
    timer.at_ns = timer.due_ns
    timer.attempts = 0 if timer.status == ARMED else timer.attempts
    timers.put(timer)


def _write_handlers(timers: Timers, kept: dict[str, int], older: list[StoredHandler]) -> None:
    """Write the names of today's handlers, then the older ones of which timers are left.

    There are new timers for intervals that have none in `kept`.
    """
    parts = [_HANDLERS_HEADER, write_unsigned(len(timers.handlers) + len(older))]
    for handler in timers.handlers.values():
        number = 0
        if handler.interval_ns:
            if handler.name in kept:
                number = kept[handler.name]
            else:
                due_ns = ic0.time() + handler.interval_ns
                encoded: bytes = handler.encode_context(None)
                number = timers.add(handler, due_ns, encoded, "").number
        header = handler.contexts.header
        parts.append(_entry(handler.stored_name, handler.interval_ns, number, header))
    parts += [_entry(item.stored_name, 0, 0, item.header) for item in older]
    timers.directory.write(HANDLERS_CELL, b"".join(parts))


def _entry(stored_name: str, interval_ns: int, timer: int, header: bytes) -> bytes:
    name = stored_name.encode()
    return b"".join(
        [
            write_unsigned(len(name)),
            name,
            interval_ns.to_bytes(8, "little"),
            timer.to_bytes(8, "little"),
            write_unsigned(len(header)),
            header,
        ]
    )


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
        stored_name = content[at : at + size].decode("utf-8", "replace")
        at += size
        interval_ns = int.from_bytes(content[at : at + 8], "little")
        timer = int.from_bytes(content[at + 8 : at + 16], "little")
        size, at = read_unsigned(content, at + 16)
        found.append(StoredHandler(stored_name, interval_ns, timer, content[at : at + size]))
        at += size
    return found
