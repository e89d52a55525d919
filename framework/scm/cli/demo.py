"""`scm demo`: a canister is upgraded while a call is in flight, step by step, on this machine.

Everything is real: the examples are built with the toolchain, run as Wasm in the embedded replica,
and what is printed is read from there.  Each scene checks what it claims; the demo fails (exit code
1) if the machine behaves otherwise than the text says.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import primitive_types
from scm.cli.console import Console
from scm.compiler.builds import BuildOptions
from scm.compiler.cache import default_cache
from scm.compiler.lockfile import SLOT_BASE
from scm.compiler.pipeline import build
from scm.compiler.verify import read_pins
from scm.errors import ConfigurationError, ScmError, SourceError
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.holds import Hold
from scm.replica.replica import Replica
from scm.replica.state import Delivery, DeliveryKind, Replied
from scm.testing.client import CanisterHandle, RejectError, Ticket

EXAMPLES: Final = Path(__file__).resolve().parents[3] / "examples"
OWNER: Final = Principal(b"\x0aowner\x02")
ALICE: Final = Principal(b"\x0aalice\x02")
FUNDS: Final = 1_000
AMOUNT: Final = 250
TYPES: Final = {repr(item): item for item in primitive_types()}

T = TypeVar("T")


class DemoError(ScmError):
    """The machine did not do what the demo says; `what` tells in which step."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the demo did not go as it should: {what}")


@frozen
class Modules:
    """The canisters of the demo, as Wasm; `loose` ones were built with `--no-pin`."""

    ledger: bytes
    v1: bytes
    v2: bytes
    v3: bytes
    loose_v1: bytes
    loose_v2: bytes


@frozen
class Scene:
    """A vault and the ledger that it calls, in a replica of their own."""

    replica: Replica
    ledger: CanisterHandle
    vault: CanisterHandle

    def hold_answer(self) -> Hold:
        """Keep the ledger's answers from arriving."""
        ledger = self.ledger.canister_id

        def is_answer(delivery: Delivery) -> bool:
            return delivery.kind is DeliveryKind.RESPONSE and delivery.sender == ledger

        return self.replica.hold(is_answer)

    def upgrade(self, wasm: bytes) -> None:
        """Replace the vault's code, without stopping it."""
        vault = self.vault.canister_id
        self.replica.install(vault, wasm, encode([], []), mode="upgrade", sender=OWNER)

    def waiting(self) -> int:
        """How many of the vault's calls wait for a response, as it says itself."""
        vault = self.vault.canister_id
        outcome = self.replica.query(vault, "scm_status", encode([], []), OWNER)
        _expect(isinstance(outcome, Replied), "the vault's status can be queried")
        assert isinstance(outcome, Replied)
        waiting = decode(outcome.data, [TYPES["nat64"]])[0]
        assert isinstance(waiting, int)
        return waiting


def run(console: Console) -> int:
    """Build the examples and play all scenes; returns the exit code."""
    if not EXAMPLES.is_dir():
        raise ConfigurationError(
            "the demo needs the `examples` folder of scm's repository",
            "run `./tools/demo` in a checkout",
        )
    console.say("Building the demo's canisters (the first build on a machine takes longer).")
    with tempfile.TemporaryDirectory(prefix="scm-demo-") as folder:
        modules = _build_modules(Path(folder), console)
        _show_upgrade_in_flight(modules, console)
        _show_without_pinning(modules, console)
        _show_refusals(modules, Path(folder), console)
    console.result("\nThe demo succeeded: one caller, one answer, nothing lost.")
    return 0


def _build_modules(folder: Path, console: Console) -> Modules:
    def wasm_of(source: Path, name: str, *, pin: bool = True, retire: str = "") -> bytes:
        console.say(f"\n{name}: {source.relative_to(source.parents[2])}")
        copy = folder / name
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("build", "versions"))
        names = frozenset(retire.split())
        options = BuildOptions(output=folder / "out" / name, pin=pin, retire=names)
        built = build(copy, options, console.stage, started=console.stage_started)
        return built.wasm_path.read_bytes()

    vault = EXAMPLES / "vault"
    return Modules(
        ledger=wasm_of(EXAMPLES / "ledger", "ledger"),
        v1=wasm_of(vault / "versions" / "v1", "v1"),
        v2=wasm_of(vault, "v2"),
        v3=wasm_of(vault / "versions" / "v3", "v3-forced", retire="paid covered"),
        loose_v1=wasm_of(vault / "versions" / "v1", "v1-not-pinned", pin=False),
        loose_v2=wasm_of(vault, "v2-not-pinned", pin=False),
    )


def _open_scene(modules: Modules, vault_wasm: bytes) -> Scene:
    # Machine code is kept between runs, as compiling a module takes seconds.
    replica = Replica(seed=0, cache_directory=default_cache().folder / "modules")
    ledger_id = replica.create_canister(controllers=[OWNER])
    vault_id = replica.create_canister(controllers=[OWNER])
    replica.install(ledger_id, modules.ledger, encode([], []), sender=OWNER)
    init_argument = encode([TYPES["principal"]], [ledger_id])
    replica.install(vault_id, vault_wasm, init_argument, sender=OWNER)
    ledger = CanisterHandle(replica, ledger_id, OWNER)
    ledger.mint(vault_id, FUNDS)
    return Scene(replica, ledger, CanisterHandle(replica, vault_id, OWNER))


