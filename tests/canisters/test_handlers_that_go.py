"""Handlers that are retired with an answer, or renamed, while calls wait for them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.canisters.conftest import DeployVault, WriteProject

from scm.model import Principal
from scm.testing.building import CanisterBuilder
from scm.testing.call_counts import CallCounts
from scm.testing.client import RejectError

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
