"""Canisters on the Internet Computer: the cycles ledger makes them, and says why it does not."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from tests.unit.client.scripted_network import START_NS, ScriptedNetwork

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import Func
from scm.candid.values import VariantValue
from scm.client.answers import Replied
from scm.client.creating import CYCLES_LEDGER, create_canister
from scm.client.identities import AnonymousIdentity, Identity, KeyIdentity, new_key
from scm.client.places import IC_ROOT_KEY, Place
from scm.errors import ConfigurationError, NetworkError
from scm.faces.did_face import DidFace
from scm.model import Principal
from scm.wire.envelopes import CallContent, QueryContent

IC = Place("ic", "https://icp-api.io", IC_ROOT_KEY)
NEW = Principal(b"new")
LEDGER = DidFace(files("scm").joinpath("interfaces/cycles_ledger.did").read_text(encoding="utf-8"))
ME = KeyIdentity(new_key("ed25519"))


def method() -> Func:
    found = LEDGER.find_method("create_canister")
    assert found is not None
    return found.function


def create(result: VariantValue, identity: Identity = ME, cycles: int | None = 2 * 10**12) -> Any:
    """Have a ledger that answers so create a canister; what it was asked for, and the canister."""
    asked: list[CallContent | QueryContent] = []

    def answer(content: CallContent | QueryContent) -> Replied:
        asked.append(content)
        return Replied(encode(method().results, [result], LEDGER.interface.env))

    network = ScriptedNetwork(answer)
    return create_canister(network.agent(identity), IC, cycles), asked[0]


def test_the_ledger_pays_from_the_callers_account() -> None:
    created, content = create(VariantValue("Ok", {"block_id": 1, "canister_id": NEW}))
    assert created == NEW
    assert (content.canister_id, content.method_name) == (CYCLES_LEDGER, "create_canister")
    (argument,) = decode(content.argument, method().args, LEDGER.interface.env)
    assert argument == {
        "amount": 2 * 10**12,
        "from_subaccount": None,
        "created_at_time": START_NS,
        "creation_args": {
            "settings": {"controllers": [ME.principal]},
            "subnet_selection": None,
        },
    }


def test_what_was_created_before_is_found_again() -> None:
    details = {"duplicate_of": 1, "canister_id": NEW}
    created, _ = create(VariantValue("Err", VariantValue("Duplicate", details)))
    assert created == NEW


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (VariantValue("InsufficientFunds", {"balance": 5 * 10**11}), "has 0.500T cycles for"),
        (VariantValue("TemporarilyUnavailable"), "did not create a canister: Temporarily"),
        (
            VariantValue(
                "FailedToCreate", {"fee_block": None, "refund_block": None, "error": "no room"}
            ),
            "did not create a canister: no room",
        ),
        (VariantValue("GenericError", {"error_code": 1, "message": "odd"}), "a canister: odd"),
        (VariantValue("Duplicate", {"duplicate_of": 1, "canister_id": None}), "Duplicate"),
    ],
)
def test_why_there_is_no_canister_is_told(error: VariantValue, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        create(VariantValue("Err", error))


def test_nobody_and_nothing_create_no_canister() -> None:
    ok = VariantValue("Ok", {"block_id": 1, "canister_id": NEW})
    with pytest.raises(ConfigurationError, match="to everybody"):
        create(ok, AnonymousIdentity())
    with pytest.raises(ConfigurationError, match="takes cycles") as raised:
        create(ok, cycles=None)
    assert "--cycles" in raised.value.help
