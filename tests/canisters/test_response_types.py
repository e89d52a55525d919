"""A call whose handler has other types of Candid is stopped before it is made."""

from __future__ import annotations

import pytest

from scm.candid import FuncValue
from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

SOURCE = """\
from scm import Call, Func, Method, Pending, Reply, Response, Service, ic, nat, nat8
from scm import on_response, query, state, update


class Itself(Service):
    fee: Method[[], nat]
    small: Method[[], nat8]


@state
class Calls:
    sent: nat = 0


@query("fee")
def answer_fee(calls: Calls) -> nat:
    return 300


@query("small")
def answer_small(calls: Calls) -> nat8:
    return 5


def ask_fee() -> Call[nat]:
    return Itself(ic.self_id()).fee()


def ask_small() -> Call[nat]:
    return Itself(ic.self_id()).small()


def awaited(call: Call[nat]) -> Pending[nat]:
    return call.then(took_nat)


@update
def fits(calls: Calls) -> Pending[nat]:
    calls.sent += 1
    return ask_fee().then(took_nat)


@update
def wrong_response(calls: Calls) -> Pending[nat]:
    calls.sent += 1
    return ask_small().then(took_nat)


@update
def wrong_reply(calls: Calls) -> Pending[nat8]:
    calls.sent += 1
    return awaited(ask_fee())


@update
def ask(calls: Calls, method: Func[[], nat8], is_small: bool) -> Pending[nat]:
    calls.sent += 1
    call: Call[nat] = method()
    return call.then(took_nat8) if is_small else call.then(took_nat)


@update
def wrong_later(calls: Calls) -> Pending[nat]:
    calls.sent += 1
    return ask_fee().then(asks_again)


@on_response
def took_nat(calls: Calls, response: Response[nat]) -> nat:
    return response.value if isinstance(response, Reply) else 0


@on_response
def took_nat8(calls: Calls, response: Response[nat8]) -> nat:
    return response.value if isinstance(response, Reply) else 0


@on_response
def asks_again(calls: Calls, response: Response[nat]) -> nat | Pending[nat]:
    calls.sent += 1
    return ask_small().then(took_nat)


@query
def sent(calls: Calls) -> nat:
    return calls.sent
"""


@pytest.fixture(scope="module")
def wasm(build_canister, write_project):
    return build_canister(write_project(SOURCE))


@pytest.fixture
def calls(wasm, replica):
    return install_canister(replica, wasm)


def test_types_that_fit(calls):
    assert calls.call("fits") == 300


def test_response_of_other_type_is_stopped_before_the_call(calls):
    with pytest.raises(RejectError) as caught:
        calls.call("wrong_response")
    assert "`small` answers (nat8), which response handler `took_nat` can't read" in str(
        caught.value
    )
    assert calls.call("sent") == 0


def test_reply_of_other_type_is_stopped_before_the_call(calls):
    with pytest.raises(RejectError, match="`took_nat` replies with other types of Candid"):
        calls.call("wrong_reply")
    assert calls.call("sent") == 0


def test_method_that_a_message_names(calls):
    method = FuncValue(calls.canister_id, "small")
    assert calls.call("ask", method, True) == 5
    with pytest.raises(RejectError, match="`small` answers"):
        calls.call("ask", method, False)


def test_second_call_of_a_chain(calls):
    with pytest.raises(RejectError, match="`small` answers"):
        calls.call("wrong_later")
    assert calls.call("sent") == 1
