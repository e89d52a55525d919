"""Timers in stable memory: what is set, when it is due, and what became of it.

Four collections of the canister's own (`compiler/glue_timers.py` declares them) and two cells:

    scm:timers           id -> the timer, as in `Timer`
    scm:timers_due       (time, id) of those that are armed, in the order in which they fire
    scm:timers_named     name -> id
    scm:timer_counts     the next id, then how many timers there are under each stored name
    scm:timer_handlers   those names (`timer_upgrade.py`)

A timer keeps the name that its handler had when it was set, and behind it the number of migrations
that its context has behind it, `remind#2`; or `remind#2.1`, where that one's contexts differ.
The global timer of the platform is armed for the first that is due, at the end of each message that
changed something.  How a timer is fired is `timer_messages.py`; why so, decision 18.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, final

from scm.leb128 import write_unsigned
from scm.runtime import ic0, stable, store
from scm.runtime.migrations import Steps

# Found once, at import: to look one up in its module takes 700 instructions.
_global_timer_set: Final = ic0.global_timer_set
_stable_store: Final = ic0.stable_store
_time: Final = ic0.time

SECOND_NS: Final = 1_000_000_000
AFTER_SECONDS_MAX: Final = 10_000_000_000
"""317 years, so that times fit in 64 bits."""

ATTEMPTS_MAX: Final = 8
ERROR_CHARACTERS_MAX: Final = 1000

ARMED: Final = 0
FIRING: Final = 1
FAILED: Final = 2
SENT: Final = 3
ON_ITS_WAY: Final = (SENT, FIRING)
"""First the message that runs the handler is to come; after it, a call that the handler made."""

COUNTS_CELL: Final = "scm:timer_counts"
_COUNTS_HEADER: Final = b"DIDL\x01\x6d\x78\x01\x00"  # `(vec nat64)`


@final
class TimerHandler:
    """A timer handler as the runtime sees it; `interval_ns` is 0 unless it is one of `@every`.

    `formerly` are its older names, `contexts` its context's Candid type and migrations; new timers
    are stored under `stored_name`.
    """

    def __init__(
        self,
        name: str,
        formerly: tuple[str, ...],
        interval_ns: int,
        contexts: Steps,
        run: Any,
        encode_context: Any,
        decode_context: Any,
    ) -> None:
        self.name: Final = name
        self.formerly: Final = formerly
        self.interval_ns: Final = interval_ns
        self.contexts: Final = contexts
        self.stored_name = stable.named_step(name, contexts.latest)
        self.run: Final = run
        self.encode_context: Final = encode_context
        self.decode_context: Final = decode_context

    def context_of(self, step: int, stored: bytes) -> object:
        """Today's context of one that was stored `step` migrations on."""
        return self.contexts.migrate(step, stored, self.decode_context)


@final
class Timer:
    """One timer.  `due_ns` is when it is to fire; `at_ns` is when it is tried next, which is later
    after a failure.  `env` is that of the call which fires it.  `handler` is the name that its
    handler had when it was set, and `step` says how many migrations the context has behind it."""

    def __init__(
        self,
        number: int,
        stored_name: str,
        handler: str,
        step: int,
        due_ns: int,
        context: bytes,
        name: str,
    ) -> None:
        self.number: Final = number
        self.stored_name: Final = stored_name
        self.handler: Final = handler
        self.step: Final = step
        self.due_ns = due_ns
        self.at_ns = due_ns
        self.context: Final = context
        self.name: Final = name
        self.status = ARMED
        self.attempts = 0
        self.failures = 0
        self.env = 0
        self.error = ""


