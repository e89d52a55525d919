"""Handlers with `@on_response(retry=True)`: run in a message of their own, with a kept response.

A trap takes back that a response has come, and what it said.  So there are two messages: the first
keeps the response and calls the canister itself (`Machine.respond`); the second, `scm_handle`, runs
the handler.  If that traps, the first hears why, and the call is failed with its response.
"""

from __future__ import annotations

from typing import Final, final

from scm.model import Principal
from scm.runtime import ic0, kept
from scm.runtime.call_records import STATUS_RAISED, STATUS_RUNNING, PendingCall
from scm.runtime.dispatch import Machine
from scm.runtime.forwarding import FORWARDS
from scm.runtime.responses import decode_response, was_never_run

# Found once, at import: to look one up in its module takes 700 instructions.
_canister_self: Final = ic0.canister_self
_debug_print: Final = ic0.debug_print
_msg_arg_data: Final = ic0.msg_arg_data
_msg_caller: Final = ic0.msg_caller
_msg_reject: Final = ic0.msg_reject
_msg_reject_code: Final = ic0.msg_reject_code
_msg_reject_msg: Final = ic0.msg_reject_msg
_msg_reply: Final = ic0.msg_reply


@final
class KeptResponses:
    """The two messages of a kept response, besides the one in which it comes."""

    def __init__(self, machine: Machine) -> None:
        self._machine: Final = machine

    def run(self, env: int) -> None:
        """The update `scm_handle : (nat32) -> ...`: run the handler with the response that is kept.

        Only the canister itself may call it; it replies what the handler does.  Of a call that its
        proxy did not take, only the runtime hears of this message (`forwarding.py`).
        """
        if _msg_caller() != _canister_self():
            raise PermissionError("`scm_handle` is for the canister itself")
        call = self._machine.pending.find(env)
        if call is None or call.status != STATUS_RUNNING:
            _msg_reject(f"call {env} was dealt with by hand before its handler ran")
            return
        self.handle(call)

    def handle(self, call: PendingCall) -> None:
        """Run the handler of a call with its kept response; the call is done then."""
        handler = self._machine.handler_of(call)
        answer = self._machine.answers.get(call.slot)
        if handler is None and answer is not None:
            self._machine.pending.remove(call)
            kept.release(call)
            _msg_reject(answer)
            return
        if handler is None:
            raise LookupError(f"this code has no response handler `{call.handler}`")
        response = decode_response(handler, kept.read(call))
        self._machine.pending.remove(call)
        kept.release(call)
        self._machine.handle(handler, call, response)

    def finish_refused(self, env: int) -> None:
        """What `scm_handle` did with the refusal of a proxy has come back: note if it failed."""
        if _msg_reject_code() == 0:
            FORWARDS.finish_refused(env, "", False)
            return
        message = _msg_reject_msg().decode("utf-8", "replace")
        FORWARDS.finish_refused(env, message, was_never_run(message))

    def finish(self, env: int) -> None:
        """What `scm_handle` did has come back: pass it on to the caller, or note why it failed."""
        if _msg_reject_code() == 0:
            _msg_reply(_msg_arg_data())
            return
        message = _msg_reject_msg().decode("utf-8", "replace")
        call = self._machine.pending.find(env)
        is_running = call is not None and call.status == STATUS_RUNNING
        if call is not None and is_running and was_never_run(message):
            self.handle(call)
            return
        if call is not None and is_running:
            self._machine.pending.keep(call, kept.note_error(call, message), STATUS_RAISED)
            _debug_print(
                f"scm: response handler `{call.handler}` failed; its call to "
                f"{Principal(call.callee)} `{call.method}` is kept with its response"
            )
            self._machine.clean_up(call)
        _msg_reject(message)
