"""The agent against a network that loses, delays, refuses and lies."""

from __future__ import annotations

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.client.scripted_network import (
    CANISTER,
    DELIVER_503,
    DROP,
    LOSE,
    REFUSE,
    START_NS,
    Fault,
    ScriptedNetwork,
)

from scm.client.agent import StillPendingError, read_health
from scm.client.answers import Rejected, Replied
from scm.client.identities import KeyIdentity, new_key
from scm.client.requests import Message
from scm.client.transport import Transport
from scm.errors import NetworkError, RejectError, UntrustedError
from scm.wire.cbor import encode_cbor

GREET = Message(CANISTER, "greet", b"hello")
LATE_NS = START_NS + 30 * 10**9


def test_a_call_is_answered_with_the_certificate_it_waited_for() -> None:
    network = ScriptedNetwork()
    assert network.agent().call(GREET) == b"hello"
    assert network.sent == [f"/api/v4/canister/{CANISTER}/call"]


def test_a_call_that_takes_long_is_polled() -> None:
    network = ScriptedNetwork()
    network.answer = lambda content: (
        Replied(b"done") if network.now_ns > START_NS + 20 * 10**9 else None
    )
    assert network.agent().call(GREET) == b"done"
    assert len(network.arrived) == 1


def test_without_synchronous_calls_the_agent_falls_back() -> None:
    network = ScriptedNetwork(missing=("v4/call", "v3/read_state", "v3/query"))
    assert network.agent().call(GREET) == b"hello"
    assert network.agent().query(GREET) == b"hello"


@pytest.mark.parametrize("kind", ["ed25519", "secp256k1", "p256"])
def test_requests_are_signed_by_their_sender(kind: str) -> None:
    identity = KeyIdentity(new_key(kind))
    network = ScriptedNetwork()
    network.agent(identity).call(GREET)
    (content,) = network.arrived.values()
    assert content.sender == identity.principal


@pytest.mark.parametrize(
    "faults",
    [
        [LOSE],
        [DROP],
        [LOSE, LOSE],
        [DROP, LOSE],
        [DROP, DROP, DROP],
        [503],
        [429, LOSE],
        [LOSE, 503],
    ],
    ids=str,
)
def test_a_call_happens_once_whatever_gets_lost(faults: list[Fault]) -> None:
    network = ScriptedNetwork(faults=faults)
    assert network.agent().call(GREET) == b"hello"
    assert len(network.arrived) == 1


def test_a_lost_call_that_arrived_is_not_sent_again() -> None:
    network = ScriptedNetwork(faults=[LOSE])
    assert network.agent().call(GREET) == b"hello"
    calls = [path for path in network.sent if path.endswith("/call")]
    assert len(calls) == 1


def test_status_that_can_not_be_asked_for_is_asked_for_again() -> None:
    network = ScriptedNetwork(faults=[LOSE], read_faults=[REFUSE] * 12)
    assert network.agent().call(GREET) == b"hello"
    assert len(network.arrived) == 1


def test_a_call_that_never_arrived_is_said_not_to_have_happened() -> None:
    network = ScriptedNetwork(faults=[DROP] * 1000)
    with pytest.raises(NetworkError, match="did not take the call of `greet`") as raised:
        network.agent().call(GREET)
    assert "did not happen and will not" in raised.value.help
    assert not network.arrived


def test_when_the_network_stays_away_nothing_is_claimed() -> None:
    network = ScriptedNetwork(faults=[LOSE] + [REFUSE] * 1000, read_faults=[REFUSE] * 10_000)
    with pytest.raises(NetworkError, match="may have been taken, and it is not known") as raised:
        network.agent().call(GREET)
    (request_id,) = network.arrived
    assert request_id.hex() in raised.value.help


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_call_that_a_gateway_may_have_delivered_is_in_doubt(status: int) -> None:
    network = ScriptedNetwork(faults=[status] * 10_000, read_faults=[status] * 100_000)
    with pytest.raises(NetworkError, match="may have been taken, and it is not known") as raised:
        network.agent().call(GREET)
    assert "will not" not in raised.value.help


