"""Runs canisters that nobody here wrote: Motoko programs, compiled by its own compiler.

Run through `tools/motoko_replica`.  Each check says what Motoko documents, and compares that with
what the embedded replica did.  Exits with 1 at a difference.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scm.candid import ServiceValue, VariantValue, encode
from scm.candid.did_parser import parse_did
from scm.candid.types import Func
from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind, Rejected
from scm.testing.client import CanisterHandle, RejectError

PROGRAMS: Final = Path(__file__).resolve().parent / "motoko_programs"
MANAGEMENT: Final = Principal.management_canister()
INTERFACE: Final = (
    Path(__file__).resolve().parents[1] / "framework" / "scm" / "interfaces" / "management.did"
)

Modules = dict[str, bytes]


def main() -> None:
    """Compile the programs, run all checks, print one line each."""
    folder = Path(sys.argv[1])
    modules = {path.stem: _compile(folder, path) for path in sorted(PROGRAMS.glob("*.mo"))}
    failures = 0
    for check in CHECKS:
        try:
            check(modules)
        except AssertionError as error:
            failures += 1
            print(f"DIFFERS  {_sentence(check)}\n         {error}")
        else:
            print(f"as documented  {_sentence(check)}")
    print(f"{len(CHECKS)} checks, {failures} differ")
    if failures:
        raise SystemExit(1)


def _sentence(check: Callable[[Modules], None]) -> str:
    return (check.__doc__ or check.__name__).strip()


def _compile(folder: Path, source: Path) -> bytes:
    out = folder / f"{source.stem}.wasm"
    finished = subprocess.run(
        ["node", "compile.cjs", source, out],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        errors = [line[:300] for line in finished.stderr.splitlines() if "rror" in line]
        raise SystemExit(f"{source.name} was not compiled: {errors[:3]}")
    return out.read_bytes()


def _install(replica: Replica, wasm: bytes) -> CanisterHandle:
    canister = replica.create_canister()
    replica.install(canister, wasm)
    return CanisterHandle(replica, canister)


def _upgrade(canister: CanisterHandle, replica: Replica, wasm: bytes, *, keep: bool) -> object:
    """Through the management canister, as any tool would; the reject, or None."""
    option = {"wasm_memory_persistence": VariantValue("keep")} if keep else {}
    mode = VariantValue("upgrade", {"skip_pre_upgrade": None, **option} if option else None)
    interface = parse_did(INTERFACE.read_text(encoding="utf-8"))
    method = next(item for item in interface.resolved().methods if item.name == "install_code")
    function = interface.env.resolve(method.type)
    assert isinstance(function, Func)
    argument = {
        "mode": mode,
        "canister_id": canister.canister_id,
        "wasm_module": wasm,
        "arg": b"DIDL\x00\x00",
        "sender_canister_version": None,
    }
    message = encode(function.args, [argument], interface.env)
    outcome = replica.update(MANAGEMENT, "install_code", message)
    return outcome if isinstance(outcome, Rejected) else None


def _reject(canister: CanisterHandle, method: str, *arguments: object) -> str:
    try:
        answer = canister.call(method, *arguments)
    except RejectError as error:
        return f"{error.code} {error.error_code} {error}"
    raise AssertionError(f"`{method}` was answered: {answer!r}")


def _equal(actual: object, expected: object) -> None:
    assert actual == expected, f"expected {expected!r}, got {actual!r}"


def _check_counter(modules: Modules) -> None:
    """A counter counts; a trap undoes what its message did, a thrown error keeps it."""
    counter = _install(Replica(), modules["counter"])
    _equal([counter.call("increment") for _ in range(3)], [1, 2, 3])
    assert "undone" in _reject(counter, "increment_and_trap")
    _equal(counter.call("get"), (3, 3))
    message = _reject(counter, "fail")
    assert message.startswith("4 "), message
    assert "refused on purpose" in message, message
    _equal(counter.call("get"), (4, 3))


def _check_upgrade(modules: Modules) -> None:
    """An upgrade that keeps the main memory keeps stable variables and renews transient ones."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    counter.call("increment")
    _equal(_upgrade(counter, replica, modules["counter"], keep=True), None)
    _equal(counter.call("get"), (1, 0))
    _equal(counter.call("increment"), 2)


