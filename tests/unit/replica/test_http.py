"""HTTP outcalls.  Interface Spec, "IC method http_request"."""

from __future__ import annotations

from typing import Any

import pytest

from scm.candid.values import FuncValue, VariantValue
from scm.model import Principal, RejectCode
from scm.replica.errors import ReplicaUsageError
from scm.replica.http_limits import (
    HEADER_BYTES_MAX,
    HEADER_PART_BYTES_MAX,
    HEADERS_MAX,
    REQUEST_BYTES_MAX,
    URL_CHARACTERS_MAX,
)
from scm.replica.http_messages import HttpFailure, HttpRequest, HttpResponse
from scm.replica.management_types import decode_result, encode_argument, encode_results
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Replied
from scm.testing.client import RejectError
from scm.testing.management import manage
from scm.testing.relay import Relay
from scm.testing.wat import WatCanister

URL = "https://example.com/"
ENOUGH = 10**11
GET = VariantValue("get")


def fetch(relay: Relay, *, cycles: int = ENOUGH, **fields: Any) -> dict[str, Any]:
    basic = {"url": URL, "method": GET, "headers": []}
    found = relay.manage("http_request", cycles=cycles, **{**basic, **fields})
    assert isinstance(found, dict)
    return found


def price(request_bytes: int, max_response_bytes: int) -> int:
    return (3_000_000 + 60_000 * 13 + 400 * request_bytes + 800 * max_response_bytes) * 13


@pytest.fixture
def seen(replica: Replica) -> list[HttpRequest]:
    """The requests that were made; each is answered with its body and headers."""
    requests: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        return HttpResponse(201, request.headers[:1], request.body)

    replica.on_http_request(answer)
    return requests


def test_handler_sees_the_request_and_its_response_comes_back(
    relay: Relay, seen: list[HttpRequest]
) -> None:
    headers = [{"name": "Accept", "value": "text/plain"}]
    found = fetch(
        relay,
        method=VariantValue("post"),
        headers=headers,
        body=b"data",
        max_response_bytes=1000,
    )
    assert found == {"status": 201, "headers": headers, "body": b"data"}
    # Nodes say who they are unless the canister does.
    sent_headers = (("Accept", "text/plain"), ("user-agent", "ic/1.0"))
    assert seen == [HttpRequest(relay.canister_id, "POST", URL, sent_headers, b"data", 1000, True)]


def test_canister_may_name_another_user_agent(relay: Relay, seen: list[HttpRequest]) -> None:
    fetch(relay, headers=[{"name": "User-Agent", "value": "me"}])
    assert seen[0].headers == (("User-Agent", "me"),)


def test_price_is_charged_and_the_rest_comes_back(
    replica: Replica, relay: Relay, seen: list[HttpRequest]
) -> None:
    fetch(relay, max_response_bytes=1000, body=b"12345")
    cycles = price(len(URL) + 5, 1000)
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES - cycles
    metrics = manage(replica, "canister_metrics", canister_id=relay.canister_id)
    assert isinstance(metrics, dict)
    assert metrics["cycles_consumed"]["http_outcalls"] == cycles
    # "Default max_response_bytes: 2,000,000."
    with pytest.raises(RejectError, match="cycles are required") as caught:
        fetch(relay, cycles=price(len(URL), 2_000_000) - 1)
    assert caught.value.code == RejectCode.CANISTER_REJECT
    assert len(seen) == 1


def test_without_a_handler_outcalls_are_rejected_by_name(relay: Relay) -> None:
    with pytest.raises(RejectError, match="no handler is set in the embedded replica"):
        fetch(relay)


def test_failure_is_a_reject(replica: Replica, relay: Relay) -> None:
    replica.on_http_request(lambda _request: HttpFailure("connection refused"))
    with pytest.raises(RejectError, match="connection refused") as caught:
        fetch(relay)
    assert caught.value.code == RejectCode.SYS_TRANSIENT


def test_users_make_no_outcalls(replica: Replica) -> None:
    with pytest.raises(RejectError, match="Only canisters can call") as caught:
        manage(replica, "http_request", url=URL, method=GET, headers=[])
    assert caught.value.error_code == "IC0406"


