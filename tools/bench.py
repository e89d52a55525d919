"""Measures what a canister costs in wasmtime fuel (repeatable), and what a build costs in seconds.

Run through `tools/bench`.  Fuel counts about one unit per Wasm operator; seconds are the least of
several runs and depend on the machine.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scm.candid.encode import encode
from scm.compiler.builds import BuildOptions
from scm.compiler.pipeline import build
from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.trace import Executed
from scm.testing.building import compiled_modules_folder, encode_init
from scm.testing.client import CanisterHandle
from scm.wasm import engine

EXAMPLES: Final = Path(__file__).resolve().parents[1] / "examples"
OWNER: Final = Principal(b"\x0aowner\x02")
ALICE: Final = Principal(b"\x0aalice\x02")
CALLS_IN_FLIGHT: Final = 1_000
TIMERS: Final = 10_000
FIRED: Final = 50  # So many begin to fire in one message.
ACCOUNTS: Final = 100_000
TRANSFERS: Final = 100  # The mean of them: whether a page is split differs.

BENCH_CANISTER: Final = """\
from scm import nat, query, state, text, update


@state
class Bench:
    count: nat = 0


@update
def nothing(bench: Bench) -> None:
    pass


@update
def increment(bench: Bench) -> nat:
    bench.count += 1
    return bench.count


@query
def fibonacci(n: nat) -> nat:
    return fib(n)


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@update
def echo(bench: Bench, words: list[text]) -> list[text]:
    return words
"""

TIMER_CANISTER: Final = """\
from scm import ic, nat, on_timer, state, update


@state
class Bench:
    fired: nat = 0


@update
def set_timers(bench: Bench, count: nat, after: nat) -> None:
    for _ in range(count):
        ic.set_timer(tick, after=after)


@on_timer
def tick(bench: Bench) -> None:
    pass
