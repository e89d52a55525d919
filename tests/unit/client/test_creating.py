"""Canisters on the Internet Computer: the cycles ledger makes them, and says why it does not."""

from __future__ import annotations

import stat
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.unit.client.scripted_network import LOSE, REFUSE, START_NS, ScriptedNetwork

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import Func
from scm.candid.values import VariantValue
from scm.client.answers import Replied
from scm.client.creating import CYCLES_LEDGER, create_canister
from scm.client.creation_intents import WINDOW_NS, intent_path
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


class Ledger:
    """A ledger that makes a canister for each time that it has not seen."""

    def __init__(self) -> None:
        self.network = ScriptedNetwork(self.answer)
        self.made: dict[int, Principal] = {}
        self.error: VariantValue | None = None

    def answer(self, content: CallContent | QueryContent) -> Replied:
        argument: Any
        (argument,) = decode(content.argument, method().args, LEDGER.interface.env)
        time_ns = argument["created_at_time"]
        if self.error is not None:
            result = VariantValue("Err", self.error)
        elif time_ns in self.made:
            details = {"duplicate_of": 1, "canister_id": self.made[time_ns]}
            result = VariantValue("Err", VariantValue("Duplicate", details))
        else:
            self.made[time_ns] = Principal(bytes([len(self.made)]))
            details = {"block_id": 1, "canister_id": self.made[time_ns]}
            result = VariantValue("Ok", details)
        return Replied(encode(method().results, [result], LEDGER.interface.env))

    def create(self, path: Path, identity: Identity = ME, cycles: int = 2 * 10**12) -> Principal:
        """As a new process would."""
        return create_canister(self.network.agent(identity), IC, cycles, path)


def test_a_creation_that_was_interrupted_is_paid_for_once(tmp_path: Path) -> None:
    ledger, path = Ledger(), intent_path(tmp_path, "https://icp-api.io", "vault")
    ledger.network.faults = [LOSE, *[REFUSE] * 10_000]
    ledger.network.read_faults = [REFUSE] * 100_000
    with pytest.raises(NetworkError, match="not known what became of it"):
        ledger.create(path)
    assert path.parent == tmp_path / ".scm"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ledger.network.faults, ledger.network.read_faults = [], []
    assert [ledger.create(path), ledger.create(path)] == [*ledger.made.values()] * 2
    assert path.is_file()  # Until the caller has noted the id.


def test_what_the_ledger_would_take_for_another_creation_is_not_asked_for(tmp_path: Path) -> None:
    ledger, path = Ledger(), tmp_path / "intent.json"
    ledger.create(path)
    other = KeyIdentity(new_key("ed25519"))
    with pytest.raises(ConfigurationError, match=r"by .*, and not by"):
        ledger.create(path, other)
    with pytest.raises(ConfigurationError, match="say `--cycles 2000000000000`"):
        ledger.create(path, cycles=1)
    ledger.network.now_ns += WINDOW_NS
    with pytest.raises(ConfigurationError, match="more than 24 hours ago") as raised:
        ledger.create(path)
    assert str(path) in raised.value.help
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="does not say which canister"):
        ledger.create(path)
    assert len(ledger.made) == 1


def test_a_creation_that_is_refused_for_certain_is_forgotten(tmp_path: Path) -> None:
    ledger, path = Ledger(), tmp_path / "intent.json"
    ledger.error = VariantValue("InsufficientFunds", {"balance": 1})
    with pytest.raises(NetworkError, match="are asked for"):
        ledger.create(path)
    assert not path.exists()
    ledger.error = VariantValue("Duplicate", {"duplicate_of": 1, "canister_id": None})
    with pytest.raises(NetworkError, match="is not there yet, or was refused") as raised:
        ledger.create(path)
    assert path.exists()
    assert str(path) in raised.value.help
