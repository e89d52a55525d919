"""Small canisters as text and as specs, for tests of the compiler's front half."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.discover import discover
from scm.compiler.project import load_project

IMPORTS = """\
from scm import (Method, Pending, Principal, Reject, Reply, Response, Service, Unknown, blob, ic,
    init, nat, nat64, on_response, query, record, state, text, update, variant)

"""

VAULT = (
    IMPORTS
    + """
@variant
class Ok:
    value: nat


@variant("Err")
class TransferErr:
    value: text


@variant
class BadFee:
    expected_fee: nat


@variant
class Busy:
    pass


TransferResult = Ok | TransferErr | BadFee | Busy


class Ledger(Service):
    transfer: Method[[Principal, nat], TransferResult]
    ping: Method[[], None]


@state
class Vault:
    ledger: Principal
    payouts: nat = 0


@record
class Payout:
    to: Principal
    amount: nat


@init
def setup(ledger: Principal) -> Vault:
    return Vault(ledger=ledger)


@update
def pay(vault: Vault, to: Principal, amount: nat) -> Pending[nat]:
    return Ledger(vault.ledger).transfer(to, amount).then(paid, Payout(to, amount))


@on_response
def paid(vault: Vault, payout: Payout, response: Response[TransferResult]) -> nat | Pending[nat]:
    return vault.payouts


@on_response
def pinged(vault: Vault, response: Response[None]) -> None:
    pass


@query
def payouts(vault: Vault) -> nat:
    return vault.payouts


@query
def version() -> text | None:
    return None
"""
)


Discover = Callable[[str], CanisterSpec]

COLLECTOR = """\
from scm import (Principal, StableBlob, StableCell, StableDeque, StableHeap, StableList, StableLog,
    StableMap, StableQueue, StableSet, blob, init, nat, nat64, query, state, text)


@state
class Vault:
    ledger: Principal
    paid: StableMap[Principal, nat] = StableMap()
    deep: StableMap[nat, StableMap[text, StableSet[text]]] = StableMap()
    raw: StableBlob = StableBlob()
    heap: StableHeap[tuple[nat64, text], blob] = StableHeap()
    log: StableLog[tuple[nat, text]] = StableLog()
    listed: StableList[text] = StableList()
    line: StableDeque[nat] = StableDeque()
    queue: StableQueue[blob] = StableQueue()
    cell: StableCell[nat] = StableCell()


@init
def setup(ledger: Principal) -> Vault:
    return Vault(ledger)


@query
def count(vault: Vault) -> nat:
    return 0
"""


@pytest.fixture(scope="session")
def vault_source() -> str:
    """The source of a canister with one of everything."""
    return VAULT


@pytest.fixture(scope="session")
def discover_text(tmp_path_factory: pytest.TempPathFactory) -> Discover:
    """Discover a canister of one module; scm's names are imported already."""

    def run(text: str) -> CanisterSpec:
        folder: Path = tmp_path_factory.mktemp("canister") / "vault"
        folder.mkdir()
        (folder / "canister.py").write_text(
            text if text.startswith(("from scm", "from __future__")) else IMPORTS + text
        )
        return discover(load_project(folder))

    return run


@pytest.fixture(scope="session")
def vault(discover_text: Discover, vault_source: str) -> CanisterSpec:
    """The spec of `vault_source`."""
    return discover_text(vault_source)


@pytest.fixture(scope="session")
def collector_source() -> str:
    """The source of a canister with one collection of every kind."""
    return COLLECTOR


@pytest.fixture(scope="session")
def collector(discover_text: Discover, collector_source: str) -> CanisterSpec:
    """The spec of `collector_source`."""
    return discover_text(collector_source)
