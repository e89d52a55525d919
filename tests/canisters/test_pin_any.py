"""A canister in C, pinned by `scm pin`, is upgraded in flight; and modules of another compiler.

`examples/pinned_c` is built as its README says, by zig's C compiler.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from scm.cli.main import main
from scm.compiler.cache import default_cache
from scm.compiler.verify import read_pins, verify_module
from scm.replica.holds import Hold
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.client import CanisterHandle, RejectError
from scm.wasm.module import parse_module
from scm.wasm.sections import read_exports, read_imports
from scm.wasm.table import table_layout

pytestmark = pytest.mark.toolchain

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "examples" / "pinned_c"
MOTOKO = ROOT / "build" / "motoko_replica"
CALLBACKS = {"drawn": 65_552, "refused": 65_553, "abandoned": 65_554, "runner_up_drawn": 65_555}


@frozen
class Raffle:
    """A raffle in a replica."""

    replica: Replica
    handle: CanisterHandle

    def upgrade(self, wasm: bytes) -> None:
        self.replica.install(self.handle.canister_id, wasm, mode="upgrade")

    def hold_responses(self) -> Hold:
        return self.replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE)

    def sell(self, count: int) -> None:
        for _ in range(count):
            self.handle.sell()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `v1.wasm`, `v2.wasm` and `*.not-pinned.wasm`, and the project's copy."""
    folder = tmp_path_factory.mktemp("pinned_c")
    copy = folder / "project"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("build"))
    cache = str(default_cache().folder / "zig")
    zig = {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    done = subprocess.run(
        [copy / "build.sh", folder],
        env={**os.environ, **zig, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "compile again" not in done.stderr
    return folder


@pytest.fixture
def wasm(built: Path) -> Callable[[str], bytes]:
    return lambda name: (built / f"{name}.wasm").read_bytes()


@pytest.fixture
def install(replica: Replica) -> Callable[[bytes], Raffle]:
    did = (PROJECT / "raffle.did").read_text()

    def run(module_bytes: bytes) -> Raffle:
        canister_id = replica.create_canister()
        replica.install(canister_id, module_bytes)
        return Raffle(replica, CanisterHandle(replica, canister_id).with_did(did))

    return run


def test_slot_files_and_headers_are_as_committed(built):
    for version in ("v1", "v2"):
        for name in ("slots.lock", "slots.h"):
            made = built / "project" / version / name
            assert made.read_text() == (PROJECT / version / name).read_text()


def test_headers_come_from_the_names_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = list(CALLBACKS)
    for version, added in (("v1", names[:3]), ("v2", names[3:])):
        assert main(["pin", "-q", "--plan", *added, "--header", "slots.h"]) == 0
        for name in ("slots.lock", "slots.h"):
            assert Path(name).read_text() == (PROJECT / version / name).read_text()


def test_pinned_modules_are_what_the_platform_takes(wasm):
    for version in ("v1", "v2"):
        verify_module(wasm(version))
        module = parse_module(wasm(version))
        assert {entry.module for entry in read_imports(module)} == {"ic0"}
        assert not any(entry.name.startswith("scm_") for entry in read_exports(module))


def test_the_linkers_table_changes_and_the_slots_do_not(wasm):
    assert read_pins(wasm("v1.not-pinned"))[1] == "scm_callback drawn"
    assert read_pins(wasm("v2.not-pinned"))[1] == "scm_callback runner_up_drawn"
    assert sorted(table_layout(wasm("v1"))) == [65_552, 65_553, 65_554]
    assert sorted(table_layout(wasm("v2"))) == [1, 2, *CALLBACKS.values()]


def test_response_reaches_its_callback_in_the_new_code(install, wasm):
    raffle = install(wasm("v1"))
    raffle.sell(7)
    with raffle.hold_responses() as hold:
        draw = raffle.handle.submit("draw")
        raffle.replica.run_until_idle()
        assert len(hold.parked) == 1
        raffle.upgrade(wasm("v2"))
        raffle.sell(1)
        assert draw.is_pending
    answer = draw.result()
    assert answer.startswith("v2: ticket number ")
    # `env` has gone with the call: the eighth ticket was sold too late.
    assert answer.endswith(" of 7 wins")
    winner = answer.split()[3]
    assert raffle.handle.books() == f"sold 8, winner {winner}, runner-up 0, lost 0"


def test_response_of_the_new_code_reaches_the_old_one_after_a_rollback(install, wasm):
    raffle = install(wasm("v2"))
    raffle.sell(2)
    with raffle.hold_responses():
        draw = raffle.handle.submit("draw")
        raffle.replica.run_until_idle()
        raffle.upgrade(wasm("v1"))
    assert str(draw.result()).startswith("v1: ticket ")


def test_callback_that_traps_in_the_new_code_is_cleaned_up_by_it(install, wasm):
    raffle = install(wasm("v1"))
    with raffle.hold_responses():
        draw = raffle.handle.submit("draw")  # No ticket is sold, so `drawn` traps.
        raffle.replica.run_until_idle()
        raffle.upgrade(wasm("v2"))
    with pytest.raises(RejectError, match="no random bytes"):
        draw.result()
    assert raffle.handle.books() == "sold 0, winner 0, runner-up 0, lost 1"


def test_without_slots_the_response_reaches_another_callback(install, wasm):
    raffle = install(wasm("v1.not-pinned"))
    raffle.sell(7)
    with raffle.hold_responses():
        draw = raffle.handle.submit("draw")
        raffle.replica.run_until_idle()
        raffle.upgrade(wasm("v2.not-pinned"))
    answer = str(draw.result())
    assert answer.endswith(" of 7 is the runner-up")
    runner_up = answer.split()[3]
    assert raffle.handle.books() == f"sold 7, winner 0, runner-up {runner_up}, lost 0"


def test_check_tells_the_two_apart(built, monkeypatch, capsys):
    monkeypatch.chdir(built)
    assert main(["check", "v1.wasm", "v2.wasm"]) == 0
    assert "65,552 to 65,554: as before: `drawn`, `refused`, `abandoned`" in capsys.readouterr().out
    assert main(["check", "v1.not-pinned.wasm", "v2.not-pinned.wasm"]) == 5
    assert (
        "table index 1: `drawn` stood there, `runner_up_drawn` stands there now"
        in capsys.readouterr().out
    )


@pytest.fixture(scope="session")
def motoko_pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of a canister by Motoko's compiler, where that has been installed."""
    if shutil.which("node") is None:
        pytest.skip("node, which Motoko's compiler runs on, was not found")
    if not (MOTOKO / "node_modules" / "motoko").is_dir():
        pytest.skip("tools/motoko_replica, which installs Motoko's compiler, was not run")
    folder = tmp_path_factory.mktemp("motoko")
    pair = folder / "v1.wasm", folder / "v2.wasm"
    for path in pair:
        source = ROOT / "tests" / "cases" / "motoko" / f"shop_{path.stem}.mo"
        subprocess.run(["node", "compile.cjs", source, path], cwd=MOTOKO, check=True)
    return pair


def test_check_shows_that_callbacks_of_motoko_move(motoko_pair, capsys):
    assert main(["check", *map(str, motoko_pair)]) == 5
    shown = capsys.readouterr()
    assert (
        "unsafe   table index 9: `@callback<(t)>` stood there, `@callback<(N)>` stands there now: a"
        " call in flight that was made through it reaches another function; `@callback<(t)>` is at"
        " 13 now" in shown.out
    )
    assert "safe     method `token`" in shown.out


def test_check_of_a_motoko_canister_with_itself_finds_nothing(motoko_pair, capsys):
    assert main(["check", str(motoko_pair[0]), str(motoko_pair[0])]) == 0
    assert "unsafe" not in capsys.readouterr().out
