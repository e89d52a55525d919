"""Modules by the quick compiler do what those by the usual one do."""

from __future__ import annotations

import pytest

from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import Rejected, Replied
from scm.replica.usage import COMPILER_VARIABLE
from scm.testing.wat import WatCanister
from scm.wasm.engine_config import EngineKind


def looping(body: str = "") -> WatCanister:
    """`go` counts down from 1,000 and replies; `fail` divides by 0."""
    canister = WatCanister()
    canister.raw(
        f"(func $step (param i32) (result i32) {body} (i32.sub (local.get 0) (i32.const 1)))"
    )
    canister.update(
        "go",
        "(local $left i32) (local.set $left (i32.const 1000))"
        "(loop $again (local.set $left (call $step (local.get $left)))"
        "(br_if $again (local.get $left))) (call $msg_reply)",
    )
    canister.update("fail", "(drop (i32.div_u (i32.const 1) (i32.const 0)))")
    return canister


def fuel_and_answers(
    replica: Replica, canister: WatCanister
) -> tuple[int, list[object], EngineKind]:
    """What two messages cost and give, and the engine that they ran in."""
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    references = [replica.submit(canister_id, name) for name in ("go", "fail")]
    answers: list[object] = [replica.wait(reference) for reference in references]
    code = replica._state.canisters[canister_id].code
    assert code is not None
    return replica.fuel(references[0]), answers, code.module.kind


def test_fuel_and_answers_are_the_same() -> None:
    usual = fuel_and_answers(Replica(), looping())
    quick = fuel_and_answers(Replica(compiler="baseline"), looping())
    assert quick[:2] == usual[:2]
    assert (usual[2], quick[2]) == (EngineKind.FUEL, EngineKind.BASELINE)
    assert isinstance(usual[1][0], Replied)
    assert isinstance(usual[1][1], Rejected)
    assert "integer division by 0" in usual[1][1].message


def test_fuel_of_the_quick_one_lacks_the_size_of_bulk_copies() -> None:
    # As the documentation says; if it does not hold any more, so much the better.
    canister = WatCanister()
    copy = "(memory.copy (i32.const 0) (i32.const 2000) (i32.const 1000))"
    canister.update("go", f"{copy} (call $msg_reply)")
    canister.update("fail", "unreachable")
    usual, _answers, _kind = fuel_and_answers(Replica(), canister)
    quick, _answers, _kind = fuel_and_answers(Replica(compiler="baseline"), canister)
    assert usual - quick == 1_000


def test_a_module_that_the_quick_one_lacks_goes_to_the_usual_one() -> None:
    canister = looping()
    canister.raw("(func $tail (param i32) (result i32) (return_call $step (local.get 0)))")
    assert fuel_and_answers(Replica(compiler="baseline"), canister)[2] is EngineKind.FUEL


def test_the_environment_decides_where_a_replica_is_not_told(monkeypatch) -> None:
    monkeypatch.setenv(COMPILER_VARIABLE, "baseline")
    assert fuel_and_answers(Replica(), looping())[2] is EngineKind.BASELINE
    assert fuel_and_answers(Replica(compiler="optimizing"), looping())[2] is EngineKind.FUEL
    assert fuel_and_answers(Replica(metering="exact"), looping())[2] is EngineKind.COUNTING
    monkeypatch.setenv(COMPILER_VARIABLE, "quick")
    with pytest.raises(ReplicaUsageError, match=f"{COMPILER_VARIABLE} in the environment is"):
        Replica()


def test_the_quick_one_does_not_count_instructions() -> None:
    with pytest.raises(ReplicaUsageError, match="leave `compiler` out"):
        Replica(metering="exact", compiler="baseline")
