"""What must have come of a random history: kept outside of the canister, and compared with it.

Each answer to a user is put down here; the books go back with a snapshot and are emptied by a
reinstall, and the canister's must always be the same.  An order whose response is kept may be in
the canister's books before its answer has come.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from attrs import define, frozen
from tests.canisters.chaos_scene import (
    PROXIED,
    Look,
    is_of_order,
    is_open,
    numbers_of,
    order_of,
)

from scm.candid.decode import decode
from scm.candid.types import TEXT
from scm.replica.state import IngressId, Rejected, Replied

KEPT_KINDS: Final = ("kept", "relay")
PROXIED_ENDS: Final = ("done;", "refused;", "unknown;")
TIMER_ERRORS: Final = (
    "is not awake",
    "needs mended code",
    "knocks first",
    "too early to tick",
    "exceeded the limit of",
    "is not running",
    "was not handled",
    "No response",  # As the response of its call was an orphan, from before a snapshot.
)
"""Why a timer may have to be tried again."""


@define
class Order:
    """What a user asked for, or a controller's answer by hand to a failed call of it."""

    kind: str
    number: int
    reference: IngressId
    is_by_hand: bool = False
    is_disturbed: bool = False
    """Whether a reinstall or a snapshot has come between: it may be lost then, with a reject."""
    has_met_stop: bool = False
    """Whether the canister was stopping or stopped in the meantime: it may be refused."""


@frozen
class Saved:
    """What the books were when a snapshot was taken."""

    snapshot_id: bytes
    ended: dict[int, str]
    alarms: frozenset[int]
    refused: frozenset[int]
    begun: frozenset[int]


