"""A random history of a canister that calls: everything may happen to it at every step.

Orders, held and reordered and lost messages, upgrades forward and back, reinstalls, snapshots,
draining, executions cut at any instruction, failed calls answered by hand.  What must have come of
it is known outside of the canister: each answer to a user is put into books here, which go back
with a snapshot and are emptied by a reinstall, and the canister's must always be the same.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Final, cast

from attrs import define, frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import BLOB, NAT32, NAT64, PRINCIPAL, TEXT, Field, Opt, Record, Type
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import IngressId, Pending, Rejected, Replied
from scm.replica.trace import Sent
from scm.testing.call_counts import read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.pending_calls import PendingCall, discard_call, drain, pending_calls
from scm.testing.snapshots import load_snapshot, take_snapshot
from scm.testing.state import check_state

KINDS: Final = ("single", "bounded", "chain", "several")
EXPECT_IDLE: Final = encode([TEXT], ["expect_idle"])
RECEIPT: Final = Record([Field("number", NAT64), Field("part", NAT64)])
SNAPSHOTS_MAX: Final = 3
PART_OF: Final = {"chain_done": 1}
"""The part that a handler waits for, where it is not the first."""


@define
class Order:
    """What a user asked for, or a controller's answer by hand to a failed call of it."""

    kind: str
    number: int
    reference: IngressId
    is_by_hand: bool = False
    is_disturbed: bool = False
    """Whether a reinstall or a snapshot has come between: it may be lost then, with a reject."""


@frozen
class Saved:
    """A snapshot, and the books of that moment."""

    snapshot_id: bytes
    books: dict[int, str]