def test_a_call_that_is_held_back_for_ever_did_not_happen() -> None:
    network = ScriptedNetwork(faults=[429] * 10_000)
    with pytest.raises(NetworkError, match="did not take the call"):
        network.agent().call(GREET)
    assert not any(path.endswith("read_state") for path in network.sent)


def test_what_is_waited_for_is_told_once() -> None:
    network = ScriptedNetwork(faults=[503, 503, 503, 429, 429])
    assert network.agent().call(GREET) == GREET.argument
    assert network.said == [
        "the network answers 503: busy; trying again",
        "the network answers 429: busy; trying again",
    ]
    network = ScriptedNetwork(faults=[502] * 2)
    network.agent().query(GREET)
    assert network.said == ["the network answers 502: busy; trying again"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"replica_health_status": "healthy"}, "healthy"),
        (
            {"replica_health_status": "refusing_calls", "replica_health_reason": "it is full"},
            "refusing_calls: it is full",
        ),
        ({}, "of unknown health"),
    ],
)
def test_health_is_what_the_network_says(fields: dict[str, str], text: str) -> None:
    body = encode_cbor(fields)
    client = httpx2.Client(
        transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=body))
    )
    assert str(read_health(Transport("http://scripted.localhost", client))) == text


def test_a_call_whose_network_stops_while_it_waits_is_in_doubt() -> None:
    network = ScriptedNetwork(lambda _content: None)
    stopped: list[Fault] = [DELIVER_503, *[REFUSE] * 10_000]
    network.faults, network.read_faults = stopped, [REFUSE] * 10_000
    with pytest.raises(NetworkError, match="may have been taken, and it is not known") as raised:
        network.agent().call(GREET)
    (request_id,) = network.arrived
    assert request_id.hex() in raised.value.help


def test_a_copy_that_is_refused_says_nothing_of_the_one_before() -> None:
    network = ScriptedNetwork(faults=[DELIVER_503, 400], read_faults=[REFUSE] * 5)
    assert network.agent().call(GREET) == b"hello"
    assert len(network.arrived) == 1


def test_certificates_that_are_not_believed_do_not_end_the_doubt() -> None:
    network = ScriptedNetwork(faults=[LOSE], skew_ns=-301 * 10**9)
    network.on_sleep = lambda: setattr(network, "skew_ns", 0)
    assert network.agent().call(GREET) == b"hello"


@pytest.mark.parametrize(
    ("late_s", "message"),
    [(30, "did not take the call"), (90, "may have been taken, and it is not known")],
)
def test_absence_is_a_proof_only_while_answers_are_kept(late_s: int, message: str) -> None:
    network = ScriptedNetwork(faults=[DROP])
    agent = network.agent()
    request = agent.prepare(GREET)
    network.now_ns = request.expiry_ns + late_s * 10**9
    with pytest.raises(NetworkError, match=message):
        agent.send(request)
    with pytest.raises(NetworkError, match=message):
        agent.wait(request)


def test_a_taken_call_is_waited_for_while_the_network_is_away() -> None:
    network = ScriptedNetwork(is_synchronous=False, read_faults=[REFUSE] * 20)
    assert network.agent().call(GREET) == b"hello"
    network.read_faults = [REFUSE] * 10_000
    with pytest.raises(NetworkError, match="was taken, and it is not known") as raised:
        network.agent().call(GREET)
    assert list(network.arrived)[-1].hex() in raised.value.help


def test_a_call_that_was_seen_and_is_forgotten_is_not_pending_for_ever() -> None:
    network = ScriptedNetwork(lambda _content: None)
    network.on_sleep = lambda: network.arrived.clear() if network.now_ns > LATE_NS else None
    with pytest.raises(NetworkError, match="was taken, and it is not known"):
        network.agent().call(GREET)


def test_a_network_that_is_not_there_is_said_at_once() -> None:
    network = ScriptedNetwork(faults=[REFUSE])
    with pytest.raises(NetworkError, match="can't be reached") as raised:
        network.agent().call(GREET)
    assert "scm run" in raised.value.help
    assert network.now_ns == START_NS


