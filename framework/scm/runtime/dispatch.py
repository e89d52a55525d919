"""What every entry point shares: arguments in, a reply or a call out, response to handler.

The compiler generates one small function per entry (`scm_entry`), which decodes, calls the user's
function and hands the outcome to `Machine.settle`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from scm.authoring.calls import Call, Pending, Reject
from scm.ic import Rejection
from scm.model import Principal, RejectCode
from scm.runtime import ic0, joins, kept, stable
from scm.runtime.call_records import (
    STATUS_LATE,
    STATUS_PROXIED,
    STATUS_RAISED,
    STATUS_RETIRED,
    STATUS_RUNNING,
    STATUS_TRAPPED,
    STATUS_WAITING,
    PendingCall,
)
from scm.runtime.collection_types import CollectionTypes, write_types
from scm.runtime.fault import summary
from scm.runtime.forwarding import (
    FORWARDS,
    HANDLE_METHOD,
    NOT_ENQUEUED,
    ONE_NAT32,
    RUNNING,
    DrainingError,
    check_transition,
)
from scm.runtime.handlers import Handler, StateStore
from scm.runtime.joins import REJECTED, UNKNOWN, RawResponse
from scm.runtime.outgoing import encode_arguments
from scm.runtime.pending import MODE, PendingTable
from scm.runtime.responses import decode_response, raw_response, read_response
from scm.runtime.stored_types import UpgradeError
from scm.runtime.upgrade import (
    HandlerInterface,
    check_expectation,
    check_handlers,
    explain_call,
    older_handlers,
    read_handlers,
    write_handlers,
)

# Found once, at import: to look one up in its module takes 700 instructions.
_call: Final = ic0.call
_canister_self: Final = ic0.canister_self
_canister_status: Final = ic0.canister_status
_canister_version: Final = ic0.canister_version
_debug_print: Final = ic0.debug_print
_msg_reject: Final = ic0.msg_reject
_stable_load: Final = ic0.stable_load
_stable_store: Final = ic0.stable_store
_time: Final = ic0.time


TIMER_OFFSET: Final = 2
"""Of the slot of timers, from the first one; see `compiler/plan.py`."""

IMMEDIATE_REJECTS_MAX: Final = 64
"""Calls in a row that one message may fail to enqueue before it is stopped."""


@final
class Machine:
    """The canister: its state, its handlers, and the slots that they share with the system.

    Slots run from `slot_base` to `slot_base + slot_count`.  `names` are those of all record fields
    and variant tags, which the wire does not carry.  `retired` are handlers that only refuse, and
    their slots; `answers` what they say.
    """

    def __init__(
        self,
        store: StateStore,
        slot_base: int,
        slot_count: int,
        cleanup_index: int,
        handled_index: int,
        refused_index: int,
        handlers: dict[object, Handler],
        names: tuple[str, ...],
        retired: dict[str, int],
        answers: dict[str, str],
    ) -> None:
        self.store: Final = store
        self.pending: Final = PendingTable(slot_base)
        self.slot_count: Final = slot_count
        self.cleanup_index: Final = cleanup_index
        self.handled_index: Final = handled_index
        self.refused_index: Final = refused_index
        self.handlers: Final = handlers
        self.names: Final = names
        self.retired: Final = frozenset(retired.values())
        self.answers: Final = {retired[name]: answer for name, answer in answers.items()}
        self.by_slot: Final = {item.interface.slot: item for item in handlers.values()}

    def handler_of(self, call: PendingCall) -> Handler | None:
        """The handler that a call waits for, if this code has it.

        By the slot, which is never given to another; a name may be given to another handler later.
        """
        handler = self.by_slot.get(call.slot)
        return handler if handler is not None and handler.is_named(call.handler) else None

    def format(self, collections: list[CollectionTypes]) -> None:
        """The start of `canister_init`: the user's function may fill collections already."""
        stable.format_memory()
        write_types(collections)

    def install(self, state: object) -> None:
        """The end of `canister_init`: write the interface and the first state."""
        self.pending.create(self.slot_count)
        write_handlers(self._interfaces())
        self.store.adopt(state)

    def upgrade(self) -> None:
        """`canister_post_upgrade`: check against what is in flight, then read the state.

        An exception traps, and the system goes on with the old code as if nothing had been tried.
        """
        stable.check_memory()
        self.pending.load()
        waiting = self.pending.waiting_by_slot()
        interfaces = self._interfaces()
        check_expectation(waiting, self.pending.slot_base + TIMER_OFFSET, interfaces)
        stored = read_handlers()
        # Those who wait for a retired handler are told so, whatever it was.
        old = [item for item in stored if item.slot not in self.retired]
        new = {item.name: item for item in interfaces}
        for item in old:
            handler = self.by_slot.get(item.slot)
            if handler is not None and handler.is_named(item.name):
                new[item.name] = handler.interface
        check_handlers(old, new, waiting, self.pending, self.names)
        self.pending.make_room(self.slot_count)
        self.store.load()
        older = older_handlers(stored, new, waiting, self.pending, _canister_version())
        write_handlers([*interfaces, *older])
        _stable_store(MODE, 0)

    def begin(self, result: object, reply: Callable[[object], None], repliers: int) -> None:
        """`settle` what a method returned; raises `DrainingError` if that is a call, and none may
        begin."""
        if isinstance(result, Pending) and _stable_load(MODE):
            raise DrainingError("no new calls are made before the upgrade; try again after it")
        self.settle(result, reply, repliers)

    def settle(self, result: object, reply: Callable[[object], None], repliers: int) -> None:
        """Reply with what a function returned, or make the call that it returned.

        `repliers`: the handlers that can reply in the stead of `reply`, as bits.
        """
        for _ in range(IMMEDIATE_REJECTS_MAX):
            if not isinstance(result, Pending):
                reply(result)
                self.store.flush()
                return
            handler = self._handler_of(result)
            for call in result.calls:
                check_transition(call.method, call.codec, handler, repliers)
            context = handler.encode_context(result.context)
            response: object = None
            if result.is_join:
                response = self._make_join(result.calls, handler, context)
            elif not self._make_call(result.calls[0], handler, context, 0):
                response = Reject(RejectCode.SYS_TRANSIENT, NOT_ENQUEUED)
            if response is None:
                self.store.flush()
                return
            # Not enqueued: no response will ever come, so its handler hears of it at once.
            try:
                result = handler.run(self.store.current(), result.context, response)
            except Rejection as rejection:
                self.reject(rejection)
                return
            reply = handler.reply
            repliers = handler.repliers
        raise RuntimeError(f"{IMMEDIATE_REJECTS_MAX} calls in a row could not be enqueued")

    def respond(self, handler: Handler, env: int) -> None:
        """A response for `handler` has arrived: run it with its context, or count an orphan."""
        call = self._waiting_call(env)
        interface = handler.interface
        if call is None or call.slot != interface.slot or not handler.is_named(call.handler):
            self._count_orphan(env)  # Whoever's it is: that call's own response is to come.
            return
        if call.join:
            is_late = call.valid_until_ns and _time() > call.valid_until_ns
            raw = RawResponse(UNKNOWN, 0, b"") if is_late else raw_response()
            self.handle_joined(handler, call, raw)
            return
        if call.valid_until_ns and _time() > call.valid_until_ns:
            self.fail_late(call)
            _msg_reject(f"the response of `{call.method}` came too late for `{call.handler}`")
            return
        if handler.is_retryable and self._keep(call):
            return
        self.pending.remove(call)
        self.handle(handler, call, read_response(handler))

    def _keep(self, call: PendingCall) -> bool:
        """Keep a response, and have its handler run in a message of its own; False if there is no
        room for that message, so that the handler must run in this one."""
        if _canister_status() != RUNNING:
            return False  # One that stops takes no message, not even its own.
        raw = raw_response()
        itself = _canister_self()
        argument = ONE_NAT32 + call.env.to_bytes(4, "little")
        indices = (self.handled_index, self.cleanup_index)
        if _call(itself, HANDLE_METHOD, argument, 0, 0, indices[0], indices[1], call.env):
            return False
        self.pending.keep(call, kept.write(raw), STATUS_RUNNING)
        return True

    def handle_joined(self, handler: Handler, call: PendingCall, raw: RawResponse) -> bool:
        """Keep a response of a join; run the handler if it is the last, and say so."""
        decode_response(handler, raw)  # One that can't be read must fail alone.
        self.pending.remove(call)
        if joins.store(call.join, raw):
            return False
        responses = joins.take(call.join >> joins.PLACE_BITS)
        self.handle(handler, call, [decode_response(handler, item) for item in responses])
        return True

    def handle(self, handler: Handler, call: PendingCall, response: object) -> None:
        """Run a handler with a response, and settle what it returns."""
        context = handler.context_of(call.step, call.context)
        try:
            result = handler.run(self.store.current(), context, response)
        except Rejection as rejection:
            self.reject(rejection)
            return
        self.settle(result, handler.reply, handler.repliers)

    def check_call(self, call: PendingCall, handler: Handler) -> None:
        """Raise `UpgradeError` if a call that has failed does not fit its handler any more.

        The check at install is about calls that wait.
        """
        reason = explain_call(call, handler.interface, self.names)
        if reason:
            raise UpgradeError(
                f"call {call.env} is for response handler `{call.handler}`, {reason}; mend that, "
                "with a migration for instance, or discard the call"
            )

    def fail_late(self, call: PendingCall) -> None:
        """A response came when it does not count any more: its call has failed."""
        self.pending.fail(call, STATUS_LATE)
        self.clean_up(call)
        _debug_print(
            f"scm: the response for `{call.handler}` came too late; its call to "
            f"{Principal(call.callee)} `{call.method}` is kept as failed"
        )

    def reject(self, rejection: Rejection) -> None:
        """`ic.reject` ended the message: answer so, and keep its changes."""
        _msg_reject(rejection.message)
        self.store.flush()

    def cleanup(self, env: int) -> None:
        """A handler trapped: its changes are gone, its call is kept as failed."""
        call = self.pending.find(env)
        if call is not None and call.status == STATUS_RUNNING:
            # It failed in its own message, or was refused there and failed in this one.
            self.pending.keep(call, call.join >> joins.PLACE_BITS, STATUS_RAISED)
            self.clean_up(call)
        if call is not None and call.status == STATUS_PROXIED:
            _debug_print(
                f"scm: the answer of proxy {Principal(call.callee)} was not handled; if it did not "
                f"take the call of `{call.method}`, no outcome will come for `{call.handler}`"
            )
        if call is None or call.status != STATUS_WAITING:
            return
        self.pending.fail(call, STATUS_TRAPPED)
        _debug_print(
            f"scm: response handler `{call.handler}` trapped; its call to "
            f"{Principal(call.callee)} `{call.method}` is kept as failed"
        )
        if not call.join or joins.is_first_trap(call.join):
            self.clean_up(call)

    def clean_up(self, call: PendingCall) -> None:
        """Run what cleans up after the handler of a call, which has trapped or was never run."""
        handler = self.handler_of(call)
        if handler is None or handler.on_trap is None:
            return
        try:
            handler.on_trap(self.store.current(), handler.context_of(call.step, call.context))
        except BaseException as error:  # `ic.reject` is no Exception.
            # To trap now would undo that the call has failed, and no one would ever hear of it.
            _debug_print(f"scm: what `{call.handler}` does on a trap failed: {summary(error)}")
        self.store.flush()

    def refuse(self, env: int, slot: int, answer: str) -> None:
        """A response for a retired handler: reject the caller who waits, and run nothing."""
        call = self._waiting_call(env)
        if call is None or call.slot != slot:
            self._count_orphan(env)
            return
        self.pending.remove(call)
        _debug_print(f"scm: response handler `{call.handler}` is retired; its caller is rejected")
        if call.join:
            # The handler may be back when the last of them comes.
            if joins.store(call.join, raw_response()):
                return
            joins.take(call.join >> joins.PLACE_BITS)
        _msg_reject(answer)

    def orphan(self, env: int) -> None:
        """A response that belongs to no call of ours, or to a retired handler: run nothing."""
        call = self._waiting_call(env)
        if call is not None and self.handler_of(call) is None:
            self.pending.fail(call, STATUS_RETIRED)
        self._count_orphan(env)

    def _count_orphan(self, env: int) -> None:
        if FORWARDS.take_receipt(env):
            return
        self.pending.count_orphan()
        _debug_print(f"scm: orphan response (env {env:#010x}): no handler was run")

    def _waiting_call(self, env: int) -> PendingCall | None:
        call = self.pending.find(env)
        return call if call is not None and call.status == STATUS_WAITING else None

    def _interfaces(self) -> list[HandlerInterface]:
        return [handler.interface for handler in self.handlers.values()]

    def _handler_of(self, result: Pending[object]) -> Handler:
        handler = self.handlers.get(result.handler)
        if handler is None:
            raise TypeError(f"`then` takes a function marked @on_response, got {result.handler!r}")
        if handler.is_join != result.is_join:
            wanted = "a list of responses, of a `join`" if handler.is_join else "one response"
            raise TypeError(f"response handler `{handler.interface.name}` takes {wanted}")
        return handler

    def _make_join(
        self, calls: tuple[Call[object], ...], handler: Handler, context: bytes
    ) -> list[object] | None:
        """Make all calls; their responses, if none could be enqueued."""
        block = joins.create(len(calls))
        missing = len(calls)
        for place, call in enumerate(calls):
            join = joins.member(block, place)
            if not self._make_call(call, handler, context, join):
                message = NOT_ENQUEUED.encode()
                raw = RawResponse(REJECTED, RejectCode.SYS_TRANSIENT, message)
                missing = joins.store(join, raw)
        if missing:
            return None
        return [decode_response(handler, item) for item in joins.take(block)]

    def _make_call(self, call: Call[object], handler: Handler, context: bytes, join: int) -> bool:
        env = self.pending.add(
            handler.interface.slot,
            handler.interface.name,
            handler.interface.step,
            context,
            call.callee.raw,
            call.method,
            call.timeout_seconds,
            handler.valid_seconds,
            call.cycles,
            join,
        )
        code = _call(
            call.callee.raw,
            call.method,
            encode_arguments(call.codec, call.arguments),
            call.cycles,
            call.timeout_seconds,
            handler.table_index,
            self.cleanup_index,
            env,
        )
        if code == 0:
            return True
        record = self.pending.find(env)
        assert record is not None
        self.pending.remove(record)
        return False
