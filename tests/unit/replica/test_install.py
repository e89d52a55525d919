"""Install, reinstall, upgrade.  Interface Spec, "Code installation" and "Code upgrade"."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import Pending, Rejected, Replied
from scm.testing.wat import READ_A, WatCanister, number

SET_A = "(global.set $a (i64.const {}))"
GROW = "(drop (call $stable64_grow (i64.const 1)))"
WRITE_STABLE = "(call $stable64_write (i64.const 0) (i64.const 0) (i64.const 1))"


def module(**entries: str) -> bytes:
    canister = WatCanister()
    for name, body in entries.items():
        canister.entry(f"canister_{name}", body)
    canister.update("read", READ_A)
    canister.update("set", SET_A.format(5) + canister.reply())
    return canister.build()


def test_init_sees_argument_and_sender(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry(
        "canister_init",
        "(call $msg_arg_data_copy (i32.const 0) (i32.const 0) (call $msg_arg_data_size))"
        "(call $msg_caller_copy (i32.const 2) (i32.const 0) (call $msg_caller_size))",
    )
    canister.query(
        "read", "(call $msg_reply_data_append (i32.const 0) (i32.const 6)) (call $msg_reply)"
    )
    owner = Principal(b"boss")
    canister_id = replica.create_canister([owner])
    replica.install(canister_id, canister.build(), b"hi")
    assert replica.query(canister_id, "read") == Replied(b"hiboss")


def test_start_function_runs_once_per_install(replica: Replica) -> None:
    canister = WatCanister()
    canister.raw(
        "(func $begin (global.set $a (i64.add (global.get $a) (i64.const 10)))) (start $begin)"
    )
    canister.update("read", READ_A)
    canister.update("fail", "unreachable")
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    replica.update(canister_id, "fail")
    assert replica.update(canister_id, "read") == number(10)


def test_only_a_controller_may_install(replica: Replica) -> None:
    canister_id = replica.create_canister([Principal(b"boss")])
    with pytest.raises(InstallError) as caught:
        replica.install(canister_id, module(), sender=Principal(b"other"))
    assert caught.value.error_code == "IC0512"


def test_install_needs_an_empty_canister_and_upgrade_a_full_one(replica: Replica) -> None:
    canister_id = replica.create_canister()
    with pytest.raises(InstallError) as caught:
        replica.install(canister_id, module(), mode="upgrade")
    assert caught.value.error_code == "IC0537"
    replica.install(canister_id, module())
    with pytest.raises(InstallError) as caught:
        replica.install(canister_id, module())
    assert caught.value.error_code == "IC0514"


def test_upgrade_keeps_stable_memory_and_drops_the_heap(replica: Replica) -> None:
    canister_id = replica.create_canister()
    store = "(i32.store (i32.const 0) (i32.const 7))"
    replica.install(canister_id, module(pre_upgrade=GROW + store + WRITE_STABLE))
    replica.update(canister_id, "set")
    replica.install(canister_id, module(), mode="upgrade")
    assert replica.update(canister_id, "read") == number(0)
    assert replica.canister(canister_id).read_stable_memory(0, 2) == b"\x07\x00"


def test_post_upgrade_sees_what_pre_upgrade_wrote(replica: Replica) -> None:
    read = "(call $stable64_read (i64.const 0) (i64.const 0) (i64.const 8))"
    canister_id = replica.create_canister()
    store = "(i32.store (i32.const 0) (i32.const 7))"
    replica.install(canister_id, module(pre_upgrade=GROW + store + WRITE_STABLE))
    take = f"{read} (global.set $a (i64.load (i32.const 0)))"
    replica.install(canister_id, module(post_upgrade=take), mode="upgrade")
    assert replica.update(canister_id, "read") == number(7)


@pytest.mark.parametrize("hook", ["pre_upgrade", "post_upgrade"])
def test_failed_upgrade_leaves_everything_as_it_was(replica: Replica, hook: str) -> None:
    canister_id = replica.create_canister()
    old = module(pre_upgrade=GROW + ("unreachable" if hook == "pre_upgrade" else ""))
    replica.install(canister_id, old)
    replica.update(canister_id, "set")
    version = replica.canister(canister_id).version
    with pytest.raises(InstallError) as caught:
        replica.install(canister_id, module(post_upgrade=GROW + "unreachable"), mode="upgrade")
    view = replica.canister(canister_id)
    assert caught.value.error_code == "IC0502"
    assert view.module_hash == hashlib.sha256(old).digest()
    assert view.stable_memory_size_bytes == 0
    assert view.version == version
    assert replica.update(canister_id, "read") == number(5)


def test_logs_of_a_failed_upgrade_are_kept(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry("canister_post_upgrade", canister.print("here") + canister.trap("no"))
    canister_id = replica.create_canister()
    replica.install(canister_id, module())
    with pytest.raises(InstallError):
        replica.install(canister_id, canister.build(), mode="upgrade")
    logs = [record.content for record in replica.canister(canister_id).logs]
    assert logs == [b"here", b"[TRAP]: no"]


def test_skip_pre_upgrade_omits_the_hook(replica: Replica) -> None:
    canister_id = replica.create_canister()
    replica.install(canister_id, module(pre_upgrade="unreachable"))
    replica.install(canister_id, module(), mode="upgrade", skip_pre_upgrade=True)
    assert replica.update(canister_id, "read") == number(0)


def test_upgrade_keeps_certified_data_and_disarms_the_timer(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry(
        "canister_init",
        f"(call $certified_data_set {canister.constant('proof')})"
        "(drop (call $global_timer_set (i64.const 99)))",
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    assert replica.canister(canister_id).global_timer_ns == 99
    replica.install(canister_id, module(), mode="upgrade")
    view = replica.canister(canister_id)
    assert (view.certified_data, view.global_timer_ns) == (b"proof", 0)


def test_reinstall_clears_stable_memory_certified_data_and_logs(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry(
        "canister_init",
        GROW + f"(call $certified_data_set {canister.constant('x')})" + canister.print("old"),
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    replica.install(canister_id, module(), mode="reinstall")
    view = replica.canister(canister_id)
    assert (view.stable_memory_size_bytes, view.certified_data, view.logs) == (0, b"", ())


def test_calls_are_not_allowed_while_installing(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry("canister_init", canister.call(Principal(b""), "raw_rand"))
    canister_id = replica.create_canister()
    with pytest.raises(InstallError) as caught:
        replica.install(canister_id, canister.build())
    assert '"ic0_call_new" cannot be executed in init mode' in caught.value.message


def test_version_counts_every_change_once(replica: Replica) -> None:
    # "Canister version": an operation counts once, hooks included; failures do not count.
    canister = WatCanister()
    canister.entry("canister_post_upgrade", "(global.set $a (call $canister_version))")
    canister.update("read", READ_A)
    canister_id = replica.create_canister()
    assert replica.canister(canister_id).version == 0
    replica.install(canister_id, module(pre_upgrade=GROW, init=GROW))
    assert replica.canister(canister_id).version == 1
    replica.update(canister_id, "set")
    assert replica.canister(canister_id).version == 2
    replica.install(canister_id, canister.build(), mode="upgrade")
    assert replica.canister(canister_id).version == 3
    assert replica.update(canister_id, "read") == number(3)


def test_response_runs_in_the_new_code_by_table_index(replica: Replica, echo: Principal) -> None:
    # "Code upgrade": an upgrade leaves contexts and callbacks untouched.
    canister_id = replica.create_canister()
    old = WatCanister()
    old.callback(old.reply("old code"), slot=6)
    old.update("go", old.call(echo, "echo", on_reply=6, environment=3))
    new = WatCanister()
    new.callback(
        f"(call $msg_reply_data_append {new.constant('new code ')})"
        "(call $append_i64 (i64.extend_i32_u (local.get $env))) (call $msg_reply)",
        slot=6,
    )
    replica.install(canister_id, old.build())
    with replica.hold(lambda delivery: delivery.kind == "response") as hold:
        reference = replica.submit(canister_id, "go")
        replica.run_until_idle()
        replica.install(canister_id, new.build(), mode="upgrade")
        assert replica.status(reference) == Pending()
        hold.release()
        assert replica.wait(reference) == Replied(b"new code " + (3).to_bytes(8, "little"))


def test_response_to_a_slot_that_the_new_code_lacks_is_a_trap(
    replica: Replica, echo: Principal
) -> None:
    canister_id = replica.create_canister()
    old = WatCanister()
    old.callback(old.reply("old code"), slot=6)
    old.update("go", old.call(echo, "echo", on_reply=6))
    replica.install(canister_id, old.build())
    with replica.hold(lambda delivery: delivery.kind == "response"):
        reference = replica.submit(canister_id, "go")
        replica.run_until_idle()
        replica.install(canister_id, module(), mode="upgrade")
    outcome = replica.wait(reference)
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0513"


def test_upgrade_of_an_orthogonally_persistent_module_is_refused(replica: Replica) -> None:
    # "install_code", wasm_memory_persistence: such an upgrade must say `keep` or `replace`.
    canister_id = replica.create_canister()
    section = '(@custom "icp:private enhanced-orthogonal-persistence" "")'
    canister = WatCanister()
    canister.raw(section)
    replica.install(canister_id, canister.build())
    with pytest.raises(InstallError, match="Missing upgrade option"):
        replica.install(canister_id, module(), mode="upgrade")


def test_gzip_module_is_hashed_as_submitted(replica: Replica) -> None:
    canister_id = replica.create_canister()
    compressed = gzip.compress(module(), mtime=0)
    replica.install(canister_id, compressed)
    assert replica.canister(canister_id).module_hash == hashlib.sha256(compressed).digest()
    assert replica.update(canister_id, "read") == number(0)
