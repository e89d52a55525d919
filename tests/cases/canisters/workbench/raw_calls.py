"""Calls whose types are known only when they are made."""

from store import Workbench

from scm import (
    Call,
    Pending,
    Principal,
    RawMessage,
    Reject,
    Reply,
    Response,
    blob,
    call_raw,
    ic,
    join,
    nat,
    on_response,
    record,
    text,
    update,
)


@record
class Answer:
    """One of `reply` and `code` (6: nothing is known), and the cycles that came back."""

    reply: blob | None
    code: nat
    message: text
    refunded: nat


@update
def ask_raw(
    bench: Workbench, callee: Principal, method: text, message: blob, seconds: nat, cycles: nat
) -> Pending[Answer]:
    """Call any method; wait as long as it takes if `seconds` is 0."""
    call = call_raw(callee, method, message).with_cycles(cycles)
    return (call.bounded(seconds) if seconds else call).then(answered_raw)


@on_response
def answered_raw(bench: Workbench, response: Response[RawMessage]) -> Answer:
    return answer_of(response)


def answer_of(response: Response[RawMessage]) -> Answer:
    match response:
        case Reply(message):
            return Answer(message, 0, "", ic.cycles_refunded())
        case Reject(code, text):
            return Answer(None, code, text, ic.cycles_refunded())
        case _:
            return Answer(None, 6, "", ic.cycles_refunded())


@update
def ask_raw_together(
    bench: Workbench, callee: Principal, messages: list[blob]
) -> Pending[list[Answer]]:
    """Send each message to the callee's `take`."""
    return join([call_raw(callee, "take", message) for message in messages]).then(gathered_raw)


@on_response
def gathered_raw(bench: Workbench, responses: list[Response[RawMessage]]) -> list[Answer]:
    return [answer_of(response) for response in responses]


@update
def send_raw(bench: Workbench, callee: Principal, method: text, message: blob) -> bool:
    return call_raw(callee, method, message).send()


@update
def ask_raw_for_sure(bench: Workbench, callee: Principal, message: blob) -> Pending[blob]:
    call: Call[RawMessage] = call_raw(callee, "take", message)
    return call.then(kept_raw)


@on_response(retry=True)
def kept_raw(bench: Workbench, response: Response[RawMessage]) -> blob:
    match response:
        case Reply(message) if bench.small:
            return message
        case _:
            raise RuntimeError("the bench is not set up")
