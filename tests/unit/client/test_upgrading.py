"""Upgrades that fail half way: what is undone, and what is said of the module."""

from __future__ import annotations

import hashlib

import pytest
from tests.unit.client.scripted_network import CANISTER, START_NS, ScriptedNetwork

from scm.client import upgrading
from scm.client.agent import Agent
from scm.client.answers import Rejected
from scm.client.installing import await_module_hash
from scm.client.upgrade_plan import UpgradePlan
from scm.client.upgrading import Wait, carry_out, stop_within
from scm.errors import NetworkError, RejectError
from scm.model import Principal
from scm.wire.envelopes import CallContent, QueryContent

OLD, NEW, THIRD = b"old", b"new", b"third"
PLAN = UpgradePlan(CANISTER, OLD, b"wasm", NEW, (), {}, None)


def with_module(network: ScriptedNetwork, module_hash: bytes) -> None:
    network.state[b"canister"] = {CANISTER.raw: {b"module_hash": module_hash}}


def test_draining_that_is_in_doubt_is_ended_and_the_first_error_is_told() -> None:
    def refuse(content: CallContent | QueryContent) -> Rejected:
        return Rejected(5, f"no {len(network.arrived)}")

    network, said = ScriptedNetwork(refuse, is_synchronous=False), list[str]()
    with pytest.raises(RejectError, match="no 1"):
        carry_out(network.agent(), PLAN, "drain", Wait(say=said.append))
    methods = [content.method_name for content in network.arrived.values()]
    assert methods == ["scm_drain", "scm_drain"]
    assert said == ["reject 5: no 2; it may drain: `scm drain ... end`"]


def test_a_stop_that_is_in_doubt_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Principal] = []

    def send_stop(_agent: Agent, _canister_id: Principal) -> None:
        raise NetworkError("the first")

    def start_canister(_agent: Agent, canister_id: Principal) -> None:
        started.append(canister_id)
        raise NetworkError("the second")

    monkeypatch.setattr(upgrading, "send_stop", send_stop)
    monkeypatch.setattr(upgrading, "start_canister", start_canister)
    said: list[str] = []
    agent = ScriptedNetwork().agent()
    with pytest.raises(NetworkError, match="the first"):
        stop_within(agent, CANISTER, Wait(say=said.append))
    assert started == [CANISTER]
    assert said == ["the second; it may be stopped: `scm start`"]
    with pytest.raises(NetworkError, match="the first"):
        stop_within(agent, CANISTER, Wait(), starts_again=False)
    assert started == [CANISTER]


def test_a_stop_that_is_refused_is_not_taken_back() -> None:
    network, said = ScriptedNetwork(), list[str]()
    network.refusal = {"reject_code": 5, "reject_message": "no controller", "error_code": "IC0512"}
    with pytest.raises(RejectError, match="no controller"):
        stop_within(network.agent(), CANISTER, Wait(say=said.append))
    assert said == []
    assert len(network.sent) == 1


def test_a_replica_that_is_behind_is_asked_again() -> None:
    network = ScriptedNetwork(skew_ns=-5 * 10**9)
    with_module(network, OLD)

    def go_on() -> None:
        if network.now_ns > START_NS + 2 * 10**9:
            with_module(network, NEW)

    network.on_sleep = go_on
    assert await_module_hash(network.agent(), CANISTER, NEW) == NEW
    assert network.now_ns < START_NS + 4 * 10**9


@pytest.mark.parametrize(("skew_s", "waited_s"), [(0, 0), (-1, 1), (-60, 10)])
def test_another_module_is_believed_when_it_is_of_now(skew_s: int, waited_s: int) -> None:
    network = ScriptedNetwork(skew_ns=skew_s * 10**9)
    with_module(network, THIRD)
    assert await_module_hash(network.agent(), CANISTER, NEW) == THIRD
    assert network.now_ns == START_NS + waited_s * 10**9


def test_an_install_that_is_not_answered_may_still_come() -> None:
    network = ScriptedNetwork(lambda _content: None)
    with_module(network, OLD)
    plan = UpgradePlan(CANISTER, OLD, b"wasm", hashlib.sha256(b"wasm").digest(), (), {}, None)
    with pytest.raises(NetworkError, match="has the old code, and the install may still come"):
        carry_out(network.agent(), plan, "now", Wait())