def headers(count: int, value: str = "v") -> list[dict[str, str]]:
    return [{"name": f"n{number:03}", "value": value} for number in range(count)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "http://example.com"}, "must start with https"),
        ({"url": URL + "x" * URL_CHARACTERS_MAX}, "url length"),
        ({"headers": headers(HEADERS_MAX + 1)}, "number of http headers 65 exceeds 64"),
        ({"headers": headers(1, "v" * (HEADER_PART_BYTES_MAX + 1))}, "header value 8193 exceeds"),
        ({"headers": headers(7, "v" * (HEADER_BYTES_MAX // 7))}, "names and values 49175 exceeds"),
        ({"body": bytes(REQUEST_BYTES_MAX + 1)}, "2000001 exceeds 2000000"),
        ({"max_response_bytes": 2_000_001}, r"in the range \[0..2000000\], got 2000001"),
        ({"method": VariantValue("put")}, "only allowed with is_replicated"),
        ({"method": VariantValue("delete"), "is_replicated": True}, "only allowed with"),
        ({"method": VariantValue("patch")}, "only allowed with"),
        (
            {"transform": {"function": FuncValue(Principal(b"x"), "t"), "context": b""}},
            "transform principal id expected to be",
        ),
    ],
)
def test_bad_requests_are_refused(
    replica: Replica, relay: Relay, seen: list[HttpRequest], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(RejectError, match=message) as caught:
        fetch(relay, **fields)
    assert caught.value.code == RejectCode.CANISTER_REJECT
    assert seen == []
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES


def test_unreplicated_outcall_may_change_things(relay: Relay, seen: list[HttpRequest]) -> None:
    fetch(relay, method=VariantValue("put"), is_replicated=False)
    assert (seen[0].method, seen[0].is_replicated) == ("PUT", False)


def test_response_must_fit(replica: Replica, relay: Relay) -> None:
    replica.on_http_request(lambda _request: HttpResponse(200, (("a", "b"),), b"12345"))
    assert fetch(relay, max_response_bytes=7)["body"] == b"12345"
    with pytest.raises(RejectError, match="exceeds size limit of 6 bytes") as caught:
        fetch(relay, max_response_bytes=6)
    assert caught.value.code == RejectCode.SYS_FATAL


# Transforming.


def fetcher(me: Principal, transform: str, method: str = "transform") -> WatCanister:
    """`go` makes an outcall and replies with its result, or rejects with the reject's message."""
    canister = WatCanister()
    canister.query("transform", transform)
    canister.composite_query("composite", canister.reply())
    argument = encode_argument(
        "http_request",
        {
            "url": URL,
            "method": GET,
            "headers": [],
            "max_response_bytes": 1000,
            "transform": {"function": FuncValue(me, method), "context": b"context"},
        },
    )
    on_reply = canister.callback("(call $append_argument) (call $msg_reply)")
    on_reject = canister.callback("(call $append_reject_message) (call $msg_reply)")
    outcall = canister.call(
        Principal.management_canister(),
        "http_request",
        argument,
        on_reply=on_reply,
        on_reject=on_reject,
        cycles=ENOUGH,
    )
    canister.update("go", outcall)
    return canister


def run(replica: Replica, transform: str, method: str = "transform") -> bytes:
    replica.on_http_request(lambda _request: HttpResponse(200, (), b"body"))
    me = replica.create_canister()
    replica.install(me, fetcher(me, transform, method).build())
    outcome = replica.update(me, "go")
    assert isinstance(outcome, Replied)
    return outcome.data


def test_transform_gets_response_and_context_from_the_management_canister(
    replica: Replica,
) -> None:
    # "The transform function is called with the caller aaaaa-aa": it would trap otherwise.  What
    # it gets has another type than a response, so giving it back is refused.
    transform = (
        "(if (call $msg_caller_size) (then unreachable))"
        "(call $msg_arg_data_copy (i32.const 0) (i32.const 0) (call $msg_arg_data_size))"
        "(call $msg_reply_data_append (i32.const 0) (call $msg_arg_data_size)) (call $msg_reply)"
    )
    data = run(replica, transform)
    assert b"Failed to decode the transformed response" in data
    events = [event for event in replica.trace if getattr(event, "mode", "") == "transform query"]
    assert [getattr(event, "error", "") for event in events] == [None]


def test_transformed_response_is_the_result(replica: Replica) -> None:
    result = {"status": 7, "headers": [], "body": b"changed"}
    # At an address where `WatCanister` keeps nothing.
    reply = encode_results("http_request", [result])
    escaped = "".join(f"\\{byte:02x}" for byte in reply)
    transform = (
        f"(call $msg_reply_data_append (i32.const 2048) (i32.const {len(reply)}))(call $msg_reply)"
    )
    replica.on_http_request(lambda _request: HttpResponse())
    me = replica.create_canister()
    module = fetcher(me, transform)
    module.raw(f'(data (i32.const 2048) "{escaped}")')
    replica.install(me, module.build())
    outcome = replica.update(me, "go")
    assert isinstance(outcome, Replied)
    assert decode_result("http_request", outcome.data) == result


@pytest.mark.parametrize(
    ("transform", "method", "message"),
    [
        ("unreachable", "transform", b"Canister trapped: unreachable"),
        ("", "transform", b"did not produce a response"),
        ("", "nothing", b"has no query method 'nothing'"),
        ("", "composite", b"has no query method 'composite'"),
        ("(call $msg_reject (i32.const 0) (i32.const 0))", "transform", b""),
        (
            "(call $msg_reply_data_append (i32.const 0) (i32.const 1001)) (call $msg_reply)",
            "transform",
            b"Transformed http response exceeds limit: 1000 bytes",
        ),
    ],
)
def test_failed_transform_is_a_reject(
    replica: Replica, transform: str, method: str, message: bytes
) -> None:
    assert message in run(replica, transform, method)


def test_transform_changes_nothing(replica: Replica) -> None:
    transform = "(global.set $a (i64.const 9)) (drop (memory.grow (i32.const 1)))"
    replica.on_http_request(lambda _request: HttpResponse())
    me = replica.create_canister()
    module = fetcher(me, transform)
    module.update("read", "(call $reply_i64 (global.get $a))")
    replica.install(me, module.build())
    replica.update(me, "go")
    assert replica.update(me, "read") == Replied(bytes(8))
    assert replica.canister(me).heap_size_bytes == 65_536


def test_transform_needs_a_running_canister(replica: Replica) -> None:
    replica.on_http_request(lambda _request: HttpResponse())
    me = replica.create_canister()
    replica.install(me, fetcher(me, "").build())
    with replica.hold(lambda delivery: delivery.method == "http_request"):
        call = replica.submit(me, "go")
        replica.run_until_idle()
        replica.submit_stop(me)
    outcome = replica.wait(call)
    assert isinstance(outcome, Replied)
    assert b"is not running" in outcome.data


# Nodes.


@pytest.mark.parametrize(("nodes", "different", "agree"), [(13, 4, True), (13, 5, False)])
def test_two_thirds_of_the_nodes_must_see_the_same(
    replica: Replica, relay: Relay, nodes: int, different: int, agree: bool
) -> None:
    count = 0

    def serve(_request: HttpRequest) -> HttpResponse:
        nonlocal count
        count += 1
        return HttpResponse(body=b"same" if count > different else str(count).encode())

    replica.on_http_request(serve, nodes=nodes)
    if agree:
        assert fetch(relay)["body"] == b"same"
    else:
        with pytest.raises(RejectError, match="No consensus could be reached") as caught:
            fetch(relay)
        assert caught.value.code == RejectCode.SYS_TRANSIENT
    assert count == nodes


def test_unreplicated_outcall_is_made_by_one_node(replica: Replica, relay: Relay) -> None:
    bodies = iter((b"first", b"second"))
    replica.on_http_request(lambda _request: HttpResponse(body=next(bodies)), nodes=13)
    assert fetch(relay, is_replicated=False)["body"] == b"first"
    assert next(bodies) == b"second"


def test_transform_makes_responses_the_same(replica: Replica) -> None:
    # Each response has another body; the transform function drops it.
    bodies = iter(range(100))
    reply = encode_results("http_request", [{"status": 200, "headers": [], "body": b""}])
    escaped = "".join(f"\\{byte:02x}" for byte in reply)
    transform = (
        f"(call $msg_reply_data_append (i32.const 2048) (i32.const {len(reply)}))(call $msg_reply)"
    )
    me = replica.create_canister()
    module = fetcher(me, transform)
    module.raw(f'(data (i32.const 2048) "{escaped}")')
    replica.install(me, module.build())
    replica.on_http_request(
        lambda _request: HttpResponse(body=str(next(bodies)).encode()), nodes=13
    )
    outcome = replica.update(me, "go")
    assert isinstance(outcome, Replied)
    assert decode_result("http_request", outcome.data) == {
        "status": 200,
        "headers": [],
        "body": b"",
    }


def test_no_node_makes_no_outcall(replica: Replica) -> None:
    with pytest.raises(ReplicaUsageError, match="1 node or more"):
        replica.on_http_request(lambda _request: HttpResponse(), nodes=0)


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (None, "it must return an `HttpResponse` or an `HttpFailure`, not None"),
        (b"body", "it must return an `HttpResponse` or an `HttpFailure`, not b'body'"),
        (HttpResponse(9999), "a number from 100 to 999, not 9999"),
        (HttpResponse("200"), "a number from 100 to 999, not '200'"),  # type: ignore[arg-type]
        (HttpResponse(headers={"a": "b"}), "a tuple of pairs of texts"),  # type: ignore[arg-type]
        (HttpResponse(headers=(("a", 1),)), "a tuple of pairs of texts"),  # type: ignore[arg-type]
        (HttpResponse(body="text"), "the body .* is `bytes`, not 'text'"),  # type: ignore[arg-type]
        (HttpFailure(3), "the message .* is a text, not 3"),  # type: ignore[arg-type]
        (HttpFailure("no", 77), "is a `RejectCode`, from 1 to 6, not 77"),
    ],
)
def test_handler_must_return_an_answer(
    replica: Replica, relay: Relay, answer: Any, rule: str
) -> None:
    replica.on_http_request(lambda _request: answer)
    with pytest.raises(ReplicaUsageError, match=f"the handler of `on_http_request`: .*{rule}"):
        fetch(relay)


def test_handler_is_a_function(replica: Replica) -> None:
    answer: Any = HttpResponse()
    with pytest.raises(ReplicaUsageError, match="takes a function that answers an `HttpRequest`"):
        replica.on_http_request(answer)
