"""Calls through a proxy (`call.via`): the proxy makes them, so that no callee is waited for here.

Each has a record in the table of pending calls, as any call; its callee there is the proxy, and its
method shows whom the proxy calls.  With the record goes a call of the proxy's

    forward : (id : nat64, callee : principal, method : text, message : blob, seconds : nat32)
        -> (nat64)

which replies the id at once.  The outcome comes later, as a call of `scm_proxied` (`proxied.py`).

The method that called `via` has replied when the proxy's answer to `forward` comes, so nothing may
be replied there: if the proxy refuses, its reject is kept, and the handler runs in a message of its
own, `scm_handle`, as with `@on_response(retry=True)` (decision 20).  Where that can't be sent, the
call is noted as refused, and the next message that has to do with proxies sends it.
"""

from __future__ import annotations

from typing import Final, final

from scm.leb128 import write_unsigned
from scm.model import Principal, RejectCode
from scm.runtime import ic0, kept
from scm.runtime.call_records import (
    STATUS_PROXIED,
    STATUS_RAISED,
    STATUS_REFUSED,
    STATUS_RUNNING,
    PendingCall,
)
from scm.runtime.handlers import Handler
from scm.runtime.joins import REJECTED, RawResponse
from scm.runtime.outgoing import CALLEES, encode_arguments
from scm.runtime.pending import INDEX_BITS, INDEX_MAX, MODE, REFUSED, PendingTable

# Found once, at import: to look one up in its module takes 700 instructions.
_call: Final = ic0.call
_canister_self: Final = ic0.canister_self
_canister_status: Final = ic0.canister_status
_debug_print: Final = ic0.debug_print
_msg_arg_data: Final = ic0.msg_arg_data
_msg_reject_code: Final = ic0.msg_reject_code
_msg_reject_msg: Final = ic0.msg_reject_msg
_stable_load: Final = ic0.stable_load
_time: Final = ic0.time

RUNNING: Final = 1  # Interface Spec, "ic0.canister_status".
HANDLE_METHOD: Final = "scm_handle"
ONE_NAT32: Final = b"DIDL\x00\x01\x79"
METHOD_BYTES_MAX: Final = 20_000  # Interface Spec, "ic0.call_new": longer names trap there.
NOT_ENQUEUED: Final = "the call could not be enqueued"

_CALLS_AT_ONCE: Final = 256
_LOOKS_MAX: Final = 8
"""How many parts of the table one message looks through for calls that were refused."""

_FORWARD_METHOD: Final = "forward"
_FORWARD_TYPES: Final = b"DIDL\x01\x6d\x7b\x05\x78\x68\x71\x00\x79"
_ONE_NAT64: Final = b"DIDL\x00\x01\x78"


class DrainingError(Exception):
    """The canister makes no new calls: it is drained for an upgrade."""


def check_transition(method: str, codec: int, handler: Handler, repliers: int) -> None:
    """Stop before a call whose response could not be handled: mypy sees Python's types only.

    `repliers`: the handlers that can reply what whoever makes the call promises, as bits.
    """
    name = handler.interface.name
    if not CALLEES.readers[codec] >> handler.number & 1:
        raise TypeError(
            f"`{method}` answers {CALLEES.results[codec]}, which response handler "
            f"`{name}` can't read: the types of Candid in its `Response[...]` differ"
        )
    if not repliers >> handler.number & 1:
        raise TypeError(
            f"response handler `{name}` replies with other types of Candid than the function that "
            "returned the call promises"
        )


def proxied_id(call: PendingCall) -> int:
    """What a call is called in messages with its proxy: never given again, unlike `env`.

    The whole version that issued it, and its index; the lower 32 bits are `env`.
    """
    return call.version << INDEX_BITS | call.env & INDEX_MAX - 1


