"""Upgrades that keep the heap.

Interface Spec, "IC method install_code": `wasm_memory_persistence`, for modules whose heap is made
to outlive upgrades (Motoko's enhanced orthogonal persistence).
"""

from __future__ import annotations

import hashlib

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.testing.client import RejectError
from scm.testing.management import manage
from scm.testing.wat import WatCanister, number

PAGE = 65_536
SECTION = '(@custom "icp:private enhanced-orthogonal-persistence" "")'
GROW = "(drop (memory.grow (i32.const 1)))"


def persistent(*, pages: int = 1, **entries: str) -> bytes:
    """`set` writes 5 to a place in memory and to a global, `read` and `global` read them."""
    canister = WatCanister(pages=pages)
    canister.raw(SECTION)
    canister.raw('(data (i32.const 100) "\\07")')
    canister.update(
        "set",
        "(i32.store8 (i32.const 200) (i32.const 5)) (global.set $a (i64.const 5))"
        "(i32.store8 (i32.const 100) (i32.const 5))" + canister.reply(),
    )
    canister.update("grow", GROW + canister.reply())
    for method, place in (("read", 200), ("segment", 100)):
        canister.update(method, f"(call $reply_i64 (i64.load8_u (i32.const {place})))")
    canister.update("global", "(call $reply_i64 (global.get $a))")
    for name, body in entries.items():
        canister.entry(f"canister_{name}", body)
    return canister.build()


@pytest.fixture
def canister_id(replica: Replica) -> Principal:
    made = replica.create_canister()
    replica.install(made, persistent())
    replica.update(made, "set")
    return made


def test_kept_heap_is_the_old_one_with_new_globals(
    replica: Replica, canister_id: Principal
) -> None:
    replica.install(canister_id, persistent(), mode="upgrade", memory_persistence="keep")
    assert replica.update(canister_id, "read") == number(5)
    # Data segments of the new module are thrown away; its globals are not.
    assert replica.update(canister_id, "segment") == number(5)
    assert replica.update(canister_id, "global") == number(0)


def test_kept_heap_keeps_its_size(replica: Replica, canister_id: Principal) -> None:
    replica.update(canister_id, "grow")
    replica.install(canister_id, persistent(), mode="upgrade", memory_persistence="keep")
    assert replica.canister(canister_id).heap_size_bytes == 2 * PAGE
    replica.install(canister_id, persistent(pages=3), mode="upgrade", memory_persistence="keep")
    assert replica.canister(canister_id).heap_size_bytes == 3 * PAGE
    assert replica.update(canister_id, "read") == number(5)


def test_hooks_see_and_change_the_kept_heap(replica: Replica) -> None:
    made = replica.create_canister()
    add = "(i32.store8 (i32.const 200) (i32.add (i32.load8_u (i32.const 200)) (i32.const {})))"
    replica.install(made, persistent(pre_upgrade=add.format(1)))
    replica.update(made, "set")
    new = persistent(post_upgrade=add.format(10))
    replica.install(made, new, mode="upgrade", memory_persistence="keep")
    assert replica.update(made, "read") == number(16)
    replica.install(made, new, mode="upgrade", memory_persistence="keep", skip_pre_upgrade=True)
    assert replica.update(made, "read") == number(26)


def test_failed_upgrade_leaves_the_old_heap(replica: Replica) -> None:
    made = replica.create_canister()
    old = persistent(pre_upgrade="(i32.store8 (i32.const 200) (i32.const 99))")
    replica.install(made, old)
    replica.update(made, "set")
    with pytest.raises(InstallError):
        replica.install(
            made,
            persistent(post_upgrade="unreachable"),
            mode="upgrade",
            memory_persistence="keep",
        )
    assert replica.update(made, "read") == number(5)
    assert replica.canister(made).module_hash == hashlib.sha256(old).digest()


def test_replaced_heap_is_the_new_modules(replica: Replica, canister_id: Principal) -> None:
    replica.install(canister_id, persistent(), mode="upgrade", memory_persistence="replace")
    assert replica.update(canister_id, "read") == number(0)
    assert replica.update(canister_id, "segment") == number(7)


def test_persistent_module_must_say_what_becomes_of_its_heap(
    replica: Replica, canister_id: Principal
) -> None:
    with pytest.raises(InstallError, match="Missing upgrade option") as caught:
        replica.install(canister_id, persistent(), mode="upgrade")
    assert caught.value.error_code == "IC0504"


def test_heap_is_kept_for_a_persistent_module_only(
    replica: Replica, canister_id: Principal
) -> None:
    plain = WatCanister().build()
    with pytest.raises(InstallError, match="Invalid upgrade option") as caught:
        replica.install(canister_id, plain, mode="upgrade", memory_persistence="keep")
    assert caught.value.error_code == "IC0504"


def test_plain_module_may_be_upgraded_with_replace(replica: Replica) -> None:
    made = replica.create_canister()
    plain = WatCanister().build()
    replica.install(made, plain)
    replica.install(made, plain, mode="upgrade", memory_persistence="replace")


def test_install_code_has_the_option(replica: Replica, canister_id: Principal) -> None:
    def upgrade(persistence: str | None) -> None:
        options = {
            "skip_pre_upgrade": None,
            "wasm_memory_persistence": persistence and VariantValue(persistence),
        }
        manage(
            replica,
            "install_code",
            mode=VariantValue("upgrade", options),
            canister_id=canister_id,
            wasm_module=persistent(),
            arg=b"",
        )

    upgrade("keep")
    assert replica.update(canister_id, "read") == number(5)
    with pytest.raises(RejectError, match="Missing upgrade option"):
        upgrade(None)
    upgrade("replace")
    assert replica.update(canister_id, "read") == number(0)