def test_queries_are_asked_again() -> None:
    network = ScriptedNetwork()
    agent = network.agent()
    agent.query(GREET)
    network.faults = [REFUSE, LOSE, 503]
    assert agent.query(GREET) == b"hello"


@pytest.mark.parametrize("is_synchronous", [True, False])
def test_rejects_are_raised(is_synchronous: bool) -> None:
    network = ScriptedNetwork(
        lambda _content: Rejected(4, "no", "IC0406"), is_synchronous=is_synchronous
    )
    for ask in (network.agent().call, network.agent().query):
        with pytest.raises(RejectError, match="no") as raised:
            ask(GREET)
        assert (raised.value.code, raised.value.error_code) == (4, "IC0406")
        assert raised.value.is_certified


def test_a_refusal_that_nothing_certifies_says_so() -> None:
    network = ScriptedNetwork()
    network.refusal = {"reject_code": 3, "reject_message": "no such canister"}
    with pytest.raises(RejectError, match=r"^reject 3: no such canister$") as raised:
        network.agent().call(GREET)
    assert not raised.value.is_certified
    assert not network.arrived


def test_a_call_that_is_not_answered_in_time_can_be_waited_for_again() -> None:
    network = ScriptedNetwork(lambda _content: None)
    agent = network.agent()
    with pytest.raises(StillPendingError, match="has not answered after 5 s") as raised:
        agent.call(GREET, seconds=5)
    network.answer = lambda _content: Replied(b"at last")
    assert agent.wait(raised.value.request) == b"at last"
    assert len(network.arrived) == 1


# What is not believed.


def test_another_root_key_is_not_believed() -> None:
    network = ScriptedNetwork(root_secret=99)
    for ask in (network.agent().call, network.agent().query):
        with pytest.raises(UntrustedError, match="signature does not hold"):
            ask(GREET)


@pytest.mark.parametrize(("skew_s", "word"), [(-301, "old"), (301, "ahead")])
def test_an_old_certificate_is_not_believed(skew_s: int, word: str) -> None:
    network = ScriptedNetwork(skew_ns=skew_s * 10**9)
    with pytest.raises(UntrustedError, match=word) as raised:
        network.agent().call(GREET)
    assert "clock" in raised.value.help


def test_a_query_signed_by_a_stranger_is_not_believed() -> None:
    stranger = Ed25519PrivateKey.generate()
    with pytest.raises(UntrustedError, match="does not hold"):
        ScriptedNetwork(node=stranger).agent().query(GREET)


def test_a_node_that_is_not_of_the_subnet_is_not_believed() -> None:
    network = ScriptedNetwork(node_in_tree=KeyIdentity(new_key("ed25519")).public_key_der)
    with pytest.raises(UntrustedError, match="is not of the subnet"):
        network.agent().query(GREET)
    # It may be new: the nodes were asked for twice.
    assert sum(path.endswith("read_state") for path in network.sent) == 2


def test_an_old_answer_to_a_query_is_not_believed() -> None:
    network = ScriptedNetwork()
    agent = network.agent()
    agent.query(GREET)  # Now it knows the nodes.
    network.skew_ns = -301 * 10**9
    with pytest.raises(UntrustedError, match="an answer to a query of the network is 301 s old"):
        agent.query(GREET)


def test_a_canister_of_another_subnet_is_not_asked_about() -> None:
    other = Message(type(CANISTER)(b"elsewhere"), "greet", b"")
    with pytest.raises(UntrustedError, match="is not on the subnet that answers"):
        ScriptedNetwork().agent().query(other)


def test_clocks_that_differ_are_said_so() -> None:
    network = ScriptedNetwork()
    agent = network.agent()
    request = agent.prepare(GREET)
    network.sleep(1_000)
    with pytest.raises(NetworkError, match="Invalid request expiry") as raised:
        agent.send(request)
    assert "clocks" in raised.value.help