class ChaosHistory:
    """One run: `seed` decides everything.  `versions` are modules of the canister."""

    def __init__(self, replica: Replica, versions: Mapping[str, bytes], seed: int) -> None:
        self.replica: Final = replica
        self.counts: Final[Counter[str]] = Counter()
        self._chance: Final = random.Random(seed)
        self._versions: Final = list(versions.values())
        self._caller: Final = self._create()
        self._peer: Final = self._create()
        self._open: Final[list[Order]] = []
        self._next_number = 1
        self._books: dict[int, str] = {}
        self._saved: Final[list[Saved]] = []
        self._broken_joins: Final[set[int]] = set()
        self._by_hand: Final[Counter[int]] = Counter()
        """How often the first call of a chain was answered by hand, by the order's number."""
        self._hold: Final = replica.hold(
            lambda delivery: delivery.kind != "ingress" and self._chance.random() < 0.5
        )

    @property
    def messages(self) -> int:
        """How many messages were sent so far."""
        return sum(isinstance(event, Sent) for event in self.replica.trace)

    def run(self, messages: int) -> None:
        """Go on until so many messages were sent, let everything end, and check it."""
        names, weights = zip(*_OPERATIONS.items(), strict=True)
        while self.messages < messages:
            for name in self._chance.choices(names, weights, k=20):
                self.counts[name] += 1
                getattr(self, f"_{name}")()
                self._poll()
            self._check()
        self._finish()

    # What may happen.

    def _order(self) -> None:
        kind = self._chance.choice(KINDS)
        number = self._next_number
        self._next_number += 1
        types: list[Type] = [PRINCIPAL, NAT64]
        values: list[object] = [self._peer, number]
        if kind == "several":
            types.append(NAT64)
            values.append(self._chance.choice((1, 2, 3, 5)))
        reference = self.replica.submit(self._caller, kind, encode(types, values))
        self._open.append(Order(kind, number, reference))

    def _step(self) -> None:
        for _ in range(self._chance.randrange(6)):
            self.replica.step()

    def _release(self) -> None:
        parked = self._hold.parked
        for _ in range(min(len(parked), self._chance.randrange(1, 4))):
            parked = self._hold.parked
            index = self._chance.randrange(len(parked))
            if parked[index].is_best_effort and self._chance.random() < 0.3:
                self._hold.drop_as_unknown(index)
            else:
                self._hold.release_one(index)

    def _cut(self) -> None:
        after = int(2 ** self._chance.uniform(8, 17))
        with self.replica.cut_executions(after, with_cleanup=self._chance.random() < 0.5):
            for _ in range(self._chance.randrange(1, 4)):
                self.replica.step()

    def _upgrade(self) -> None:
        self._install(self._caller, EXPECT_IDLE if self._chance.random() < 0.2 else b"DIDL\0\0")

    def _upgrade_peer(self) -> None:
        self._install(self._peer, b"DIDL\0\0")

    def _upgrade_cut(self) -> None:
        with self.replica.cut_executions(int(2 ** self._chance.uniform(8, 20))):
            self._install(self._caller, b"DIDL\0\0")

    def _reinstall(self) -> None:
        self.replica.install(self._caller, self._chance.choice(self._versions), mode="reinstall")
        self._books = {}
        self._disturb()

    def _snapshot(self) -> None:
        self.replica.run_until_idle()
        self._poll()
        if len(self._saved) < SNAPSHOTS_MAX:
            snapshot_id = take_snapshot(self.replica, self._caller)
        else:
            old = self._saved.pop(self._chance.randrange(SNAPSHOTS_MAX)).snapshot_id
            snapshot_id = take_snapshot(self.replica, self._caller, replace_snapshot=old)
        self._saved.append(Saved(snapshot_id, dict(self._books)))

    def _load(self) -> None:
        if not self._saved:
            return
        self.replica.run_until_idle()
        self._poll()
        saved = self._chance.choice(self._saved)
        load_snapshot(self.replica, self._caller, saved.snapshot_id)
        self._books = dict(saved.books)
        self._disturb()

    def _drain(self) -> None:
        self.replica.run_until_idle()
        drain(self.replica, self._caller, is_on=self._chance.random() < 0.3)

    def _wait(self) -> None:
        self.replica.advance_time(self._chance.random() * 8)

    def _rescue(self) -> None:
        """Answer or discard a call that has failed."""
        self.replica.run_until_idle()
        failed = [call for call in self._pending() if not call.is_waiting]
        if not failed:
            return
        call = self._chance.choice(failed)
        kind, number = self._order_of(call)
        if kind == "several":
            self._broken_joins.add(number)
        if self._chance.random() < 0.3:
            self._discard(call)
            return
        self._by_hand[number] += call.handler == "chain_goes_on"
        reply = rejection = None
        if kind == "several" or self._chance.random() < 0.3:
            rejection = "answered by hand"
        else:
            reply = encode([RECEIPT], [{"number": number, "part": PART_OF.get(call.handler, 0)}])
        argument = encode([NAT32, Opt(BLOB), Opt(TEXT)], [call.id, reply, rejection])
        reference = self.replica.submit(self._caller, "scm_answer", argument)
        self._open.append(Order(kind, number, reference, is_by_hand=True))

    # What must hold.

    def _poll(self) -> None:
        """Take note of new answers."""
        for order in list(self._open):
            status = self.replica.status(order.reference)
            if isinstance(status, Pending):
                continue
            self._open.remove(order)
            if isinstance(status, Rejected):
                self._check_rejection(order, status)
            elif status.data != b"DIDL\0\0":  # What a join replies that waits for more.
                self._check_reply(order, status)

    def _check_reply(self, order: Order, reply: Replied) -> None:
        self.counts["answers"] += 1
        (answer,) = decode(reply.data, [TEXT])
        assert isinstance(answer, str)
        kind, number, result = answer.split(" ")
        assert (kind, int(number)) == (order.kind, order.number), f"misrouted: {answer}, {order}"
        before = self._books.get(order.number, "")
        self._books[order.number] = f"{before}{result};"
        assert before == "", f"doubled: {order.number} ended as {self._books[order.number]}"

    def _check_rejection(self, order: Order, rejected: Rejected) -> None:
        """A reject must have a reason: one without any is a lost answer."""
        self.counts["rejects"] += 1
        text = rejected.message
        known = ("exceeded the limit of", "DrainingError", f"{order.number} can't be booked")
        if any(part in text for part in known):
            return
        if order.is_by_hand and "LookupError: " in text:
            return  # Answered or discarded meanwhile, or of a handler that newer code had.
        # A join of which one part has failed ends without an answer; its handler may run by hand.
        broken = self._broken_joins | self._failed_numbers()
        is_broken = order.kind == "several" and order.number in broken
        assert order.is_disturbed or is_broken, f"lost: {order}: {text}"
        self.counts["lost to a reinstall or snapshot, and told so"] += order.is_disturbed

    def _check(self) -> None:
        books, held, released, wrong, handled = cast(
            tuple[list[tuple[int, str]], list[int], list[int], list[str], int],
            CanisterHandle(self.replica, self._caller).look(),
        )
        assert wrong == [], f"misrouted: {wrong}"
        assert dict(books) == self._books
        assert handled == len(books)
        calls = self._pending()
        waiting = {number for kind, number in map(self._order_of, self._waiting(calls))}
        assert set(held) <= waiting, f"never to be released: {set(held) - waiting}"
        single = {
            number
            for kind, number in map(self._order_of, self._waiting(calls))
            if kind != "several"
        }
        assert single - set(released) <= set(held)
        counts = read_call_counts(self.replica, self._caller)
        failed = len(calls) - len(self._waiting(calls))
        assert (counts.waiting, counts.failed) == (len(self._waiting(calls)), failed)
        check_state(self.replica, self._caller)

    def _finish(self) -> None:
        self._hold.close()
        self.replica.run_until_idle()
        self.replica.advance_time(300)
        self.replica.run_until_idle()
        self._poll()
        assert self._open == [], f"lost: never answered: {self._open}"
        self._check()
        for canister_id in (self._caller, self._peer):
            view = self.replica.canister(canister_id)
            assert (view.open_call_contexts, view.outstanding_callbacks) == ((), ())
            check_state(self.replica, canister_id)
        self._check_executions()
        for call in self._pending():
            self._discard(call)
        counts = read_call_counts(self.replica, self._caller)
        assert (counts.waiting, counts.failed) == (0, 0)
        check_state(self.replica, self._caller)

    def _check_executions(self) -> None:
        """The peer has executed each part of each order at most once.

        But a failed call may be answered by hand once for each time that a snapshot brings it back.
        """
        executed = cast(
            list[tuple[str, int]], CanisterHandle(self.replica, self._peer).executions()
        )
        for key, count in executed:
            number, part = map(int, key.split("/"))
            allowed = max(1, self._by_hand[number]) if part == 1 else 1
            assert count <= allowed, f"doubled: {key} was executed {count} times"

    # The rest.

    def _create(self) -> Principal:
        canister_id = self.replica.create_canister()
        self.replica.install(canister_id, self._versions[0])
        return canister_id

    def _install(self, canister_id: Principal, argument: bytes) -> None:
        wasm = self._chance.choice(self._versions)
        try:
            self.replica.install(canister_id, wasm, argument, mode="upgrade")
        except InstallError as error:
            if "UpgradeError" not in str(error) and "exceeded the limit" not in str(error):
                raise
            self.counts["upgrades refused or cut"] += 1

    def _disturb(self) -> None:
        for order in self._open:
            order.is_disturbed = True

    def _pending(self) -> list[PendingCall]:
        return pending_calls(self.replica, self._caller)

    def _waiting(self, calls: list[PendingCall]) -> list[PendingCall]:
        return [call for call in calls if call.is_waiting]

    def _failed_numbers(self) -> set[int]:
        return {self._order_of(call)[1] for call in self._pending()}

    def _discard(self, call: PendingCall) -> None:
        discard_call(self.replica, self._caller, call.id)

    def _order_of(self, call: PendingCall) -> tuple[str, int]:
        types: list[Type] = [Record([Field("kind", TEXT), Field("number", NAT64)])]
        if call.handler == "chain_goes_on":
            types = [Record([Field("", PRINCIPAL, 0), Field("", types[0], 1)])]
        (context,) = decode(call.context, types)
        order = context[1] if isinstance(context, tuple) else context
        assert isinstance(order, dict)
        return str(order["kind"]), int(order["number"])


_OPERATIONS: Final = {
    "order": 24,
    "step": 36,
    "release": 24,
    "cut": 5,
    "upgrade": 4,
    "upgrade_peer": 1,
    "upgrade_cut": 1,
    "reinstall": 0.2,
    "snapshot": 0.6,
    "load": 0.3,
    "drain": 1,
    "wait": 2,
    "rescue": 3,
}
"""What may happen, and how often: the methods of these names."""