def _show_upgrade_in_flight(modules: Modules, console: Console) -> None:
    console.result("\n=== 1. An upgrade while a call is in flight\n")
    scene = _open_scene(modules, modules.v1)
    console.result(f"The vault (version 1) has {FUNDS} in the ledger.")
    with scene.hold_answer() as hold:
        ticket = _pay(scene, console)
        console.result("The ledger has answered, but its response is held on the way back:")
        console.result(f"  {len(hold.parked)} response held, {scene.waiting()} call waiting")
        _expect(len(hold.parked) == 1 and scene.waiting() == 1, "one call is in flight")
        _show_table(
            "The function table of version 1, as the response will see it:", modules.v1, console
        )
        console.result("\nThe vault is upgraded to version 2 now. It is not stopped.")
        scene.upgrade(modules.v2)
        _show_table("The function table of version 2:", modules.v2, console)
        _expect(_slot_of(modules.v1, "paid") == _slot_of(modules.v2, "paid"), "`paid` stays put")
        console.result("\nThe response is released.")
    answer = ticket.result()
    console.result(f'  Alice\'s payer, who called version 1, is answered: "{answer}"')
    _expect(str(answer).startswith(f"v2: paid {AMOUNT} "), "version 2 answers")
    total, waiting = scene.vault.total_paid(), scene.waiting()
    alice = scene.ledger.balance_of(ALICE)
    console.result(f"  state: paid in total {total}, Alice has {alice}, {waiting} calls waiting")
    _expect((total, alice, waiting) == (AMOUNT, AMOUNT, 0), "the state is intact")


def _show_without_pinning(modules: Modules, console: Console) -> None:
    console.result("\n=== 2. The same without pinned slots (`scm build --no-pin`)\n")
    scene = _open_scene(modules, modules.loose_v1)
    with scene.hold_answer():
        ticket = _pay(scene, console)
        before = _slot_of(modules.loose_v1, "paid")
        console.result(f"The response will call table index {before}: where the linker put `paid`.")
        scene.upgrade(modules.loose_v2)
        after = _slot_of(modules.loose_v2, "paid")
        found = read_pins(modules.loose_v2).get(before, "another function of the canister")
        console.result(f"After the upgrade, index {before} holds: {found}; `paid` is at {after}.")
        console.result("The response is released.")
    refusal = _refusal(ticket.result, RejectError)
    console.result(f"  The caller gets no answer but an error: {refusal}")
    for record in scene.replica.canister(scene.vault.canister_id).logs:
        console.result(f"  the vault's log: {record.content.decode(errors='replace')}")
    console.result("  (scm's check of the call's record kept the wrong handler from running.)")
    paid, alice = scene.vault.total_paid(), scene.ledger.balance_of(ALICE)
    console.result(f"  Alice has {alice}, but the vault's books say {paid} was paid.")
    _expect((paid, alice) == (0, AMOUNT), "without pinning the response is lost")


def _show_refusals(modules: Modules, folder: Path, console: Console) -> None:
    console.result("\n=== 3. An upgrade that would lose the caller: refused, twice\n")
    source = EXAMPLES / "vault" / "versions" / "v3"
    console.result("Version 3 drops the handler `paid`. `scm build` and `scm check` refuse it:\n")
    copy = folder / "v3"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("build"))
    try:
        build(copy, BuildOptions(output=folder / "out" / "v3"), lambda report: None)
    except SourceError as error:
        console.diagnostics(error.diagnostics, copy)
    else:
        raise DemoError("version 3 was built")
    scene = _open_scene(modules, modules.v2)
    with scene.hold_answer():
        ticket = _pay(scene, console)
        console.result("Forced past that (both retired), it is installed while the call waits:")
        refusal = _refusal(lambda: scene.upgrade(modules.v3), InstallError)
        console.result(f"  canister_post_upgrade: {refusal}")
        _expect("paid" in str(refusal), "the refusal names the handler")
        console.result("The old code goes on. The response is released.")
    console.result(
        f'  The caller is answered: "{ticket.result()}"; {scene.waiting()} calls waiting'
    )
    scene.upgrade(modules.v3)
    console.result("With nothing in flight any more, the same upgrade to version 3 goes through.")


def _pay(scene: Scene, console: Console) -> Ticket:
    console.result(f"The owner calls pay(alice, {AMOUNT}); the vault calls the ledger and waits.")
    ticket = scene.vault.submit("pay", ALICE, AMOUNT)
    scene.replica.run_until_idle()
    _expect(ticket.is_pending, "the caller waits")
    return ticket


def _show_table(title: str, wasm: bytes, console: Console) -> None:
    console.result(title)
    for slot, name in sorted(read_pins(wasm).items()):
        if slot >= SLOT_BASE:
            mark = "  <- the response goes here" if name == "scm_callback paid" else ""
            console.result(
                f"  {slot:>7,}  {name.removeprefix('scm_callback').strip(' _'):<10}{mark}"
            )


def _slot_of(wasm: bytes, handler: str) -> int:
    slots = {name: slot for slot, name in read_pins(wasm).items()}
    return slots[f"scm_callback {handler}"]


def _refusal(action: Callable[[], object], kind: type[T]) -> T:
    try:
        action()
    except ScmError as error:
        if isinstance(error, kind):
            return error
        raise DemoError(f"it was refused for another reason: {error}") from error
    raise DemoError("what should be refused was not")


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise DemoError(what)
