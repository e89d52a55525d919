"""Handlers that are retired with an answer, or renamed, while calls wait for them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.canisters.conftest import DeployVault, WriteProject

from scm.model import Principal
from scm.replica.errors import InstallError
from scm.testing.building import CanisterBuilder
from scm.testing.call_counts import CallCounts
from scm.testing.client import RejectError
from scm.testing.upgrades import check_live, is_safe

pytestmark = pytest.mark.toolchain

BOB = Principal.from_text("ryjl3-tyaaa-aaaaa-aaaba-cai")
CLOSED = "payments are closed"
NOTHING_LEFT = CallCounts(waiting=0, failed=0, orphans=0)


@pytest.fixture(scope="session")
def closed(
    build_canister: CanisterBuilder, write_project: WriteProject, vault_sources: Mapping[str, str]
) -> bytes:
    """`paid` is retired with an answer, `covered` without one; `audited` has another name."""
    source = vault_sources["v3"]
    assert source.count("audited") == 2
    source = source.replace("@on_response\ndef audited", "@on_response\ndef reviewed")
    source = source.replace("@on_response", '@on_response(formerly=("audited",))')
    source = source.replace("then(audited", "then(reviewed")
    project = write_project(source, vault_sources["v2.lock"])
    return build_canister(project, retire={f"paid={CLOSED}", "covered"})


@pytest.fixture(scope="session")
def reopened(
    build_canister: CanisterBuilder, write_project: WriteProject, vault_sources: Mapping[str, str]
) -> bytes:
    """`paid` is back, with a context that the calls of old don't have."""
    source, lock = vault_sources["v2"], vault_sources["v2.lock"]
    for old, new in (
        ("    memo: text | None = None\n", "    memo: text | None\n    reference: nat\n"),
        ("Payout(to, amount, ", "Payout(to, amount, reference=1, memo="),
        ("Payout(to, amount))", "Payout(to, amount, None, 1))"),
    ):
        assert old in source
        source = source.replace(old, new)
    assert "memo : opt text }" in lock
    return build_canister(
        write_project(
            source, lock.replace("memo : opt text }", "memo : opt text; reference : nat }")
        )
    )


def test_calls_of_a_retired_handler_are_not_forgotten_by_later_versions(
    deploy_vault: DeployVault, vault_v2: bytes, closed: bytes, reopened: bytes
) -> None:
    scene = deploy_vault(vault_v2)
    with scene.hold_responses() as hold:
        payment = scene.vault.submit("pay", BOB, 5)
        scene.replica.run_until_idle()
        scene.upgrade(closed)
        assert not is_safe(check_live(scene.replica, scene.vault.canister_id, reopened))
        with pytest.raises(InstallError, match="1 call waits for response handler `paid`, whose"):
            scene.upgrade(reopened)
        assert is_safe(check_live(scene.replica, scene.vault.canister_id, vault_v2))
        scene.upgrade(vault_v2)
        hold.release()
    assert payment.result() == f"v2: paid 5 to {BOB} in block 3"
    assert scene.counts == NOTHING_LEFT


def test_callers_who_wait_for_a_retired_handler_are_rejected_with_its_answer(
    deploy_vault: DeployVault, vault_v2: bytes, closed: bytes
) -> None:
    scene = deploy_vault(vault_v2)
    with scene.hold_responses() as hold:
        payments = [scene.vault.submit("pay", BOB, amount) for amount in (1, 2, 3)]
        scene.replica.run_until_idle()
        scene.upgrade(closed)
        assert scene.counts.waiting == 3
        hold.release()
    for payment in payments:
        with pytest.raises(RejectError, match=CLOSED) as caught:
            payment.result()
        assert caught.value.code == 4
    assert scene.counts == NOTHING_LEFT


def test_a_handler_under_a_new_name_takes_over_the_calls_of_the_old_one(
    deploy_vault: DeployVault, vault_v2: bytes, closed: bytes
) -> None:
    scene = deploy_vault(vault_v2)
    with scene.hold_responses() as hold:
        before = scene.vault.submit("audit")
        scene.replica.run_until_idle()
        scene.upgrade(closed)
        after = scene.vault.submit("audit")
        scene.replica.run_until_idle()
        scene.upgrade(closed)
        hold.release()
    assert before.result() == after.result()
    assert scene.counts == NOTHING_LEFT