"""


def main() -> None:
    """Build, run, measure, print one table."""
    with tempfile.TemporaryDirectory(prefix="scm-bench-") as folder:
        bench_folder = Path(folder) / "bench"
        bench_folder.mkdir()
        (bench_folder / "canister.py").write_text(BENCH_CANISTER)
        _show("build, first in this cache (s)", f"{_build_seconds(bench_folder):.1f}")
        _show("build, nothing changed (s)", f"{_build_seconds(bench_folder):.2f}")
        _show("build, one line edited (s)", f"{_edited_seconds(bench_folder):.1f}")
        wasm = (bench_folder / "build" / "bench.wasm").read_bytes()
        size = (bench_folder / "build" / "bench.wasm.gz").stat().st_size
        _show("module (bytes)", f"{len(wasm):,}")
        _show("module, gzip (bytes)", f"{size:,}")
        _show("instantiation (ms)", f"{_instantiation_ms(wasm):.1f}")
        _measure_messages(wasm)
        _measure_calls(Path(folder))
        _measure_timers(Path(folder))
        _measure_token(Path(folder))


def _show(what: str, value: str) -> None:
    print(f"{what:<56} {value:>14}", flush=True)


def _build_seconds(folder: Path) -> float:
    started = time.perf_counter()
    build(folder, BuildOptions(), lambda report: None)
    return time.perf_counter() - started


def _edited_seconds(folder: Path) -> float:
    source = (folder / "canister.py").read_text()
    times = []
    for step in range(2, 4):
        edited = source.replace("bench.count += 1", f"bench.count += {step + time.time_ns()}")
        (folder / "canister.py").write_text(edited)
        times.append(_build_seconds(folder))
    (folder / "canister.py").write_text(source)
    _build_seconds(folder)
    return min(times)


def _instantiation_ms(wasm: bytes) -> float:
    module = engine.compile_module(wasm, compiled_modules_folder())
    imports = {(item.module, item.name or ""): _no_answer for item in module.imports}
    return min(_milliseconds(lambda: engine.instantiate(module, imports, fuel=1)) for _ in range(9))


def _no_answer(_instance: object, *_arguments: int) -> int:
    return 0


def _milliseconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def _measure_messages(wasm: bytes) -> None:
    replica = Replica(cache_directory=compiled_modules_folder())
    handle = _installed(replica, wasm)
    words = ["internet", "computer"] * 50
    for what, method, arguments in (
        ("update, no-op (fuel)", "nothing", ()),
        ("update, increment a counter (fuel)", "increment", ()),
        ("update, echo 100 texts of 8 bytes (fuel)", "echo", (words,)),
        ("query, recursive fib(20) on `int` (fuel)", "fibonacci", (20,)),
    ):
        handle.call(method, *arguments)
        handle.call(method, *arguments)
        _show(what, f"{_last_fuel(replica):,}")


def _measure_calls(folder: Path) -> None:
    replica = Replica(cache_directory=compiled_modules_folder(), request_queue_capacity=2_000)
    modules = {name: _built_example(folder, name) for name in ("ledger", "vault")}
    ledger = _installed(replica, modules["ledger"])
    vault = _installed(replica, modules["vault"], ledger.canister_id)
    ledger.mint(vault.canister_id, 10**9)
    for _ in range(2):
        vault.pay(ALICE, 1)
    fuel = _fuel_of(replica, vault.canister_id)
    _show("update that calls another canister (fuel)", f"{fuel[-2]:,}")
    _show("its response handler (fuel)", f"{fuel[-1]:,}")
    _show("upgrade, nothing in flight (fuel)", f"{_upgrade_fuel(replica, vault, modules):,}")
    receiver = ledger.canister_id
    with replica.hold(lambda delivery: delivery.sender == receiver):
        tickets = [vault.submit("pay", ALICE, 1) for _ in range(CALLS_IN_FLIGHT)]
        replica.run_until_idle()
        upgrade = _upgrade_fuel(replica, vault, modules)
        _show(f"upgrade, {CALLS_IN_FLIGHT:,} calls in flight (fuel)", f"{upgrade:,}")
    for ticket in tickets:
        ticket.result()


def _measure_timers(folder: Path) -> None:
    project = folder / "timers"
    project.mkdir()
    (project / "canister.py").write_text(TIMER_CANISTER)
    wasm = build(project, BuildOptions(), lambda report: None).wasm_path.read_bytes()
    replica = Replica(cache_directory=compiled_modules_folder())
    canister = _installed(replica, wasm)
    upgrades = []
    for count in (0, TIMERS):
        canister.set_timers(count, 10**6)
        replica.install(canister.canister_id, wasm, encode([], []), "upgrade", OWNER)
        upgrades.append(_last_fuel(replica))
    _show("upgrade, no timers (fuel)", f"{upgrades[0]:,}")
    _show(f"upgrade, {TIMERS:,} timers set (fuel)", f"{upgrades[1]:,}")
    canister.set_timers(FIRED, 1)
    _show("set a timer (fuel)", f"{_last_fuel(replica) // FIRED:,}")
    before = len(replica.trace)
    replica.advance_time(1)
    replica.run_until_idle()
    fuel = [event.fuel for event in replica.trace[before:] if isinstance(event, Executed)]
    _show("fire a timer that does nothing, three messages (fuel)", f"{sum(fuel) // FIRED:,}")


def _measure_token(folder: Path) -> None:
    chance = random.Random(1)
    owners = [Principal(chance.randbytes(29)) for _ in range(ACCOUNTS)]
    token = {
        "name": "T",
        "symbol": "T",
        "decimals": 8,
        "fee": 10,
        "minting_account": _account(OWNER),
    }
    balances = [(_account(owner), 10**9) for owner in owners]
    replica = Replica(cache_directory=compiled_modules_folder())
    ledger = _installed(replica, _built_example(folder, "icrc_ledger"), token, balances)

    def mean_fuel(method: str, argument: Callable[[int], object]) -> str:
        total = 0
        for index in range(TRANSFERS):
            answer = ledger.as_sender(owners[index]).call(method, argument(index))
            assert getattr(answer, "tag", "Ok") == "Ok", answer
            total += _last_fuel(replica)
        return f"{total // TRANSFERS:,}"

    def transfer(index: int) -> dict[str, object]:
        return {"to": _account(owners[-1 - index]), "amount": 1_000}

    def dated_transfer(index: int) -> object:
        return transfer(index) | {"memo": b"x" * 32, "created_at_time": replica.time_ns + index}

    def approval(index: int) -> object:
        return {"spender": _account(owners[index ^ 1]), "amount": 10_000}

    def transfer_from(index: int) -> object:
        return transfer(index) | {"from": _account(owners[index ^ 1])}

    _show(f"icrc1_transfer, {ACCOUNTS:,} accounts (fuel)", mean_fuel("icrc1_transfer", transfer))
    _show(
        "icrc1_transfer with a memo and a time (fuel)", mean_fuel("icrc1_transfer", dated_transfer)
    )
    _show("icrc2_approve (fuel)", mean_fuel("icrc2_approve", approval))
    _show("icrc2_transfer_from (fuel)", mean_fuel("icrc2_transfer_from", transfer_from))
    _show("icrc1_balance_of (fuel)", mean_fuel("icrc1_balance_of", lambda i: _account(owners[i])))


def _account(owner: Principal) -> dict[str, object]:
    return {"owner": owner}


def _built_example(folder: Path, name: str) -> bytes:
    copy = folder / name
    shutil.copytree(EXAMPLES / name, copy, ignore=shutil.ignore_patterns("build"))
    return build(copy, BuildOptions(), lambda report: None).wasm_path.read_bytes()


def _installed(replica: Replica, wasm: bytes, *arguments: object) -> CanisterHandle:
    canister_id = replica.create_canister(controllers=[OWNER])
    replica.install(canister_id, wasm, encode_init(wasm, *arguments), sender=OWNER)
    return CanisterHandle(replica, canister_id, OWNER)


def _upgrade_fuel(replica: Replica, vault: CanisterHandle, modules: dict[str, bytes]) -> int:
    replica.install(vault.canister_id, modules["vault"], encode([], []), "upgrade", OWNER)
    return _last_fuel(replica)


def _fuel_of(replica: Replica, canister_id: Principal) -> list[int]:
    executed = [event for event in replica.trace if isinstance(event, Executed)]
    return [event.fuel for event in executed if event.canister_id == canister_id]


def _last_fuel(replica: Replica) -> int:
    return next(event.fuel for event in reversed(replica.trace) if isinstance(event, Executed))


if __name__ == "__main__":
    main()
