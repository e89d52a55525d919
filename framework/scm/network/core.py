"""The network without threads and sockets: a replica, its certified state, and its journal.

Whatever changes the replica comes in rounds.  A round is in the journal before it is run, and what
it does depends on nothing but the state and the round: so the state after a crash is as it was.
"""

from __future__ import annotations

import heapq
import random
import secrets
import time
from itertools import chain
from pathlib import Path
from typing import Final

from attrs import define, field

from scm.model import Principal
from scm.network.checkpoints import Checkpoints
from scm.network.durable import reason_of
from scm.network.hold_orders import Order, check_order, follow_order
from scm.network.journal import JournalError, Round, UserCall
from scm.network.keys import NetworkKeys
from scm.network.schedule import has_heartbeats, next_due_ns
from scm.network.state_directory import StateDirectory
from scm.network.state_tree import StateTree, waiting_calls
from scm.replica import transitions, transport
from scm.replica.ingress import admit_ingress
from scm.replica.management import inspect_management_call
from scm.replica.queries import QueryCall, run_query
from scm.replica.replica import Replica
from scm.replica.scheduler import step
from scm.replica.state import (
    CanisterStatus,
    IngressId,
    IngressRecord,
    Outcome,
    Pending,
    Rejected,
    ReplicaState,
    Replied,
)
from scm.replica.state import UserRequest as RequestRecord
from scm.replica.trace import RecentTracer
from scm.wire.bls import sign_bls
from scm.wire.certificates import encode_certificate, signed_root
from scm.wire.hash_tree import Labels

STEPS_MAX: Final = 500
"""Steps of the replica in one round; what is left comes in the next.  A round that is run again
after a crash has the same number."""

KEEP_ANSWERS_NS: Final = 5 * 60 * 10**9
"""How long an answer can be read, at least; the platform keeps them about as long."""

CERTIFICATE_AGE_NS_MAX: Final = 10**9
"""How old the time in a certificate may be when it is handed out."""

REQUEST_QUEUE_CAPACITY: Final = 500  # Resource limits, "queues"

PENDING_MAX: Final = 20_000
ANSWER_BYTES_MAX: Final = 512 * 1024 * 1024
STATUS_BYTES: Final = 1024
"""What the status of a call takes, beside its reply."""


def _size_bytes(record: IngressRecord) -> int:
    match record.status:
        case Replied(data):
            return STATUS_BYTES + len(data)
        case Rejected(_, message):
            return STATUS_BYTES + 4 * len(message)
        case _:
            return STATUS_BYTES


@define
class _Signed:
    """The last signature of the state tree, and when it was made."""

    signature: bytes = b""
    time_ns: int = 0
    is_current: bool = False


