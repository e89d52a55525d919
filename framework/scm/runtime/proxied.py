"""The outcomes of calls through a proxy (`forwarding.py`): the proxy delivers them.

At least once: whatever is rejected here is delivered again.  Handled once: the record of the call
goes in the message that handles the outcome.
"""

from __future__ import annotations

from typing import Final, final

from scm.model import Principal, RejectCode
from scm.runtime import ic0
from scm.runtime.call_records import STATUS_PROXIED, PendingCall
from scm.runtime.dispatch import Machine
from scm.runtime.forwarding import FORWARDS, proxied_id
from scm.runtime.joins import REJECTED, REPLIED, UNKNOWN, RawResponse
from scm.runtime.responses import decode_response

# Found once, at import: to look one up in its module takes 700 instructions.
_debug_print: Final = ic0.debug_print
_msg_caller: Final = ic0.msg_caller
_msg_cycles_accept: Final = ic0.msg_cycles_accept
_msg_cycles_available: Final = ic0.msg_cycles_available
_msg_reply: Final = ic0.msg_reply
_time: Final = ic0.time

_NOTHING: Final = b"DIDL\x00\x00"
_OF_CANISTERS: Final = b"\x01"
"""The last byte of opaque ids, which are those of canisters (Interface Spec, "Principals")."""

_ENV_MASK: Final = (1 << 32) - 1


@final
class ProxiedCalls:
    """The method that proxies call."""

    def __init__(self, machine: Machine) -> None:
        self._machine: Final = machine

    def deliver(self, number: int, reply: bytes | None, code: int, message: str) -> None:
        """The update `scm_proxied : (id : nat64, opt blob, code : nat32, text) -> ()`.

        Run the handler of a call with the reply (as it came), or with a reject: `Unknown` for code
        6, as in `RejectCode`.  Takes all cycles that come along.  For the proxy of that call;
        raises `PermissionError` for others.  An id that no call has is answered too: its outcome
        was handled, or given by hand, or discarded.  If the handler traps, or can't read the reply,
        nothing is changed, and the outcome is the proxy's still.
        """
        pending = self._machine.pending
        call = pending.find(number & _ENV_MASK)
        if call is None or call.status != STATUS_PROXIED or proxied_id(call) != number:
            if _msg_caller().endswith(_OF_CANISTERS):  # Others may send whatever they like.
                _debug_print(
                    f"scm: {Principal(_msg_caller())} brought the outcome of proxied call {number}"
                    f", code {code}, which does not wait (any more): no handler was run"
                )
            _msg_reply(_NOTHING)
            return
        if call.callee != _msg_caller():
            raise PermissionError(f"`scm_proxied` is for the proxy of call {call.env}")
        raw = _outcome(reply, code, message)
        if call.valid_until_ns and _time() > call.valid_until_ns:
            _msg_cycles_accept(_msg_cycles_available())
            self._machine.fail_late(call)
            _msg_reply(_NOTHING)
            return
        handler = self._machine.handler_of(call)
        if handler is None:
            self._drop(call)
            return
        try:
            response = decode_response(handler, raw)
        except ValueError as error:
            name = handler.interface.name
            raise ValueError(f"the reply does not fit what `{name}` expects: {error}") from error
        FORWARDS.refunded = _msg_cycles_accept(_msg_cycles_available())
        pending.remove(call)
        self._machine.handle(handler, call, response)
        FORWARDS.refunded = -1

    def _drop(self, call: PendingCall) -> None:
        """No handler is there: it is retired, and no caller is left to hear why."""
        if call.slot not in self._machine.answers:
            raise LookupError(f"this code has no response handler `{call.handler}`")
        _msg_cycles_accept(_msg_cycles_available())
        self._machine.pending.remove(call)
        _debug_print(f"scm: response handler `{call.handler}` is retired; an outcome is dropped")
        _msg_reply(_NOTHING)


def _outcome(reply: bytes | None, code: int, message: str) -> RawResponse:
    if reply is not None:
        return RawResponse(REPLIED, 0, reply)
    if code == RejectCode.SYS_UNKNOWN:
        return RawResponse(UNKNOWN, 0, b"")
    if not RejectCode.SYS_FATAL <= code <= RejectCode.CANISTER_ERROR:
        raise ValueError(f"{code} is no reject code")
    return RawResponse(REJECTED, code, message.encode())
