"""What every entry point shares: arguments in, a reply or a call out, response to handler.

The compiler generates one small function per entry (`scm_entry`), which decodes, calls the user's
function and hands the outcome to `Machine.settle`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from scm.authoring.calls import Call, Pending, Reject, Reply, Unknown
from scm.ic import Rejection
from scm.leb128 import write_unsigned
from scm.model import Principal, RejectCode
from scm.runtime import ic0, joins, stable
from scm.runtime.collection_types import CollectionTypes, write_types
from scm.runtime.control import calls_message, status_message
from scm.runtime.fault import summary
from scm.runtime.joins import REJECTED, REPLIED, UNKNOWN, RawResponse
from scm.runtime.outgoing import CALLEES, encode_arguments
from scm.runtime.pending import (
    MODE,
    STATUS_LATE,
    STATUS_RETIRED,
    STATUS_TRAPPED,
    STATUS_WAITING,
    PendingCall,
    PendingTable,
)
from scm.runtime.upgrade import (
    HandlerInterface,
    UpgradeError,
    check_handlers,
    read_handlers,
    write_handlers,
)

# Found once, at import: to look one up in its module takes 700 instructions.
_call: Final = ic0.call
_debug_print: Final = ic0.debug_print
_is_controller: Final = ic0.is_controller
_msg_arg_data: Final = ic0.msg_arg_data
_msg_caller: Final = ic0.msg_caller
_msg_reject: Final = ic0.msg_reject
_msg_reject_code: Final = ic0.msg_reject_code
_msg_reject_msg: Final = ic0.msg_reject_msg
_msg_reply: Final = ic0.msg_reply
_stable_load: Final = ic0.stable_load
_stable_store: Final = ic0.stable_store
_time: Final = ic0.time

CALLS_AT_ONCE_MAX: Final = 1000
"""What `scm_pending` lists at once."""

NOT_ENQUEUED: Final = "the call could not be enqueued"
EXPECT_IDLE: Final = b"DIDL\x00\x01\x71\x0bexpect_idle"
"""The argument `("expect_idle")` of an upgrade: refuse it while a call waits for its response."""

IMMEDIATE_REJECTS_MAX: Final = 64
"""Calls in a row that one message may fail to enqueue before it is stopped."""


STABLE_READ_BYTES_MAX: Final = 2_000_000
"""What `scm_stable_read` gives at once; a reply has at most 2 MiB (Resource limits)."""

TWO_NAT64: Final = b"DIDL\x00\x02\x78\x78"
NOTHING: Final = b"DIDL\x00\x00"
ONE_BLOB: Final = b"DIDL\x01\x6d\x7b\x01\x00"


class DrainingError(Exception):
    """The canister makes no new calls: it is drained for an upgrade."""


@final
class Handler:
    """A response handler as the runtime sees it.

    `number` counts the handlers of this build, and is its bit in masks: `repliers` are those that
    can reply in its stead.  `table_index` is where the table has it (its slot, if pinned).
    `on_trap` cleans up after it if it traps; a response is refused after `valid_seconds`, if not 0.
    """

    def __init__(
        self,
        number: int,
        repliers: int,
        interface: HandlerInterface,
        table_index: int,
        run: Callable[[object, object, object], object],
        encode_context: Callable[[object], bytes],
        decode_context: Callable[[bytes], object],
        read_reply: Callable[[], object],
        decode_reply: Callable[[bytes], object],
        reply: Callable[[object], None],
        on_trap: Callable[[object, object], None] | None,
        valid_seconds: int,
        is_join: bool,
    ) -> None:
        self.number: Final = number
        self.repliers: Final = repliers
        self.interface: Final = interface
        self.table_index: Final = table_index
        self.run: Final = run
        self.encode_context: Final = encode_context
        self.decode_context: Final = decode_context
        self.read_reply: Final = read_reply
        self.decode_reply: Final = decode_reply
        self.reply: Final = reply
        self.on_trap: Final = on_trap
        self.valid_seconds: Final = valid_seconds
        self.is_join: Final = is_join


class StateStore:
    """The state object and its cells; the compiler generates a subclass per canister."""

    def __init__(self) -> None:
        self.directory: Final = stable.Directory()

    def current(self) -> object:
        """The state object."""
        raise AssertionError("generated")

    def flush(self) -> None:
        """Write the fields that changed in this message."""
        raise AssertionError("generated")

    def adopt(self, state: object) -> None:
        """Take over the first state, and write all of it."""
        raise AssertionError("generated")

    def load(self) -> None:
        """Read the state from its cells, after an upgrade."""
        raise AssertionError("generated")


@final
class Machine:
    """The canister: its state, its handlers, and the slots that they share with the system.

    Slots run from `slot_base` to `slot_base + slot_count`.  `names` are those of all record fields
    and variant tags, which the wire does not carry.
    """

    def __init__(
        self,
        store: StateStore,
        slot_base: int,
        slot_count: int,
        cleanup_index: int,
        handlers: dict[object, Handler],
        names: tuple[str, ...],
    ) -> None:
        self.store: Final = store
        self.pending: Final = PendingTable(slot_base)
        self.slot_count: Final = slot_count
        self.cleanup_index: Final = cleanup_index
        self.handlers: Final = handlers
        self.names: Final = names
        self._by_name: Final = {item.interface.name: item for item in handlers.values()}

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
        self._check_expectation(waiting)
        check_handlers(read_handlers(), self._interfaces(), waiting, self.names)
        self.pending.make_room(self.slot_count)
        self.store.load()
        write_handlers(self._interfaces())
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
                _check_transition(call, handler, repliers)
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
        if call is None or call.slot != interface.slot or call.handler != interface.name:
            self.orphan(env)
            return
        if call.join:
            is_late = call.valid_until_ns and _time() > call.valid_until_ns
            raw = RawResponse(UNKNOWN, 0, b"") if is_late else _raw_response()
            self._handle_joined(handler, call, raw)
            return
        if call.valid_until_ns and _time() > call.valid_until_ns:
            self._refuse_late(call)
            return
        self.pending.remove(call)
        self._handle(handler, call, _read_response(handler))

    def _handle_joined(self, handler: Handler, call: PendingCall, raw: RawResponse) -> bool:
        """Keep a response of a join; run the handler if it is the last, and say so."""
        _decode_response(handler, raw)  # One that can't be read must fail alone.
        self.pending.remove(call)
        if joins.store(call.join, raw):
            return False
        responses = joins.take(call.join >> joins.PLACE_BITS)
        self._handle(handler, call, [_decode_response(handler, item) for item in responses])
        return True

    def _handle(self, handler: Handler, call: PendingCall, response: object) -> None:
        context = handler.decode_context(call.context)
        try:
            result = handler.run(self.store.current(), context, response)
        except Rejection as rejection:
            self.reject(rejection)
            return
        self.settle(result, handler.reply, handler.repliers)

    def _refuse_late(self, call: PendingCall) -> None:
        self.pending.fail(call, STATUS_LATE)
        _debug_print(
            f"scm: the response for `{call.handler}` came too late; its call to "
            f"{Principal(call.callee)} `{call.method}` is kept as failed"
        )
        _msg_reject(f"the response of `{call.method}` came too late for `{call.handler}`")

    def reject(self, rejection: Rejection) -> None:
        """`ic.reject` ended the message: answer so, and keep its changes."""
        _msg_reject(rejection.message)
        self.store.flush()

    def cleanup(self, env: int) -> None:
        """A handler trapped: its changes are gone, its call is kept as failed."""
        call = self._waiting_call(env)
        if call is None:
            return
        self.pending.fail(call, STATUS_TRAPPED)
        _debug_print(
            f"scm: response handler `{call.handler}` trapped; its call to "
            f"{Principal(call.callee)} `{call.method}` is kept as failed"
        )
        handler = self._by_name.get(call.handler)
        if handler is None or handler.on_trap is None:
            return
        try:
            handler.on_trap(self.store.current(), handler.decode_context(call.context))
        except Exception as error:
            # To trap now would undo that the call has failed, and no one would ever hear of it.
            _debug_print(f"scm: what `{call.handler}` does on a trap failed: {summary(error)}")
        self.store.flush()

    def orphan(self, env: int) -> None:
        """A response that belongs to no call of ours, or to a retired handler: run nothing."""
        call = self._waiting_call(env)
        if call is not None:
            self.pending.fail(call, STATUS_RETIRED)
        self.pending.count_orphan()
        _debug_print(f"scm: orphan response (env {env:#010x}): no handler was run")

    def status(self) -> None:
        """The query `scm_status : () -> (nat64, nat64, nat64, bool)`, for controllers.

        How many calls wait and have failed, how many responses were orphans, whether it is drained.
        """
        _require_controller("scm_status")
        pending = self.pending
        is_draining = _stable_load(MODE) != 0
        _msg_reply(status_message(pending.waiting, pending.failed, pending.orphans, is_draining))

    def pending_calls(self, first: int, count: int) -> None:
        """The query `scm_pending : (nat64, nat64) -> (vec record {...}, opt nat64)`.

        Up to `count` calls that wait or have failed, from a place in the table on; and the place to
        go on from.  For controllers.
        """
        _require_controller("scm_pending")
        calls, rest_from = self.pending.calls_from(first, min(count, CALLS_AT_ONCE_MAX))
        _msg_reply(calls_message(calls, rest_from))

    def answer(self, env: int, reply: bytes | None, rejection: str | None) -> None:
        """The update `scm_answer : (nat32, opt blob, opt text)`, for controllers.

        Run the handler of a failed call with a reply (as Candid), a rejection, or `Unknown` if
        neither is given.  If it traps, the call stays as it is.
        """
        _require_controller("scm_answer")
        call = self.pending.find(env)
        if call is None:
            raise LookupError(f"there is no call {env}")
        if call.status == STATUS_WAITING:
            raise ValueError(f"call {env} waits for its response, which may still come")
        handler = self._by_name.get(call.handler)
        if handler is None:
            raise LookupError(f"this code has no response handler `{call.handler}`")
        _debug_print(f"scm: {Principal(_msg_caller())} answers call {env} of `{call.handler}`")
        raw = RawResponse(UNKNOWN, 0, b"")
        if reply is not None:
            raw = RawResponse(REPLIED, 0, reply)
        elif rejection is not None:
            raw = RawResponse(REJECTED, RejectCode.CANISTER_REJECT, rejection.encode())
        if not call.join:
            self.pending.remove(call)
            self._handle(handler, call, _decode_response(handler, raw))
        elif not self._handle_joined(handler, call, raw):
            _msg_reply(NOTHING)  # The join waits for more.

    def discard(self, env: int) -> None:
        """The update `scm_discard : (nat32) -> ()`, for controllers: forget a call.

        One that waits, too: if its response comes all the same, it is an orphan.
        """
        _require_controller("scm_discard")
        call = self.pending.find(env)
        if call is None:
            raise LookupError(f"there is no call {env}")
        self.pending.remove(call)
        if call.join and joins.store(call.join, RawResponse(UNKNOWN, 0, b"")) == 0:
            joins.take(call.join >> joins.PLACE_BITS)
        _debug_print(
            f"scm: {Principal(_msg_caller())} discards call {env} to {Principal(call.callee)} "
            f"`{call.method}`, for `{call.handler}`"
        )
        _msg_reply(NOTHING)

    def drain(self, is_on: bool) -> None:
        """The update `scm_drain : (bool) -> ()`, for controllers: make no new calls, or again.

        Methods that would make one are rejected, and undone; handlers go on with what has begun.
        An upgrade ends it.
        """
        _require_controller("scm_drain")
        _stable_store(MODE, int(is_on))
        _debug_print(f"scm: {Principal(_msg_caller())} {'starts' if is_on else 'ends'} draining")
        _msg_reply(NOTHING)

    def stable_read(self) -> None:
        """The query `scm_stable_read : (offset : nat64, size : nat64) -> (blob)`, for controllers.

        Bytes of stable memory, fewer where it ends: a backup in chunks.
        """
        _require_controller("scm_stable_read")
        argument = _msg_arg_data()
        if len(argument) != 24 or not argument.startswith(TWO_NAT64):
            raise ValueError("`scm_stable_read` takes an offset and a size, both nat64")
        offset = int.from_bytes(argument[8:16], "little")
        size = int.from_bytes(argument[16:24], "little")
        if size > STABLE_READ_BYTES_MAX:
            raise ValueError(f"`scm_stable_read` gives at most {STABLE_READ_BYTES_MAX} bytes")
        data = stable.read_memory(offset, size)
        _msg_reply(ONE_BLOB + write_unsigned(len(data)) + data)

    def _check_expectation(self, waiting: dict[int, int]) -> None:
        if _msg_arg_data() != EXPECT_IDLE or not waiting:
            return
        slots = {item.interface.slot: name for name, item in self._by_name.items()}
        calls = [
            f"{count} for `{slots[slot]}`" if slot in slots else f"{count} for slot {slot}"
            for slot, count in waiting.items()
        ]
        raise UpgradeError(
            f"the upgrade expects that no call waits, but some do: {', '.join(calls)}; the old "
            "code goes on"
        )

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
        return [_decode_response(handler, item) for item in joins.take(block)]

    def _make_call(self, call: Call[object], handler: Handler, context: bytes, join: int) -> bool:
        env = self.pending.add(
            handler.interface.slot,
            handler.interface.name,
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


def _require_controller(method: str) -> None:
    if not _is_controller(_msg_caller()):
        raise PermissionError(f"`{method}` is for controllers")


def _check_transition(call: Call[object], handler: Handler, repliers: int) -> None:
    """Stop before a call whose response could not be handled: mypy sees Python's types only."""
    name = handler.interface.name
    if not CALLEES.readers[call.codec] >> handler.number & 1:
        raise TypeError(
            f"`{call.method}` answers {CALLEES.results[call.codec]}, which response handler "
            f"`{name}` can't read: the types of Candid in its `Response[...]` differ"
        )
    if not repliers >> handler.number & 1:
        raise TypeError(
            f"response handler `{name}` replies with other types of Candid than the function that "
            "returned the call promises"
        )


def _raw_response() -> RawResponse:
    """The response that has come, undecoded."""
    code = _msg_reject_code()
    if code == 0:
        return RawResponse(REPLIED, 0, _msg_arg_data())
    if code == RejectCode.SYS_UNKNOWN:
        return RawResponse(UNKNOWN, 0, b"")
    return RawResponse(REJECTED, code, _msg_reject_msg())


def _decode_response(handler: Handler, raw: RawResponse) -> object:
    if raw.kind == REPLIED:
        return Reply(handler.decode_reply(raw.data))
    if raw.kind == REJECTED:
        return Reject(raw.code, raw.data.decode("utf-8", "replace"))
    return Unknown()


def _read_response(handler: Handler) -> object:
    code = _msg_reject_code()
    if code == 0:
        try:
            return handler.read_reply()
        except ValueError as error:
            name = handler.interface.name
            raise ValueError(f"the reply does not fit what `{name}` expects: {error}") from error
    if code == RejectCode.SYS_UNKNOWN:
        return Unknown()
    return Reject(code, _msg_reject_msg().decode("utf-8", "replace"))
