"""Canisters for the tests in this folder: the examples, variants of them, and a workbench."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from attrs import frozen
from tests.canisters.proxy_scene import ProxyScene, make_scene
from tests.canisters.timer_scene import SWEEP_MARK, TimerScene

from scm.model import Principal
from scm.replica.holds import Hold
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.replica.trace import Answered
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle

REPOSITORY = Path(__file__).parents[2]
FUNDS = 10_000_000

WriteProject = Callable[..., Path]
BuildTimers = Callable[..., bytes]
BuildDesk = Callable[..., bytes]
DeployVault = Callable[[bytes], "VaultScene"]


@pytest.fixture(scope="module", autouse=True)
def quick_compiler(request: pytest.FixtureRequest) -> Iterator[None]:
    """Most files here have many canisters that run for a moment: compiling them takes longer.

    Not so those with `COMPILER = "optimizing"`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCM_REPLICA_COMPILER", getattr(request.module, "COMPILER", "baseline"))
        yield


@frozen
class VaultScene:
    """A vault that may spend `FUNDS` at a ledger, and what a test wants to know about it."""

    replica: Replica
    ledger: CanisterHandle
    vault: CanisterHandle

    @property
    def counts(self) -> CallCounts:
        return read_call_counts(self.replica, self.vault.canister_id)

    @property
    def log(self) -> list[str]:
        """The vault's log, line by line."""
        records = self.replica.canister(self.vault.canister_id).logs
        return [line for record in records for line in record.content.decode().split("\n")]

    def upgrade(self, wasm: bytes) -> None:
        self.replica.install(self.vault.canister_id, wasm, mode="upgrade")

    def hold_responses(self) -> Hold:
        """Park everything that the ledger answers."""
        return self.replica.hold(
            lambda delivery: (
                delivery.kind is DeliveryKind.RESPONSE
                and delivery.receiver == self.vault.canister_id
            )
        )

    def answers(self, method: str) -> int:
        """How often a call of the vault's `method` has been answered."""
        return sum(
            isinstance(event, Answered)
            and event.canister_id == self.vault.canister_id
            and event.method == method
            for event in self.replica.trace
        )


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the examples."""
    return REPOSITORY / "examples"


@pytest.fixture(scope="session")
def write_project(tmp_path_factory: pytest.TempPathFactory) -> WriteProject:
    """Write a project of one module and its slot file; returns its folder."""

    def write(source: str, lock: str = "", name: str = "vault") -> Path:
        folder = tmp_path_factory.mktemp("projects") / name
        folder.mkdir()
        (folder / "canister.py").write_text(source)
        if lock:
            (folder / "scm.lock").write_text(lock)
        return folder

    return write


@pytest.fixture(scope="session")
def vault_sources() -> Mapping[str, str]:
    """The source and the slot file of the vault's versions, as `v2` and `v2.lock`."""
    folders = {
        "v1": REPOSITORY / "examples/vault/versions/v1",
        "v2": REPOSITORY / "examples/vault",
        "v3": REPOSITORY / "examples/vault/versions/v3",
    }
    sources = {name: (folder / "canister.py").read_text() for name, folder in folders.items()}
    locks = {f"{name}.lock": (folder / "scm.lock").read_text() for name, folder in folders.items()}
    return sources | locks


@pytest.fixture(scope="session")
def ledger_wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(REPOSITORY / "examples" / "ledger")


@pytest.fixture(scope="session")
def vault_v1(build_canister: CanisterBuilder) -> bytes:
    return build_canister(REPOSITORY / "examples" / "vault" / "versions" / "v1")


@pytest.fixture(scope="session")
def vault_v2(build_canister: CanisterBuilder) -> bytes:
    return build_canister(REPOSITORY / "examples" / "vault")


@pytest.fixture(scope="session")
def workbench_wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(REPOSITORY / "tests" / "cases" / "canisters" / "workbench")


@pytest.fixture
def bench(replica: Replica, workbench_wasm: bytes) -> CanisterHandle:
    """A canister with a method for everything; see `tests/cases/canisters/workbench`."""
    return install_canister(replica, workbench_wasm, "bench", None)


@pytest.fixture
def deploy_vault(replica: Replica, ledger_wasm: bytes) -> DeployVault:
    """Install a vault beside a ledger, where it has `FUNDS`."""

    def deploy(wasm: bytes) -> VaultScene:
        ledger = install_canister(replica, ledger_wasm)
        vault = install_canister(replica, wasm, ledger.canister_id)
        ledger.mint(vault.canister_id, FUNDS)
        return VaultScene(replica, ledger, vault)

    return deploy


@pytest.fixture
def customer() -> Principal:
    return Principal.from_text("ryjl3-tyaaa-aaaaa-aaaba-cai")


@pytest.fixture(scope="session")
def build_timers(build_canister: CanisterBuilder, write_project: WriteProject) -> BuildTimers:
    """Build the canister with timers, with replacements in its source."""
    folder = REPOSITORY / "tests" / "cases" / "canisters" / "timers"
    lock = (folder / "scm.lock").read_text()

    def build(*replacements: tuple[str | re.Pattern[str], str]) -> bytes:
        text = (folder / "canister.py").read_text()
        for old, new in replacements:
            changed = old.sub(new, text) if isinstance(old, re.Pattern) else text.replace(old, new)
            assert changed != text, old
            text = changed
        return build_canister(write_project(text, lock, "timers"))

    return build


@pytest.fixture(scope="session")
def timers_v1(build_timers: BuildTimers) -> bytes:
    return build_timers()


@pytest.fixture(scope="session")
def timers_v2(build_timers: BuildTimers) -> bytes:
    """A field of a context, a field of the state and a timer handler more."""
    return build_timers(
        ("    number: nat\n", "    number: nat\n    note: text | None = None\n"),
        ("    broken: bool = False\n", "    broken: bool = False\n    added: nat = 7\n"),
        (SWEEP_MARK, f"@on_timer\ndef extra(desk: Desk) -> None:\n    pass\n\n\n{SWEEP_MARK}"),
    )


@pytest.fixture
def scene(replica: Replica, timers_v1: bytes) -> TimerScene:
    return TimerScene(replica, install_canister(replica, timers_v1))


@pytest.fixture(scope="session")
def proxy_wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(REPOSITORY / "examples" / "proxy")


@pytest.fixture(scope="session")
def desk_wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(REPOSITORY / "tests" / "cases" / "canisters" / "proxied")


@pytest.fixture(scope="session")
def build_desk(build_canister: CanisterBuilder, write_project: WriteProject) -> BuildDesk:
    """Build the desk with replacements in its source."""
    folder = REPOSITORY / "tests" / "cases" / "canisters" / "proxied"

    def build(*replacements: tuple[str, str], context: str = "(record { about : text })") -> bytes:
        source = (folder / "canister.py").read_text()
        lock = (folder / "scm.lock").read_text().replace("(record { about : text })", context)
        for old, new in replacements:
            assert old in source
            source = source.replace(old, new)
        return build_canister(write_project(source, lock))

    return build


@pytest.fixture(scope="session")
def desk_v2(build_desk: BuildDesk) -> bytes:
    """Its handler says that it is the second version."""
    return build_desk(('f"{note.about}: {value.', 'f"v2, {note.about}: {value.'))


@pytest.fixture
def proxied(
    replica: Replica, workbench_wasm: bytes, proxy_wasm: bytes, desk_wasm: bytes
) -> ProxyScene:
    return make_scene(replica, workbench_wasm, proxy_wasm, desk_wasm)