class ChaosBooks:
    """`ended`: how orders ended; `alarms`: those that are set or have rung."""

    def __init__(self) -> None:
        self.counts: Final[Counter[str]] = Counter()
        self.open: Final[list[Order]] = []
        self.ended: dict[int, str] = {}
        self.alarms: set[int] = set()
        self.refused: set[int] = set()
        """Orders that never began, as the canister was not running."""
        self.begun: set[int] = set()
        """Orders that go through the proxy: each is in the canister's books one day."""
        self.broken_joins: Final[set[int]] = set()
        self.taken: Final[set[int]] = set()
        """Orders whose kept response a controller has used up."""
        self.doubled_max = 0
        """How many responses were cut: maybe of a timer that made a call, and fires again."""
        self.given_up: Final[set[int]] = set()
        """Orders of which a call was discarded that was said to wait."""
        self._has_loaded = False
        self._uncertain: dict[int, str] = {}
        """Orders that may be in the canister's books, with this end or, if it is empty, any."""
        self._adopted: Final[set[int]] = set()
        """Of these, those that are: another message for the same order may still tell."""

    def save(self, snapshot_id: bytes, look: Look) -> Saved:
        """Remember the books as they are, with those of `look`, of the same moment."""
        sets = (frozenset(numbers) for numbers in (self.alarms, self.refused, self.begun))
        return Saved(snapshot_id, dict(look.books), *sets)

    def go_back(self, saved: Saved | None) -> None:
        """A snapshot was loaded, or, without one, the canister is new."""
        self.ended = {} if saved is None else dict(saved.ended)
        self.alarms = set() if saved is None else set(saved.alarms)
        self.refused = set() if saved is None else set(saved.refused)
        self.begun = set() if saved is None else set(saved.begun)
        self._has_loaded |= saved is not None
        self._uncertain = {}
        self._adopted.clear()
        for order in self.open:
            order.is_disturbed = True

    def meet_stop(self) -> None:
        """The canister stops."""
        for order in self.open:
            order.has_met_stop = True

    def may_be_lost(self, number: int) -> bool:
        """Whether this alarm makes a call, whose handler may have run before a snapshot was loaded:
        that undoes it, and the response of the timer, if it is to come yet, does not know."""
        return self._has_loaded and number % 6 == 2

    def note(self, order: Order, status: Replied | Rejected, failed: set[int]) -> None:
        """An order was answered; `failed` are those with a call that has failed."""
        self.open.remove(order)
        if isinstance(status, Rejected):
            self._note_reject(order, status.message, failed)
        elif status.data != b"DIDL\0\0":  # What a join replies that waits for more.
            (answer,) = decode(status.data, [TEXT])
            assert isinstance(answer, str)
            self._note_reply(order, answer)

    def note_retry(self, kind: str, number: int, answer: str) -> None:
        """The handler of a kept response has run again, at once."""
        shown, shown_number, result = answer.split(" ")
        assert (shown, int(shown_number)) == (kind, number), f"misrouted: {answer}"
        assert number not in self.ended, f"doubled: {number}"
        self.ended[number] = f"{result};"
        self.counts["run again, and mended"] += 1

    def _note_reply(self, order: Order, answer: str) -> None:
        self.counts["answers"] += 1
        kind, number, result = answer.split(" ")
        assert (kind, int(number)) == (order.kind, order.number), f"misrouted: {answer}, {order}"
        if kind == "proxied":
            assert result == "begun"
            self.begun.add(order.number)
        elif kind == "alarm":
            self.alarms.add(order.number)
            if result != "nothing":
                assert int(result) in self.alarms
                self.alarms.remove(int(result))
        elif kind == "cancel":
            if result == "yes":
                assert order.number in self.alarms
                self.alarms.remove(order.number)
        elif kind in KEPT_KINDS and (order.is_disturbed or order.number in self._uncertain):
            self._uncertain[order.number] = f"{result};"
        elif order.number in self._adopted:
            self._adopted.remove(order.number)
            assert self.ended[order.number] == f"{result};"
        else:
            before = self.ended.get(order.number, "")
            self.ended[order.number] = f"{before}{result};"
            assert before == "", f"doubled: {order.number} ended as {self.ended[order.number]}"

    def _note_reject(self, order: Order, text: str, failed: set[int]) -> None:
        """A reject must have a reason: one without any is a lost answer."""
        self.counts["rejects"] += 1
        if order.has_met_stop and "is not running" in text:
            self.counts["refused while stopping or stopped"] += 1
            # What is not refused itself may tell that a message of the canister to itself was.
            if not (order.is_by_hand or order.is_disturbed or order.number in self.taken):
                self.refused.add(order.number)
            return
        known = (
            "exceeded the limit of",
            "DrainingError",
            f"{order.number} can't be booked",
            f"{order.number} needs mended code",
        )
        if any(part in text for part in known):
            # Of a kept response, what is cut may be the message that passes the answer on.
            if order.kind in KEPT_KINDS and known[0] in text:
                self._uncertain.setdefault(order.number, "")
            return
        if order.is_by_hand and "LookupError: " in text:
            return  # Answered or discarded meanwhile, or of a handler that newer code had.
        if order.number in self.taken and "was dealt with by hand" in text:
            return
        # Between the question and the answer by hand, the proxy may have refused the call.
        if order.is_by_hand and ("has no response that is kept" in text or "waits for its" in text):
            return
        # A join of which one part has failed ends without an answer; its handler may run by hand.
        is_broken = order.kind == "several" and order.number in self.broken_joins | failed
        assert order.is_disturbed or is_broken, f"lost: {order}: {text}"
        self.counts["lost to a reinstall or snapshot, and told so"] += order.is_disturbed

    def compare(self, look: Look) -> None:
        """The canister's books must be these."""
        assert look.wrong == [], f"misrouted: {look.wrong}"
        self._adopt_proxied(look)
        self._compare_ends(look)
        self._compare_calls(look)
        self._compare_timers(look)

    def _adopt_proxied(self, look: Look) -> None:
        """What has come through the proxy, of which no user is told."""
        for number in self.begun & set(look.books):
            assert look.books[number] in PROXIED_ENDS, f"doubled: {number}: {look.books[number]}"
            self.ended[number] = look.books[number]
            self.counts[f"through the proxy, {look.books[number].rstrip(';')}"] += 1
        self.begun -= set(look.books)

    def _compare_ends(self, look: Look) -> None:
        for number, result in self._uncertain.items():
            if number in look.books:
                assert result in ("", look.books[number])
                self.ended[number] = look.books[number]
                self._adopted.add(number)
        self._uncertain = {}
        unanswered = {order.number for order in self.open if order.kind in KEPT_KINDS}
        books = {
            number: result
            for number, result in look.books.items()
            if number in self.ended or number not in unanswered
        }
        assert books == self.ended
        assert look.handled == len(look.books)
        assert not self.refused & set(look.books), "refused, and yet done"

    def _compare_calls(self, look: Look) -> None:
        waiting = numbers_of(look.pending, is_open)
        # What refuses a call is kept for the handler, and what it holds is held on.
        proxied = numbers_of(look.pending, lambda call: call.handler == PROXIED)
        lost = set(look.held) - waiting - proxied - self.given_up
        assert not lost, f"never to be released: {lost}"
        lost = self.begun - proxied - self.given_up
        assert not lost, f"lost: no one will hear of {lost}"
        single = {
            number
            for kind, number in (order_of(call) for call in look.pending if is_of_order(call))
            if number in waiting and kind != "several"
        }
        assert single - set(look.released) <= set(look.held)
        count = sum(map(is_open, look.pending))
        failed = len(look.pending) - count
        assert (look.counts.waiting, look.counts.failed) == (count, failed)

    def _compare_timers(self, look: Look) -> None:
        assert set(look.alarms) | set(look.rung) == self.alarms
        assert not set(look.alarms) & set(look.rung)
        timers = {timer.id: timer for timer in look.timers}
        lost = [number for number, timer in look.alarms.items() if timer not in timers]
        assert all(self.may_be_lost(number) for number in lost), f"timers are lost: {lost}"
        (tick,) = [timer for timer in look.timers if timer.handler == "tick"]
        assert tick.status != "failed"
        rest = [timers[key] for key in set(timers) - set(look.alarms.values()) - {tick.id}]
        # What a handler does and the end of its timer are one message, unless it makes a call.
        assert all(timer.handler == "ring_back" for timer in rest), f"doubled: {rest}"
        assert all(int(what.removeprefix("alarm ")) % 6 == 2 for what in look.doubled)
        doubled = [timer for timer in rest if timer.status != "firing"]
        assert len(doubled) + len(look.doubled) <= self.doubled_max, f"doubled: {doubled}"
        for timer in look.timers:
            is_known = any(part in timer.error for part in TIMER_ERRORS)
            assert timer.error == "" or is_known, f"{timer}"
            assert timer.status != "failed" or timer.attempts == 8