@define
class Core:
    """All of the network that one thread owns; times are nanoseconds since 1970."""

    state: ReplicaState
    keys: NetworkKeys
    replica: Replica
    """The same state, as tests hold it."""
    tree: StateTree
    _checkpoints: Checkpoints
    _tracer: RecentTracer
    _requests: dict[bytes, IngressId] = field(factory=dict)
    _prunings: list[tuple[int, IngressId]] = field(factory=list)
    _received: set[IngressId] = field(factory=set)
    _answer_bytes: int = 0
    _answered_count: int = 0
    _signed: _Signed = field(factory=_Signed)
    is_busy: bool = False
    """Whether the last round has left something to do."""

    # Rounds.

    def run_round(self, item: Round) -> list[bytes]:
        """Write a round to the journal and run it; returns the ids of requests that are answered.

        Its time must be later than that of the round before.  Raises `JournalError` if the journal
        can't be written; the round is not run then.
        """
        try:
            self._checkpoints.append(item)
        except OSError as error:
            raise _unwritten(error) from error
        started = time.perf_counter()
        answered = self._apply(item)
        self._checkpoints.note_run(time.perf_counter() - started)
        return answered

    def check_journal(self) -> None:
        """Raise `JournalError` if the journal, which could not be written, still can't be."""
        try:
            self._checkpoints.check_space()
        except OSError as error:
            raise _unwritten(error) from error

    def repeat_round(self, item: Round) -> None:
        """Run a round that is in the journal already."""
        self._checkpoints.note_repeated()
        started = time.perf_counter()
        self._apply(item)
        self._checkpoints.note_run(time.perf_counter() - started)

    def next_round(
        self,
        now_ns: int,
        calls: tuple[UserCall, ...],
        *,
        heartbeats: bool,
        orders: tuple[Order, ...] = (),
    ) -> Round:
        """A round of now, at a time when there was none."""
        return Round(max(now_ns, self.state.time_ns + 1), calls, heartbeats, orders)

    def next_due_ns(self) -> int | None:
        """When a round is due without anything coming in: for a timer, say; None if never."""
        state = self.state
        # A task of `Worker.run` may have let messages go.
        is_waiting = self.is_busy or bool(state.canister_queue or state.ingress_queue)
        # What waits does so for no time: the clock may have been put back.
        return 0 if is_waiting else next_due_ns(state)

    def has_heartbeats(self) -> bool:
        """Whether a canister wants to run now and then."""
        return has_heartbeats(self.state)

    def save_if_due(self) -> None:
        """Begin a checkpoint if the journal has become long; it is written beside the rounds."""
        self._checkpoints.save_if_due(self.state)

    def close(self) -> None:
        """Write a checkpoint if there is something new, and close all files."""
        self._checkpoints.close(self.state)

    def take_problems(self) -> list[str]:
        """What went wrong beside the rounds since the last time."""
        problems = list(self._checkpoints.problems)
        self._checkpoints.problems.clear()
        return problems

    def check_order(self, order: Order) -> None:
        """Raise `ReplicaUsageError` if an order about held messages can't be followed."""
        check_order(self.state, order)

    # Users' calls.

    def find_request(self, request_id: bytes) -> IngressRecord | None:
        """What is known of a call; None if it never came or is forgotten."""
        ingress_id = self._requests.get(request_id)
        return None if ingress_id is None else self.state.ingress[ingress_id]

    @property
    def has_room(self) -> bool:
        """Whether another user's call can be taken in."""
        pending = len(self._requests) - self._answered_count
        return pending < PENDING_MAX and self._answer_bytes < ANSWER_BYTES_MAX

    def inspect(self, call: UserCall) -> Rejected | None:
        """Whether a call may come in: None, or why not.

        Raises `ReplicaUsageError` if it is too large.
        """
        state = self.state
        request = QueryCall(call.canister_id, call.method, call.argument, call.sender)
        rejected = admit_ingress(state, request)
        if rejected is None and call.canister_id == Principal.management_canister():
            return inspect_management_call(state, call.method, call.argument, call.sender)
        return rejected

    def query(self, call: QueryCall, now_ns: int) -> Outcome:
        """Answer a query call."""
        self.advance(now_ns)
        return run_query(self.state, call)

    # Certificates.

    def certificate(self, paths: list[Labels], now_ns: int) -> bytes:
        """A certificate of what is on and below the paths, and of the time."""
        signed = self._signed
        if not signed.is_current or now_ns - signed.time_ns > CERTIFICATE_AGE_NS_MAX:
            self._sign(now_ns)
        return encode_certificate(self.tree.reveal(paths), signed.signature)

    def advance(self, now_ns: int) -> None:
        """Move the clock on; what is due then waits for the next round.

        Not in the journal: by itself it changes nothing, and the next round has a later time.
        """
        if now_ns > self.state.time_ns:
            transitions.set_time(self.state, now_ns)

    def _sign(self, now_ns: int) -> None:
        signed = self._signed
        self.advance(now_ns)
        self.tree.time_ns = self.state.time_ns
        signed.signature = sign_bls(self.keys.root.secret, signed_root(self.tree.digest))
        signed.time_ns = now_ns
        signed.is_current = True

    # What a round does.

    def _apply(self, item: Round) -> list[bytes]:
        state = self.state
        # A query may have moved the clock as far already.
        transitions.set_time(state, max(item.time_ns, state.time_ns))
        self._forget_old(item.time_ns)
        for order in item.orders:
            follow_order(state, order)
        if item.has_heartbeats:
            self.replica.run_heartbeats()
        submitted = [self._submit(call) for call in item.calls]
        self.is_busy = self._run()
        self._signed.is_current = False
        self.tree.update_canisters(state)
        answered = self._note_answers()
        self._note_pending(submitted)
        return answered

    def _submit(self, call: UserCall) -> IngressId:
        request = RequestRecord(call.request_id, call.sender, call.expires_ns)
        ingress_id = transport.submit_ingress(
            self.state, call.sender, call.canister_id, call.method, call.argument, request=request
        )
        self._requests[call.request_id] = ingress_id
        return ingress_id

    def _run(self) -> bool:
        return all(step(self.state) for _ in range(STEPS_MAX))

    def _note_answers(self) -> list[bytes]:
        answered = []
        for number in self._tracer.take_answered():
            ingress_id = IngressId(number)
            record = self.state.ingress[ingress_id]
            if record.request is not None:
                self._keep_answer(ingress_id, record, record.request)
                self.tree.set_request(record.request.request_id, record, is_received=False)
                answered.append(record.request.request_id)
        return answered

    def _keep_answer(
        self, ingress_id: IngressId, record: IngressRecord, request: RequestRecord
    ) -> None:
        keep_until_ns = max(request.expires_ns, record.answered_ns + KEEP_ANSWERS_NS)
        heapq.heappush(self._prunings, (keep_until_ns, ingress_id))
        self._answer_bytes += _size_bytes(record)
        self._answered_count += 1

    def _note_pending(self, submitted: list[IngressId]) -> None:
        """Tell of calls without an answer whether they have been begun with."""
        waiting = waiting_calls(self.state.ingress_queue) if self.is_busy else frozenset()
        changed = [number for number in self._received if number not in waiting]
        for ingress_id in [*submitted, *changed]:
            record = self.state.ingress[ingress_id]
            if record.request is not None and isinstance(record.status, Pending):
                is_received = ingress_id in waiting
                self.tree.set_request(record.request.request_id, record, is_received=is_received)
        self._received = {number for number in (*submitted, *self._received) if number in waiting}

    def _forget_old(self, now_ns: int) -> None:
        while self._prunings and self._prunings[0][0] < now_ns:
            _, ingress_id = heapq.heappop(self._prunings)
            record = self.state.ingress[ingress_id]
            assert record.request is not None
            self._answer_bytes -= _size_bytes(record)
            self._answered_count -= 1
            del self._requests[record.request.request_id]
            self.tree.remove_request(record.request.request_id)
            transport.forget_ingress(self.state, ingress_id)

    def take_over(self) -> None:
        """Fill what is kept beside the state, from a state that was loaded."""
        waiting = waiting_calls(self.state.ingress_queue)
        for ingress_id, record in self.state.ingress.items():
            if record.request is not None:
                self._requests[record.request.request_id] = ingress_id
                is_received = ingress_id in waiting
                self.tree.set_request(record.request.request_id, record, is_received=is_received)
                if isinstance(record.status, Pending):
                    self._received |= {ingress_id} if is_received else set()
                else:
                    self._keep_answer(ingress_id, record, record.request)
        self.tree.update_canisters(self.state)
        # A round may have ended with things to do; messages in the queues tell of themselves.
        self.is_busy = any(
            canister.status is CanisterStatus.STOPPING for canister in self.state.canisters.values()
        )


