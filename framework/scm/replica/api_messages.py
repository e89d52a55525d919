"""System API: message data, caller, responding, inspection.

Interface Spec, "Canister interface": "Accessing and replying to messages".
"""

from __future__ import annotations

from typing import Final

from scm.model import RejectCode
from scm.replica.api_memory import copy_slice, load
from scm.replica.execution import Execution, contract_violation
from scm.replica.state import Rejected, Replied

REPLY_BYTES_MAX: Final = 2 * 1024 * 1024
QUERY_REPLY_BYTES_MAX: Final = 3 * 1024 * 1024


def msg_arg_data_size(execution: Execution) -> int:
    return len(execution.invocation.argument)


def msg_arg_data_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, execution.invocation.argument, target, offset, size)


def msg_caller_size(execution: Execution) -> int:
    return len(execution.invocation.caller.raw)


def msg_caller_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, execution.invocation.caller.raw, target, offset, size)


def msg_caller_info_size(_execution: Execution) -> int:
    # Only identities that sign through a canister attest caller information; the replica's
    # senders are bare principals, for whom both values are empty.
    return 0


def msg_caller_info_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, b"", target, offset, size)


def msg_reject_code(execution: Execution) -> int:
    return execution.invocation.reject_code


def msg_reject_msg_size(execution: Execution) -> int:
    return len(execution.invocation.reject_message.encode())


def msg_reject_msg_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    message = execution.invocation.reject_message.encode()
    copy_slice(execution, message, target, offset, size)


def msg_deadline(execution: Execution) -> int:
    return execution.invocation.deadline_ns


def msg_reply_data_append(execution: Execution, source: int, size: int) -> None:
    _check_can_respond(execution)
    if len(execution.reply) + size > _reply_bytes_max(execution):
        raise contract_violation(
            f"the reply would exceed the limit of {_reply_bytes_max(execution)} bytes"
        )
    execution.reply += load(execution, source, size)


def msg_reply(execution: Execution) -> None:
    _check_can_respond(execution)
    execution.response = Replied(bytes(execution.reply))
    execution.reply.clear()
    execution.cycles_available = 0


def msg_reject(execution: Execution, source: int, size: int) -> None:
    _check_can_respond(execution)
    if size > _reply_bytes_max(execution):
        raise contract_violation(
            f"the reject message exceeds the limit of {_reply_bytes_max(execution)} bytes"
        )
    try:
        message = load(execution, source, size).decode()
    except UnicodeDecodeError:
        raise contract_violation("the reject message is not valid UTF-8") from None
    execution.response = Rejected(RejectCode.CANISTER_REJECT, message, "IC0406")
    execution.cycles_available = 0


def msg_method_name_size(execution: Execution) -> int:
    return len(execution.invocation.method.encode())


def msg_method_name_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, execution.invocation.method.encode(), target, offset, size)


def accept_message(execution: Execution) -> None:
    if execution.has_accepted_message:
        raise contract_violation("the function accept_message was called twice")
    execution.has_accepted_message = True


def _check_can_respond(execution: Execution) -> None:
    if execution.invocation.has_responded or execution.response is not None:
        raise contract_violation("the call is already replied or rejected")


def _reply_bytes_max(execution: Execution) -> int:
    return REPLY_BYTES_MAX if execution.invocation.is_replicated else QUERY_REPLY_BYTES_MAX