@final
class Forwards:
    """What makes the calls through proxies; `open` comes first, in the canister's boot.

    `is_handling`: a response handler runs, which goes on with what has begun even if the canister
    is drained.  `refunded`: the cycles that came with the outcome being handled, -1 outside.
    """

    def __init__(self) -> None:
        self.handlers: dict[object, Handler] = {}
        self.pending: PendingTable | None = None
        self.cleanup_index = 0
        self.refused_index = 0
        self.repliers = 0
        self.look_from = 0
        self.is_handling = False
        self.refunded = -1

    def open(
        self,
        handlers: dict[object, Handler],
        pending: PendingTable,
        cleanup_index: int,
        refused_index: int,
        repliers: int,
    ) -> None:
        """Say what the handlers are, by function, and which can reply nothing, as bits."""
        self.handlers = handlers
        self.pending = pending
        self.cleanup_index = cleanup_index
        self.refused_index = refused_index
        self.repliers = repliers

    def make(
        self,
        proxy: Principal,
        function: object,
        context: object,
        callee: Principal,
        method: str,
        arguments: tuple[object, ...],
        codec: int,
        cycles: int,
        timeout_seconds: int,
    ) -> int:
        """Record a call and have the proxy make it; returns its `env`."""
        pending = self.pending
        if pending is None:
            _time()  # On the host, this tells that there is no canister.
            raise RuntimeError("no calls can be made while the canister boots")
        handler = self.handlers.get(function)
        if handler is None:
            raise TypeError(f"`via` takes a function marked @on_response, got {function!r}")
        if handler.is_join:
            raise TypeError(f"response handler `{handler.interface.name}` is for a `join`")
        check_transition(method, codec, handler, self.repliers)
        if _stable_load(MODE) and not self.is_handling:
            raise DrainingError("no new calls are made before the upgrade; try again after it")
        name = method.encode()
        if len(name) > METHOD_BYTES_MAX:
            raise ValueError(f"a method name has at most {METHOD_BYTES_MAX} bytes, not {len(name)}")
        interface = handler.interface
        env = pending.add(
            interface.slot,
            interface.name,
            interface.step,
            handler.encode_context(context),
            proxy.raw,
            f"{callee}.{method}",
            timeout_seconds,
            handler.valid_seconds,
            cycles,
            0,
        )
        call = pending.hand_over(env)
        message = encode_arguments(codec, arguments)
        parts = [
            _FORWARD_TYPES,
            proxied_id(call).to_bytes(8, "little"),
            b"\x01" + write_unsigned(len(callee.raw)) + callee.raw,
            write_unsigned(len(name)) + name,
            write_unsigned(len(message)) + message,
            timeout_seconds.to_bytes(4, "little"),
        ]
        argument = b"".join(parts)
        indices = (handler.table_index, self.cleanup_index)
        if _call(proxy.raw, _FORWARD_METHOD, argument, cycles, 0, indices[0], indices[1], env):
            self._refuse(call, RejectCode.SYS_TRANSIENT, NOT_ENQUEUED)
        else:
            self.send_refused()
        return env

    def take_receipt(self, env: int) -> bool:
        """Whether the response that has come is a proxy's to `forward`, which no handler takes.

        One that refuses the call is kept for the handler.
        """
        assert self.pending is not None
        code = _msg_reject_code()
        call = self.pending.find(env)
        is_receipt = False
        if code == 0:
            argument = _msg_arg_data()
            start = _ONE_NAT64 + env.to_bytes(4, "little")
            is_receipt = len(argument) == len(_ONE_NAT64) + 8 and argument.startswith(start)
        if call is None or call.status != STATUS_PROXIED:
            return is_receipt  # The outcome may come before it, or an answer given by hand.
        if code:
            self._refuse(call, code, _msg_reject_msg().decode("utf-8", "replace"))
        elif not is_receipt:
            self._refuse(call, RejectCode.CANISTER_ERROR, "it answered as no proxy does")
        return True

    def _refuse(self, call: PendingCall, code: int, message: str) -> None:
        """A proxy has not taken a call: keep that for its handler, and have it run."""
        assert self.pending is not None
        raw = RawResponse(REJECTED, code, message.encode())
        block = kept.write(raw, f"the proxy did not take the call: {message}")
        is_sent = self._send(call)
        self.pending.keep(call, block, STATUS_RUNNING if is_sent else STATUS_REFUSED)
        _debug_print(
            f"scm: proxy {Principal(call.callee)} did not take the call of `{call.method}` for "
            f"`{call.handler}`: {message}"
        )

    def send_refused(self) -> None:
        """Have the handlers run of calls that were refused when no message could be sent."""
        if not _stable_load(REFUSED):
            return
        assert self.pending is not None
        for _ in range(_LOOKS_MAX):
            calls, after = self.pending.calls_from(self.look_from, _CALLS_AT_ONCE)
            for call in calls:
                if call.status == STATUS_REFUSED:
                    if not self._send(call):
                        return
                    self.pending.note(call, STATUS_RUNNING)
            self.look_from = after
            if after == 0:
                return

    def finish_refused(self, env: int, message: str, was_never_run: bool) -> None:
        """`scm_handle` has come back for a call that was refused; `message` says why it failed."""
        assert self.pending is not None
        call = self.pending.find(env)
        if call is None or call.status != STATUS_RUNNING:
            self.send_refused()
        elif was_never_run:
            # Whatever is in the way now is in the way of others, too.
            self.pending.note(call, STATUS_REFUSED)
        else:
            error = f"{kept.error_of(call)}; then its handler failed: {message}"
            self.pending.keep(call, kept.note_error(call, error), STATUS_RAISED)
            _debug_print(
                f"scm: response handler `{call.handler}` failed; its call to {call.method} is kept "
                "with the refusal of its proxy"
            )
            self.send_refused()

    def _send(self, call: PendingCall) -> bool:
        """Call the canister itself to have a handler run with what is kept; False if it can't."""
        if _canister_status() != RUNNING:
            return False  # One that stops takes no message, not even its own.
        argument = ONE_NAT32 + call.env.to_bytes(4, "little")
        indices = (self.refused_index, self.cleanup_index)
        itself = _canister_self()
        return not _call(itself, HANDLE_METHOD, argument, 0, 0, indices[0], indices[1], call.env)


FORWARDS: Final = Forwards()
