"""A random history of a canister that calls: everything may happen to it at every step.

Orders, alarms, held and reordered and lost messages, upgrades forward and back, stops and starts,
reinstalls, snapshots, draining, executions cut at any instruction, failed calls answered by hand
or run again.  What must have come of it is in `chaos_books.py`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Final

from tests.canisters.chaos_books import ChaosBooks, Order, Saved
from tests.canisters.chaos_end import end_history
from tests.canisters.chaos_proxy import install_proxy, rescue_proxied
from tests.canisters.chaos_scene import (
    KEPT,
    PROXIED,
    ChaosScene,
    is_of_order,
    is_open,
    numbers_of,
    order_of,
)

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import BLOB, NAT32, NAT64, PRINCIPAL, TEXT, Field, Opt, Record, Type
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import IngressId, Pending, Replied
from scm.replica.trace import Executed, Sent
from scm.testing.pending_calls import PendingCall, discard_call, drain, retry_call
from scm.testing.snapshots import load_snapshot, take_snapshot
from scm.testing.timers import retry_timer

KINDS: Final = ("single", "bounded", "chain", "several", "kept", "relay", "proxied")
EXPECT_IDLE: Final = encode([TEXT], ["expect_idle"])
RECEIPT: Final = Record([Field("number", NAT64), Field("part", NAT64)])
SNAPSHOTS_MAX: Final = 3
HANDLER_ERRORS: Final = ("needs mended code", "can't be booked", "exceeded the limit of")
"""Why a handler with a kept response may fail; none is known if a message after it was cut."""

PART_OF: Final = {"chain_done": 1, "relay_done": 1}
"""The part that a handler waits for, where it is not the first."""


class ChaosHistory:
    """One run: `seed` decides everything.  `versions` are modules of the canister; the last one
    does what is too hard for the others.  `proxy` is that of the proxy."""

    def __init__(
        self, replica: Replica, versions: Mapping[str, bytes], proxy: bytes, seed: int
    ) -> None:
        self.replica: Final = replica
        self.books: Final = ChaosBooks()
        self.chance: Final = random.Random(seed)
        self._versions: Final = list(versions.values())
        self._proxy_wasm: Final = proxy
        caller, peer = self._create(), self._create()
        self.scene: Final = ChaosScene(replica, caller, peer, install_proxy(replica, proxy, caller))
        self._caller: Final = self.scene.caller
        self._peer: Final = self.scene.peer
        self._next_number = 1
        self._saved: Final[list[Saved]] = []
        self._stops: Final[list[IngressId]] = []
        self._by_hand: Final[Counter[int]] = Counter()
        """How often the first call of a chain was answered by hand, by the order's number."""
        self.loaded_version = -1
        """Of the canister, when a snapshot was last loaded: calls that are older were in it."""
        self._seen = 0
        self._sent = 0
        self._hold: Final = replica.hold(
            lambda delivery: delivery.kind != "ingress" and self.chance.random() < 0.5
        )

    @property
    def counts(self) -> Counter[str]:
        """What has happened how often."""
        return self.books.counts

    @property
    def messages(self) -> int:
        """How many messages were sent so far."""
        trace = self.replica.trace
        self._sent += sum(isinstance(event, Sent) for event in trace[self._seen :])
        self._seen = len(trace)
        return self._sent

    def run(self, messages: int) -> None:
        """Go on until so many messages were sent, let everything end, and check it."""
        names, weights = zip(*_OPERATIONS.items(), strict=True)
        while self.messages < messages:
            for name in self.chance.choices(names, weights, k=20):
                self.counts[name] += 1
                getattr(self, f"_{name}")()
                self.poll()
            self.books.compare(self.scene.look())
        self._hold.close()
        end_history(self)

    def poll(self) -> None:
        """Take note of new answers."""
        answers = [(order, self.replica.status(order.reference)) for order in self.books.open]
        done = [(order, status) for order, status in answers if not isinstance(status, Pending)]
        failed = numbers_of(self.scene.pending(), lambda call: True) if done else set()
        for order, status in done:
            self.books.note(order, status, failed)

    # What may happen.

    def _order(self) -> None:
        kind = self.chance.choice(KINDS)
        self.order(kind)

    def order(self, kind: str) -> None:
        """A user asks for something new."""
        types: list[Type] = [PRINCIPAL, NAT64]
        values: list[object] = [self._peer, self._new_number()]
        if kind == "several":
            types.append(NAT64)
            values.append(self.chance.choice((1, 2, 3, 5)))
        elif kind == "proxied":
            types.insert(1, PRINCIPAL)
            values.insert(1, self.scene.proxy)
        self._submit(kind, self._next_number - 1, encode(types, values), kind)

    def _alarm(self) -> None:
        number = self._new_number()
        after = self.chance.choice((0, 1, 5, 20, 60))
        values = [self._peer, number, after, _bell(number)]
        self._submit("alarm", number, encode([PRINCIPAL, NAT64, NAT64, TEXT], values), "set_alarm")

    def _cancel(self) -> None:
        if not self.books.alarms:
            return
        number = self.chance.choice(sorted(self.books.alarms)[-10:])
        if any(order.number == number for order in self.books.open):
            return
        self._submit("cancel", number, encode([NAT64, TEXT], [number, _bell(number)]),
                     "cancel_alarm")  # fmt: skip

    def _step(self) -> None:
        for _ in range(self.chance.randrange(6)):
            self.replica.step()

    def _release(self) -> None:
        parked = self._hold.parked
        for _ in range(min(len(parked), self.chance.randrange(1, 4))):
            parked = self._hold.parked
            index = self.chance.randrange(len(parked))
            if parked[index].is_best_effort and self.chance.random() < 0.3:
                self._hold.drop_as_unknown(index)
            else:
                self._hold.release_one(index)

    def _cut(self) -> None:
        after = int(2 ** self.chance.uniform(8, 17))
        before = len(self.replica.trace)
        with self.replica.cut_executions(after, with_cleanup=self.chance.random() < 0.5):
            for _ in range(self.chance.randrange(1, 4)):
                self.replica.step()
        self.books.doubled_max += sum(
            isinstance(event, Executed) and event.error is not None and "table[" in event.entry
            for event in self.replica.trace[before:]
        )

    def _upgrade(self) -> None:
        wasm = self.chance.choice(self._versions)
        self._install(self._caller, wasm, EXPECT_IDLE if self.chance.random() < 0.2 else b"")

    def _upgrade_peer(self) -> None:
        self._install(self._peer, self.chance.choice(self._versions))

    def _upgrade_proxy(self) -> None:
        self._install(self.scene.proxy, self._proxy_wasm)

    def _upgrade_cut(self) -> None:
        with self.replica.cut_executions(int(2 ** self.chance.uniform(8, 20))):
            self._install(self._caller, self.chance.choice(self._versions))

    def _reinstall(self) -> None:
        self.replica.install(self._caller, self.chance.choice(self._versions), mode="reinstall")
        self.books.go_back(None)

    def _snapshot(self) -> None:
        self.replica.run_until_idle()
        self.poll()
        look = self.scene.look()
        self.books.compare(look)
        if len(self._saved) < SNAPSHOTS_MAX:
            snapshot_id = take_snapshot(self.replica, self._caller)
        else:
            old = self._saved.pop(self.chance.randrange(SNAPSHOTS_MAX)).snapshot_id
            snapshot_id = take_snapshot(self.replica, self._caller, replace_snapshot=old)
        self._saved.append(self.books.save(snapshot_id, look))

    def _load(self) -> None:
        if not self._saved:
            return
        self.replica.run_until_idle()
        self.poll()
        saved = self.chance.choice(self._saved)
        load_snapshot(self.replica, self._caller, saved.snapshot_id)
        self.loaded_version = self.replica.canister(self._caller).version
        self.books.go_back(saved)

    def _stop(self) -> None:
        """Begin to stop the canister, its peer or the proxy; sometimes until it has stopped."""
        (canister_id,) = self.chance.choices(self.scene.canisters, (8, 2, 2))
        reference = self.replica.submit_stop(canister_id)
        self._stops.append(reference)
        if canister_id == self._caller:
            self.books.meet_stop()
        if self.chance.random() < 0.3:
            while self.replica.run_until_idle() or self._hold.parked:
                self._hold.release()
            view = self.replica.canister(canister_id)
            assert (view.status, view.open_call_contexts) == ("stopped", ())
            assert self.replica.status(reference) == Replied(b"DIDL\0\0")

    def _start(self) -> None:
        for canister_id in self.scene.canisters:
            if self.replica.canister(canister_id).status != "running":
                self.replica.start(canister_id)

    def _drain(self) -> None:
        self.replica.run_until_idle()
        if self.scene.is_running:
            drain(self.replica, self._caller, is_on=self.chance.random() < 0.3)

    def _wait(self) -> None:
        far = self.chance.random() < 0.1
        self.replica.advance_time(self.chance.random() * (80 if far else 8))

    def _rescue(self) -> None:
        """Answer or discard a call that has failed, or have its handler run again."""
        self.replica.run_until_idle()
        calls = [call for call in self.scene.pending() if is_of_order(call)]
        failed = [call for call in calls if not call.is_waiting and call.handler != PROXIED]
        if not failed or not self.scene.is_running:
            return
        call = self.chance.choice(failed)
        kind, number = order_of(call)
        if is_open(call):
            if self.chance.random() < 0.8:
                return
            self.books.taken.add(number)
        if kind == "several":
            self.books.broken_joins.add(number)
        if not is_open(call) and self.chance.random() < 0.2:
            discard_call(self.replica, self._caller, call.id)
            return
        self._by_hand[number] += call.handler in ("chain_goes_on", "relay_goes_on")
        if call.handler == "relay_goes_on" and self.counts["load"]:
            self._by_hand[number] += 1  # It may have run before a snapshot brought it back.
        if is_open(call) or (call.status == KEPT and self.chance.random() < 0.8):
            self.retry(call, kind, number)
            return
        self.answer(call, kind, number)

    def _rescue_proxied(self) -> None:
        self.replica.run_until_idle()
        if self.scene.is_running:
            rescue_proxied(self)

    def answer(self, call: PendingCall, kind: str, number: int) -> None:
        """A controller answers a call."""
        reply = rejection = None
        if kind == "several" or self.chance.random() < 0.3:
            rejection = "answered by hand"
        else:
            reply = encode([RECEIPT], [{"number": number, "part": PART_OF.get(call.handler, 0)}])
        argument = encode([NAT32, Opt(BLOB), Opt(TEXT)], [call.id, reply, rejection])
        self._submit(kind, number, argument, "scm_answer", is_by_hand=True)

    def retry(self, call: PendingCall, kind: str, number: int) -> None:
        """A controller has the handler of a call run again."""
        self._submit(kind, number, encode([NAT32], [call.id]), "scm_retry", is_by_hand=True)

    def _mend(self) -> None:
        """Upgrade to code that does not raise: each handler that had raised runs once more."""
        if self.scene.is_running and self._install(self._caller, self._versions[-1]):
            self.replica.run_until_idle()
            self.poll()
            self.retry_kept()

    def retry_kept(self) -> None:
        """Have the handlers run again whose response is kept; none may fail, nor run again."""
        released = self.scene.look().released
        for call in self.scene.pending():
            if call.status != KEPT or not call.handler.endswith("_done"):
                continue
            kind, number = order_of(call)
            assert call.error == "" or any(part in call.error for part in HANDLER_ERRORS), call
            if call.handler == PROXIED:
                assert retry_call(self.replica, self._caller, call.id) == b"DIDL\0\0"
            elif number % 13 == 8 and number not in released:
                continue
            else:
                (answer,) = decode(retry_call(self.replica, self._caller, call.id), [TEXT])
                self.books.note_retry(kind, number, str(answer))
            self.retry(call, kind, number)

    def _retry_timer(self) -> None:
        """Have a timer tried at once that has failed."""
        self.replica.run_until_idle()
        failed = [timer for timer in self.scene.timers() if timer.status == "failed"]
        if failed and self.scene.is_running:
            retry_timer(self.replica, self._caller, self.chance.choice(failed).id)

    # The rest.

    def check_executions(self) -> None:
        """The peer has executed each part of each order at most once.

        But a failed call may be answered by hand once for each time that a snapshot brings it back,
        and what an alarm asks is asked again by each try.
        """
        for key, count in self.scene.executions():
            number, part = map(int, key.split("/"))
            allowed = max(1, self._by_hand[number]) if part == 1 else 1
            assert count <= allowed or part >= 7, f"doubled: {key} was executed {count} times"

    def check_stops(self) -> None:
        """Whoever stopped the canister was answered."""
        for reference in self._stops:
            status = self.replica.status(reference)
            assert not isinstance(status, Pending), "lost: a stop"

    def mend(self) -> None:
        """Install the version that can do everything; it can read what all the others wrote."""
        assert self._install(self._caller, self._versions[-1])

    def _create(self) -> Principal:
        canister_id = self.replica.create_canister()
        self.replica.install(canister_id, self._versions[0])
        return canister_id

    def _install(self, canister_id: Principal, wasm: bytes, argument: bytes = b"") -> bool:
        try:
            self.replica.install(canister_id, wasm, argument or b"DIDL\0\0", mode="upgrade")
        except InstallError as error:
            if "UpgradeError" not in str(error) and "exceeded the limit" not in str(error):
                raise
            self.counts["upgrades refused or cut"] += 1
            return False
        return True

    def _new_number(self) -> int:
        self._next_number += 1
        return self._next_number - 1

    def _submit(
        self, kind: str, number: int, argument: bytes, method: str, *, is_by_hand: bool = False
    ) -> None:
        reference = self.replica.submit(self._caller, method, argument)
        order = Order(kind, number, reference, is_by_hand, has_met_stop=not self.scene.is_running)
        self.books.open.append(order)


def _bell(number: int) -> str:
    """The name of an alarm, which replaces the one before: some have none."""
    return f"bell {number % 5}" if number % 4 == 0 else ""


_OPERATIONS: Final = {
    "order": 24,
    "alarm": 4,
    "cancel": 0.5,
    "step": 36,
    "release": 24,
    "cut": 5,
    "upgrade": 4,
    "upgrade_peer": 1,
    "upgrade_proxy": 1,
    "upgrade_cut": 1,
    "reinstall": 0.2,
    "snapshot": 0.6,
    "load": 0.3,
    "stop": 1.5,
    "start": 5,
    "drain": 1,
    "wait": 2,
    "rescue": 3,
    "rescue_proxied": 1,
    "mend": 0.5,
    "retry_timer": 0.5,
}
"""What may happen, and how often: the methods of these names."""