def _check_upgrade_needs_option(modules: Modules) -> None:
    """With enhanced orthogonal persistence, an upgrade must say what becomes of the memory."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    counter.call("increment")
    rejected = _upgrade(counter, replica, modules["counter"], keep=False)
    assert isinstance(rejected, Rejected), "the upgrade went through"
    assert "Missing upgrade option" in rejected.message, rejected.message
    _equal(counter.call("get"), (1, 1))


def _check_outstanding(modules: Modules) -> None:
    """An upgrade with a call outstanding traps, and the old code goes on and is answered."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    caller = _install(replica, modules["caller"])
    hold = replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE)
    call = caller.submit("twice", ServiceValue(counter.canister_id))
    replica.run_until_idle()
    rejected = _upgrade(caller, replica, modules["caller"], keep=True)
    assert isinstance(rejected, Rejected), "the upgrade went through"
    assert "outstanding message callbacks" in rejected.message, rejected.message
    hold.close()
    _equal(call.result(), 1_002)


def _check_calls(modules: Modules) -> None:
    """Calls one after the other and in parallel, in order."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    caller = _install(replica, modules["caller"])
    _equal(caller.call("twice", ServiceValue(counter.canister_id)), 1_002)
    _equal(caller.call("in_parallel", ServiceValue(counter.canister_id)), [3, 4, 5])


def _check_errors(modules: Modules) -> None:
    """`try` catches a callee's reject and its trap, with the message; `finally` runs."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    caller = _install(replica, modules["caller"])
    text = caller.call("caught", ServiceValue(counter.canister_id))
    assert isinstance(text, str)
    assert text.startswith("rejected: refused on purpose; trapped: "), text
    assert "undone" in text, text
    _equal(caller.call("history"), "finally;")


def _check_commit_point(modules: Modules) -> None:
    """A trap after an `await` keeps what was done before it, and answers with the trap."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    caller = _install(replica, modules["caller"])
    assert "after the await" in _reject(caller, "uncaught", ServiceValue(counter.canister_id))
    _equal(caller.call("history"), "before;")
    _equal(counter.call("get"), (1, 1))


def _check_cycles(modules: Modules) -> None:
    """Attached cycles are accepted in part, and the rest comes back."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    caller = _install(replica, modules["caller"])
    _equal(caller.call("give", ServiceValue(counter.canister_id)), (1_000, 4_000))


def _check_composite(modules: Modules) -> None:
    """A composite query calls the query of another canister."""
    replica = Replica()
    counter = _install(replica, modules["counter"])
    caller = _install(replica, modules["caller"])
    counter.call("increment")
    _equal(caller.call("look", ServiceValue(counter.canister_id)), 1)


def _check_timers(modules: Modules) -> None:
    """A timer fires once, another again and again, until it is cancelled."""
    replica = Replica()
    timers = _install(replica, modules["timers"])
    timers.call("start")
    expected = [(0, 0), (0, 1), (1, 1), (1, 1), (2, 1)]
    for ticks in expected:
        replica.run_until_idle()
        _equal(timers.call("counts"), ticks)
        replica.advance_time(5)
    timers.call("stop")
    replica.advance_time(100)
    replica.run_until_idle()
    _equal(timers.call("counts"), (2, 1))


def _check_inspection(modules: Modules) -> None:
    """`inspect` refuses a message before it is executed."""
    timers = _install(Replica(), modules["timers"])
    _equal(timers.call("long", "short"), 5)
    message = _reject(timers, "long", "x" * 1_000)
    assert "IC0406" in message, message


def _check_heartbeat(modules: Modules) -> None:
    """The heartbeat runs when the replica runs heartbeats."""
    replica = Replica()
    beating = _install(replica, modules["beating"])
    for _ in range(3):
        replica.run_heartbeats()
        replica.run_until_idle()
    _equal(beating.call("count"), 3)


CHECKS: Final[tuple[Callable[[Modules], None], ...]] = (
    _check_counter,
    _check_calls,
    _check_errors,
    _check_commit_point,
    _check_cycles,
    _check_composite,
    _check_timers,
    _check_inspection,
    _check_heartbeat,
    _check_upgrade,
    _check_upgrade_needs_option,
    _check_outstanding,
)


if __name__ == "__main__":
    main()