@final
class Timers:
    """All timers of the canister; `open` comes first, in the canister's boot."""

    def __init__(self) -> None:
        self.handlers: dict[object, TimerHandler] = {}
        self.by_name: dict[str, TimerHandler] = {}
        self.directory = stable.Directory()
        self.records: Any = None
        self.due: Any = None
        self.named: Any = None
        self.places: dict[str, int] = {}
        """Where the count of each stored name is in `counts`."""
        self.counts: list[int] = []
        self.counts_at = 0
        self.next_number = 0
        self.is_changed = False
        self.armed_ns = 0
        self.pause_until_ns = 0
        self.is_closed = False

    def open(
        self,
        handlers: dict[object, TimerHandler],
        directory: stable.Directory,
        first_collection: int,
    ) -> None:
        """Say what the handlers are, by function, and where the collections and cells are."""
        self.handlers = handlers
        self.by_name = {name: item for item in handlers.values() for name in item.formerly}
        for handler in handlers.values():
            self.by_name[handler.name] = handler  # Whoever has a name now has it first.
        self.directory = directory
        self.records = store.open(first_collection)
        self.due = store.open(first_collection + 1)
        self.named = store.open(first_collection + 2)
        self.places = {item.stored_name: at for at, item in enumerate(handlers.values())}
        self.counts = [0] * len(handlers)

    def close(self) -> None:
        """Refuse timers while an upgrade reads the state: what is stored of them comes after."""
        self.is_closed = True

    def set(self, function: object, context: object, after_seconds: int, name: str) -> int:
        """Set a timer, in place of the one of that name if there is one; returns its id."""
        self._require_timers()
        handler = self.handlers.get(function)
        if handler is None or handler.interval_ns:
            raise TypeError(
                f"`ic.set_timer` takes a function marked with @on_timer, got {function!r}"
            )
        if not 0 <= after_seconds <= AFTER_SECONDS_MAX:
            raise ValueError(
                f"a timer is set for 0 to {AFTER_SECONDS_MAX} seconds, got {after_seconds}"
            )
        encoded: bytes = handler.encode_context(context)
        if name:
            replaced = self.find_named(name)
            if replaced is not None:
                self.remove(replaced)
        timer = self.add(handler, _time() + after_seconds * SECOND_NS, encoded, name)
        self._count(handler.stored_name, 1)
        return timer.number

    def cancel(self, timer: int | str) -> bool:
        """Give up a timer, by id or name; False if there is none, or it is one of `@every`."""
        self._require_timers()
        found = self.find_named(timer) if isinstance(timer, str) else self.find(timer)
        if found is None or self.interval_of(found):
            return False
        self.remove(found)
        return True

    def add(self, handler: TimerHandler, due_ns: int, context: bytes, name: str) -> Timer:
        """A new timer; whoever calls counts it."""
        number, stored_name, step = self.next_number, handler.stored_name, handler.contexts.latest
        timer = Timer(number, stored_name, handler.name, step, due_ns, context, name)
        self.next_number += 1
        if self.counts_at:
            _stable_store(self.counts_at, self.next_number)
        if name:
            self.named[name] = timer.number
        self.put(timer)
        return timer

    def find(self, number: int) -> Timer | None:
        """The timer with an id."""
        if not 0 <= number < 1 << 64:
            return None
        values = self.records.get(number, None)
        return None if values is None else _timer(number, values)

    def is_fired_by(self, number: int, env: int) -> bool:
        """Whether a timer waits for the response of a call."""
        timer = None if self.records is None else self.find(number)
        return timer is not None and timer.env == env and timer.status in ON_ITS_WAY

    def find_named(self, name: str) -> Timer | None:
        """The timer with a name."""
        number = self.named.get(name, -1)
        return self.find(number)

    def put(self, timer: Timer) -> None:
        """Write what has changed of a timer; its old time, if it had one, is taken back before."""
        self.records[timer.number] = (
            timer.stored_name,
            timer.due_ns,
            timer.at_ns,
            timer.context,
            timer.name,
            timer.status,
            timer.attempts,
            timer.failures,
            timer.env,
            timer.error,
        )
        if timer.status == ARMED:
            self.due.add((timer.at_ns, timer.number))
        self.is_changed = True

    def unarm(self, timer: Timer) -> None:
        """Take back the time at which a timer would fire."""
        if timer.status == ARMED:
            self.due.discard((timer.at_ns, timer.number))

    def remove(self, timer: Timer) -> None:
        """Forget a timer; one that is firing already does nothing if it has not run yet."""
        self.forget(timer)
        handler = self.by_name.get(timer.handler)
        if handler is not None and not handler.interval_ns:
            self._count(timer.stored_name, -1)

    def forget(self, timer: Timer) -> None:
        """The same for a timer that is not counted, as those of `@every`."""
        self.unarm(timer)
        del self.records[timer.number]
        if timer.name:
            self.named.discard(timer.name)
        self.is_changed = True

    def rename(self) -> None:
        """Take note that the names have changed under which handlers store new timers."""
        self.places = {item.stored_name: at for at, item in enumerate(self.handlers.values())}

    def take_over(self, stored_name: str, count: int) -> bool:
        """Note how many timers the version before has left under a name.

        Returns whether today's timers are stored under another one: then it stays in the records.
        """
        is_older = stored_name not in self.places
        if is_older:
            self.places[stored_name] = len(self.counts)
            self.counts.append(0)
        self.counts[self.places[stored_name]] = count
        return is_older

    def interval_of(self, timer: Timer) -> int:
        """The interval of a timer's handler, 0 if it fires once."""
        handler = self.by_name.get(timer.handler)
        return 0 if handler is None else handler.interval_ns

    def first_due(self, until_ns: int) -> Timer | None:
        """The armed timer that fires first, if it is due."""
        key = self.due.end(store.KEYS, False, False)
        if key is None or key[0] > until_ns:
            return None
        return self.find(key[1])

    def numbers_from(self, first: int) -> Iterator[int]:
        """The ids of all timers, from one on."""
        cursor: Iterator[int] = self.records.cursor(store.KEYS, store.HAS_LOW, first, None)
        return cursor

    def succeed(self, timer: Timer) -> None:
        """A timer has fired: it is done, or goes on at its next interval."""
        interval = self.interval_of(timer)
        if interval:
            self._go_on(timer, interval)
            timer.error = ""
            self.put(timer)
        else:
            self.remove(timer)

    def fail(self, timer: Timer, error: str) -> None:
        """A timer has raised: it is tried again later, or kept as failed.

        One of `@every` is tried again until its next interval begins.
        """
        interval = self.interval_of(timer)
        timer.error = error[:ERROR_CHARACTERS_MAX]
        timer.failures += 1
        timer.status = ARMED
        timer.at_ns = _time() + (SECOND_NS << timer.attempts - 1)
        if interval:
            again_ns = timer.at_ns
            attempts = timer.attempts
            self._go_on(timer, interval)
            if attempts < ATTEMPTS_MAX and again_ns < timer.due_ns:
                timer.at_ns = again_ns
                timer.due_ns -= interval
                timer.attempts = attempts
        elif timer.attempts >= ATTEMPTS_MAX:
            timer.status = FAILED
        self.put(timer)

    def postpone(self, timer: Timer) -> None:
        """A firing did not get as far as the handler: it does not count, and is tried again."""
        timer.attempts -= 1
        timer.status = ARMED
        timer.at_ns = _time() + SECOND_NS
        self.put(timer)

    def settle(self) -> None:
        """The end of a message: arm the global timer anew if it changed something.

        So does a message that finds the global timer overdue: it is disarmed if firing trapped.
        """
        if self.is_changed or (self.armed_ns and self.armed_ns <= _time()):
            self.arm()

    def save(self) -> None:
        """The end of an install or upgrade: write all counts, and arm the global timer."""
        words = [self.next_number, *self.counts]
        parts = [_COUNTS_HEADER, write_unsigned(len(words))]
        parts += [word.to_bytes(8, "little") for word in words]
        content = b"".join(parts)
        self.directory.write(COUNTS_CELL, content)
        block = self.directory.cells[COUNTS_CELL].block
        self.counts_at = block + stable.BLOCK_OVERHEAD + len(content) - 8 * len(words)
        self.arm()

    def arm(self) -> None:
        """Arm the global timer for what is due first."""
        self.is_changed = False
        key = self.due.end(store.KEYS, False, False)
        first_ns = 0 if key is None else max(key[0], self.pause_until_ns)
        # Even if it is as before: a platform snapshot brings the heap back, and not the timer.
        _global_timer_set(first_ns)
        self.armed_ns = first_ns

    def _count(self, stored_name: str, difference: int) -> None:
        """One timer of a name more or less; each count has its word from the first on."""
        place = self.places[stored_name]
        self.counts[place] += difference
        if self.counts_at:
            _stable_store(self.counts_at + 8 * place + 8, self.counts[place])

    def _require_timers(self) -> None:
        if self.records is None:
            _time()  # On the host, this tells that there is no canister.
            raise RuntimeError("the canister declares no function with @on_timer or @every")
        if self.is_closed:
            raise RuntimeError("a migration can't set or cancel timers: it sees its value only")

    def _go_on(self, timer: Timer, interval_ns: int) -> None:
        """Arm a timer for the first of its times that is still to come."""
        missed = max(0, (_time() - timer.due_ns) // interval_ns)
        timer.due_ns += (missed + 1) * interval_ns
        timer.at_ns = timer.due_ns
        timer.status = ARMED
        timer.attempts = 0


def read_counts(directory: stable.Directory) -> list[int]:
    """The next id, then how many timers each stored name has; empty if there are no timers."""
    cell = directory.cells.get(COUNTS_CELL)
    if cell is None:
        return []
    content = cell.read()
    start = len(_COUNTS_HEADER)
    words = content[start + (1 if len(content) > start and content[start] < 0x80 else 2) :]
    if not content.startswith(_COUNTS_HEADER) or len(words) % 8 or not words:
        raise stable.StableMemoryError("stable memory is damaged: the counts of timers")
    return [int.from_bytes(words[at : at + 8], "little") for at in range(0, len(words), 8)]


def _timer(number: int, values: Any) -> Timer:
    handler, step = stable.with_step(values[0])
    timer = Timer(number, values[0], handler, step, values[1], values[3], values[4])
    timer.at_ns = values[2]
    timer.status = values[5]
    timer.attempts = values[6]
    timer.failures = values[7]
    timer.env = values[8]
    timer.error = values[9]
    return timer


TIMERS: Final = Timers()
