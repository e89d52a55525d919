"""The management method `http_request`: a test's handler stands for the servers of the world.

Interface Spec, "IC method http_request".  The answer is there at once; a hold on it makes it late.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, cast

from attrs import evolve

from scm.candid.errors import DecodeError
from scm.candid.values import FuncValue, VariantValue
from scm.model import Principal, RejectCode
from scm.replica import transitions
from scm.replica.canister_module import MethodKind
from scm.replica.execute import canister_error, execute
from scm.replica.execution import QUERY_INSTRUCTIONS_MAX, Invocation, executed
from scm.replica.fees import http_request_cycles
from scm.replica.http_limits import check_request, checked_answer, header_bytes
from scm.replica.http_messages import RESPONSE_BYTES_MAX, HttpFailure, HttpRequest, HttpResponse
from scm.replica.management_calls import (
    Answer,
    Fields,
    ManagementCall,
    Method,
    MethodTable,
    refusal_by,
)
from scm.replica.management_types import decode_named, encode_named
from scm.replica.messages import refuse_query
from scm.replica.state import Effects, Outcome, Rejected, Replied
from scm.wasm.ic0_table import Context

_USER_AGENT: Final = ("user-agent", "ic/1.0")


def _http_request(call: ManagementCall) -> Answer:
    request = _request(call)
    check_request(request)
    transform = _transform(call)
    cycles = http_request_cycles(_priced_bytes(request, transform), request.max_response_bytes)
    if call.cycles < cycles:
        raise refusal_by(
            406,
            f"http_request request sent with {call.cycles} cycles, but {cycles} cycles are "
            "required.",
        )
    handler = call.state.http_handler
    if handler is None:
        message = "http_request: no handler is set in the embedded replica (on_http_request)"
        raise refusal_by(406, message)
    canister = call.state.canisters[call.sender]
    transitions.note_spent(call.state, canister, "http_outcalls", cycles)
    sent = _as_sent(request)
    nodes = call.state.http_nodes if request.is_replicated else 1
    outcomes = [
        _answer(call, request, transform, checked_answer(handler(sent))) for _ in range(nodes)
    ]
    return Answer(_agreed(outcomes), call.cycles - cycles)


def _agreed(outcomes: list[Outcome]) -> Outcome:
    """What all nodes saw but those that may be faulty, fewer than a third of them."""
    outcome, votes = Counter(outcomes).most_common(1)[0]
    if votes >= len(outcomes) - (len(outcomes) - 1) // 3:
        return outcome
    message = "No consensus could be reached. Replicas had different responses."
    return Rejected(RejectCode.SYS_TRANSIENT, message, "")


def _request(call: ManagementCall) -> HttpRequest:
    method = call.fields["method"]
    assert isinstance(method, VariantValue)
    limit = cast("int | None", call.fields["max_response_bytes"])
    headers = cast("list[dict[str, str]]", call.fields["headers"])
    return HttpRequest(
        canister_id=call.sender,
        method=str(method.tag).upper(),
        url=cast(str, call.fields["url"]),
        headers=tuple((header["name"], header["value"]) for header in headers),
        body=cast("bytes | None", call.fields["body"]) or b"",
        max_response_bytes=RESPONSE_BYTES_MAX if limit is None else limit,
        is_replicated=call.fields["is_replicated"] is not False,
    )


def _as_sent(request: HttpRequest) -> HttpRequest:
    """With the header that a node adds."""
    if any(name.lower() == _USER_AGENT[0] for name, _ in request.headers):
        return request
    return evolve(request, headers=(*request.headers, _USER_AGENT))


def _transform(call: ManagementCall) -> Fields | None:
    transform = cast("Fields | None", call.fields["transform"])
    if transform is None:
        return None
    function = transform["function"]
    assert isinstance(function, FuncValue)
    if function.principal != call.sender:
        raise refusal_by(
            406,
            f"transform principal id expected to be {call.sender}, got {function.principal}",
        )
    return transform


def _priced_bytes(request: HttpRequest, transform: Fields | None) -> int:
    size_bytes = len(request.url.encode()) + header_bytes(request) + len(request.body)
    if transform is not None:
        function = cast(FuncValue, transform["function"])
        size_bytes += len(function.method.encode()) + len(cast(bytes, transform["context"]))
    return size_bytes


def _answer(
    call: ManagementCall,
    request: HttpRequest,
    transform: Fields | None,
    response: HttpResponse | HttpFailure,
) -> Outcome:
    if isinstance(response, HttpFailure):
        return Rejected(response.code, response.message, "")
    if response.size_bytes > request.max_response_bytes:
        message = f"Http body exceeds size limit of {request.max_response_bytes} bytes."
        return Rejected(RejectCode.SYS_FATAL, message, "")
    values = _response_values(response)
    if transform is None:
        return call.done(values).outcome
    function = cast(FuncValue, transform["function"])
    argument = encode_named(
        "http_transform_args", {"response": values, "context": transform["context"]}
    )
    outcome = _run_transform(call, function.method, argument)
    if isinstance(outcome, Rejected):
        return outcome
    return _transformed(call, request, outcome.data)


def _transformed(call: ManagementCall, request: HttpRequest, reply: bytes) -> Outcome:
    if len(reply) > request.max_response_bytes:
        message = f"Transformed http response exceeds limit: {request.max_response_bytes} bytes"
        return Rejected(RejectCode.SYS_FATAL, message, "")
    try:
        values = decode_named("http_request_result", reply)
    except DecodeError as error:
        message = f"Failed to decode the transformed response: {error}"
        return Rejected(RejectCode.SYS_FATAL, message, "")
    return call.done(values).outcome


def _run_transform(call: ManagementCall, method: str, argument: bytes) -> Replied | Rejected:
    """Run a query of the caller that sees the management canister as its own caller."""
    state = call.state
    canister = state.canisters[call.sender]
    refused = refuse_query(canister, call.sender, method)
    if refused is not None:
        return refused
    assert canister.code is not None
    if canister.code.module.methods[method] is not MethodKind.QUERY:
        detail = f"Canister has no query method '{method}'."
        return canister_error(call.sender, 536, detail)
    invocation = Invocation(
        mode=Context.TRANSFORM_QUERY,
        entry=f"canister_query {method}",
        caller=Principal.management_canister(),
        time_ns=state.time_ns,
        argument=argument,
        method=method,
        fuel_limit=QUERY_INSTRUCTIONS_MAX,
        has_fees=state.has_fees,
        root_key=state.root_key,
    )
    result = execute(canister, canister.code, invocation)
    transitions.emit(state, executed(canister.canister_id, invocation, result))
    if not isinstance(result.effects, Effects):
        return result.effects.error
    canister.code.heap.roll_back()
    if result.effects.response is None:
        detail = f"Canister {call.sender} did not produce a response"
        return canister_error(call.sender, 506, detail)
    return result.effects.response


def _response_values(response: HttpResponse) -> Fields:
    return {
        "status": response.status,
        "headers": [{"name": name, "value": value} for name, value in response.headers],
        "body": response.body,
    }


METHODS: Final[MethodTable] = {"http_request": Method(_http_request, is_for_canisters=True)}
