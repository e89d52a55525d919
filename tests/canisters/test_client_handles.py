"""One test for both: canisters in the replica, and over HTTP, have the same handles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scm import Method, Principal, Service, nat
from scm.client import network as client
from scm.client.identities import KeyIdentity, new_key
from scm.client.network import Network
from scm.errors import RejectError
from scm.network.server import LocalNetwork
from scm.replica.replica import Replica
from scm.testing import building
from scm.testing.building import compiled_modules_folder

pytestmark = pytest.mark.toolchain

Install = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(params=["replica", "network"])
def install(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Install]:
    """`install(wasm, *arguments)` creates a canister on either, and gives its handle."""
    if request.param == "replica":
        with_replica = Replica(cache_directory=compiled_modules_folder())
        yield lambda wasm, *arguments: building.install_canister(with_replica, wasm, *arguments)
        return
    owner = KeyIdentity(new_key("secp256k1"))
    with (
        LocalNetwork(tmp_path / "state", cache_directory=compiled_modules_folder()) as server,
        Network(server.url, owner) as network,
    ):
        yield lambda wasm, *arguments: client.install_canister(network, wasm, *arguments)


class Ledger(Service):
    mint: Method[[Principal, nat], nat]
    balance_of: Method[[Principal], nat]


@pytest.fixture
def ledger(install: Install, build_canister: Callable[..., bytes]) -> Any:
    return install(build_canister(EXAMPLES / "ledger"))


ANN = Principal(b"\1")


def test_methods_are_called_by_name(ledger: Any) -> None:
    ledger.mint(ANN, 5)
    assert ledger.balance_of(ANN) == 5
    assert ledger.call("balance_of", ANN) == 5
    assert isinstance(ledger.canister_id, Principal)


def test_a_ticket_gives_the_result(ledger: Any) -> None:
    ticket = ledger.submit("mint", ANN, 7)
    ticket.result()
    assert not ticket.is_pending
    assert ledger.balance_of(ANN) == 7


def test_another_sender_is_somebody_else(
    install: Install, build_canister: Callable[..., bytes]
) -> None:
    counter = install(build_canister(EXAMPLES / "counter"))
    stranger = KeyIdentity(new_key("ed25519"))
    with pytest.raises(RejectError, match=f"{stranger.principal} is not a controller") as raised:
        counter.as_sender(stranger).reset()
    assert (raised.value.code, raised.value.error_code) == (5, "IC0503")
    counter.increment(3)
    assert counter.as_sender(stranger).value() == 3


def test_a_service_class_gives_its_types(ledger: Any) -> None:
    typed = ledger.as_service(Ledger)
    typed.mint(ANN, 9)
    assert typed.balance_of(ANN) == 9


def test_an_interface_may_be_told(ledger: Any) -> None:
    told = ledger.with_did("service : { balance_of : (principal) -> (int) query }")
    assert told.balance_of(ANN) == 0


def test_wrong_uses_are_errors_of_scm(ledger: Any) -> None:
    with pytest.raises(Exception, match="has no method `burn`; it has: ") as raised:
        ledger.burn()
    assert type(raised.value).__module__.startswith("scm.")
    with pytest.raises(Exception, match="takes its arguments by position"):
        ledger.balance_of(who=ANN)
