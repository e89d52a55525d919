"""`call_raw` in a real canister: messages and replies that no one decodes."""

from __future__ import annotations

import pytest

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import NAT, TEXT, Field, Record, Type
from scm.compiler.findings import is_safe
from scm.errors import SourceError
from scm.model import RejectCode
from scm.replica.errors import InstallError
from scm.testing.building import install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import RejectError
from scm.testing.pending_calls import pending_calls, retry_call
from scm.testing.upgrades import check_live

pytestmark = pytest.mark.toolchain

TYPED = """\
from scm import Method, Pending, Principal, RawMessage, Response, Service
from scm import nat, on_response, state, text, update


class Bank(Service):
    balance: Method[[], nat]


@state
class Wallet:
    seen: nat = 0


@update
def ask(wallet: Wallet, bank: Principal) -> Pending[text]:
    return Bank(bank).balance().then(asked)


@on_response
def asked(wallet: Wallet, response: Response[RawMessage]) -> text:
    return "raw"
"""

TAKEN = Record([Field("available", NAT), Field("accepted", NAT)])


def message(value: object, type: Type = NAT) -> bytes:
    return encode([type], [value])


@pytest.fixture
def till(replica, workbench_wasm):
    return install_canister(replica, workbench_wasm, "till", None)


def test_reply_comes_as_the_bytes_that_the_callee_sent(bench, till, replica):
    answer = bench.ask_raw(till.canister_id, "take", message(400), 0, 1_000)
    assert decode(answer["reply"], [TAKEN]) == ({"available": 1_000, "accepted": 400},)
    assert (answer["code"], answer["refunded"]) == (0, 600)
    assert read_call_counts(replica, bench.canister_id) == CallCounts(0, 0, 0)


def test_reply_of_any_type_reaches_the_same_handler(bench, till):
    answer = bench.ask_raw(till.canister_id, "title", encode([], []), 0, 0)
    assert decode(answer["reply"], [TEXT]) == ("till",)


@pytest.mark.parametrize(
    ("method", "argument", "code"),
    [
        ("no_such_method", b"", RejectCode.CANISTER_ERROR),
        ("take", b"no Candid", RejectCode.CANISTER_ERROR),
        ("take", message("a text", TEXT), RejectCode.CANISTER_ERROR),
    ],
)
def test_reject_comes_as_ever(bench, till, method, argument, code):
    answer = bench.ask_raw(till.canister_id, method, argument, 0, 1_000)
    assert (answer["reply"], answer["code"], answer["refunded"]) == (None, code, 1_000)
    assert answer["message"] != ""


def test_bounded_raw_call_ends_as_unknown(bench, till, replica):
    hold = replica.hold(lambda delivery: delivery.method == "take")
    waiting = bench.submit("ask_raw", till.canister_id, "take", message(1), 9, 0)
    replica.run_until_idle()
    hold.drop_as_unknown(0)
    assert waiting.result()["code"] == 6


def test_join_of_raw_calls_gives_all_replies_in_order(bench, till):
    answers = bench.ask_raw_together(till.canister_id, [message(0), b"", message(0)])
    assert [answer["code"] for answer in answers] == [0, RejectCode.CANISTER_ERROR, 0]
    assert decode(answers[2]["reply"], [TAKEN]) == ({"available": 0, "accepted": 0},)


def test_one_way_raw_call_arrives(bench, till, replica):
    assert bench.send_raw(till.canister_id, "set_small", message(7)) is True
    replica.run_until_idle()
    assert till.counter() == 1


def test_raw_reply_is_kept_for_a_handler_that_is_run_again(bench, till, replica):
    with pytest.raises(RejectError, match="the bench is not set up"):
        bench.ask_raw_for_sure(till.canister_id, message(0))
    (call,) = pending_calls(replica, bench.canister_id)
    assert (call.handler, call.method) == ("kept_raw", "take")
    bench.set_small(1)
    reply = retry_call(replica, bench.canister_id, call.id)
    assert reply.endswith(encode([TAKEN], [{"available": 0, "accepted": 0}]))


def test_types_of_a_typed_call_are_not_thrown_away_by_a_slip(build_canister, write_project):
    with pytest.raises(SourceError) as caught:
        build_canister(write_project(TYPED))
    assert [item.code for item in caught.value.diagnostics] == ["handler-mismatch"]


RAW = """\
from scm import Pending, Principal, RawMessage, Response
from scm import call_raw, nat, on_response, state, text, update


@state
class Wallet:
    seen: nat = 0


@update
def ask(wallet: Wallet, callee: Principal) -> Pending[text]:
    return call_raw(callee, "title", b"DIDL\\x00\\x00").then(asked)


@on_response
def asked(wallet: Wallet, response: Response[RawMessage]) -> text:
    return "raw"
"""


def test_raw_message_that_is_awaited_is_not_taken_for_nothing(
    till, replica, build_canister, write_project
):
    old = build_canister(write_project(RAW))
    nothing = (
        TYPED.replace(" RawMessage,", "").replace("RawMessage", "None").replace("nat]", "None]")
    )
    new = build_canister(write_project(nothing))
    wallet = install_canister(replica, old)
    with replica.hold(lambda delivery: delivery.method == "title"):
        waiting = wallet.submit("ask", till.canister_id)
        replica.run_until_idle()
        assert is_safe(check_live(replica, wallet.canister_id, new)) is False
        with pytest.raises(InstallError, match="it was a raw message"):
            replica.install(wallet.canister_id, new, mode="upgrade")
    assert waiting.result() == "raw"
    replica.install(wallet.canister_id, new, mode="upgrade")