def _unwritten(error: OSError) -> JournalError:
    return JournalError(f"the journal can't be written: {reason_of(error)}")


def open_core(directory: StateDirectory, now_ns: int, cache_directory: Path | None) -> Core:
    """The network in a state directory, as it was when it stopped; a new one if that is empty.

    Raises `ConfigurationError` if something is damaged, `OSError`.
    """
    keys = directory.keys()
    loaded = directory.load(cache_directory)
    if loaded is None:
        state, number = _new_state(keys, now_ns, cache_directory), 0
        directory.save(state, number)
    else:
        state, number = loaded
    tracer = RecentTracer()
    state.tracer = tracer
    state.root_key = keys.root
    journals, journal = directory.rounds_since(number)
    core = Core(
        state=state,
        keys=keys,
        replica=Replica.around(state),
        tree=StateTree.of_network(keys),
        checkpoints=Checkpoints(directory, journal, number + len(journals) - 1),
        tracer=tracer,
    )
    core.take_over()
    for item in chain.from_iterable(journals):
        core.repeat_round(item)
    return core


def _new_state(keys: NetworkKeys, now_ns: int, cache_directory: Path | None) -> ReplicaState:
    return ReplicaState(
        # Nobody must know beforehand what `raw_rand` gives, but every run of a round must get it.
        random=random.Random(secrets.randbits(128)),
        tracer=RecentTracer(),
        request_queue_capacity=REQUEST_QUEUE_CAPACITY,
        cache_directory=cache_directory,
        time_ns=now_ns,
        root_key=keys.root,
    )
