"""The response of a call: as it comes, kept for a join or given by hand, and as handlers get it."""

from __future__ import annotations

from typing import Final

from scm.authoring.calls import Reject, Reply, Unknown
from scm.model import Principal, RejectCode
from scm.runtime import ic0
from scm.runtime.handlers import Handler
from scm.runtime.joins import REJECTED, REPLIED, UNKNOWN, RawResponse

# Found once, at import: to look one up in its module takes 700 instructions.
_canister_self: Final = ic0.canister_self
_msg_arg_data: Final = ic0.msg_arg_data
_msg_reject_code: Final = ic0.msg_reject_code
_msg_reject_msg: Final = ic0.msg_reject_msg


def raw_response() -> RawResponse:
    """The response that has come, undecoded."""
    code = _msg_reject_code()
    if code == 0:
        return RawResponse(REPLIED, 0, _msg_arg_data())
    if code == RejectCode.SYS_UNKNOWN:
        return RawResponse(UNKNOWN, 0, b"")
    return RawResponse(REJECTED, code, _msg_reject_msg())


def decode_response(handler: Handler, raw: RawResponse) -> object:
    """A kept response as what its handler gets; raises what decoding raises."""
    if raw.kind == REPLIED:
        return Reply(handler.decode_reply(raw.data))
    if raw.kind == REJECTED:
        return Reject(raw.code, raw.data.decode("utf-8", "replace"))
    return Unknown()


def read_response(handler: Handler) -> object:
    """The response that has come, as its handler gets it; raises `ValueError` if it is another."""
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


def raw_reply(message: bytes) -> object:
    """What a handler of `Response[RawMessage]` gets of a reply: all of it."""
    return message


def was_never_run(message: str) -> bool:
    """Whether the rejected call of the canister to itself was not executed at all.

    Then the system rejected it; or the canister stopped, and Interface Spec, "Stopping a canister",
    has it rejected like a call that failed, so that the text must tell.
    """
    code = _msg_reject_code()
    if code in (RejectCode.SYS_FATAL, RejectCode.SYS_TRANSIENT):
        return True
    is_stopped = message.endswith(f"Canister {Principal(_canister_self())} is not running")
    return code == RejectCode.CANISTER_ERROR and is_stopped
