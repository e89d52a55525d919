"""An upgrade that would lose a caller or the state is refused at install; the old code goes on."""

from __future__ import annotations

import re

import pytest

from scm.replica.errors import InstallError
from scm.testing.call_counts import CallCounts
from scm.testing.wat import WatCanister

pytestmark = pytest.mark.toolchain

CONTEXT = "(record { to : principal; amount : nat; memo : opt text })"


def changed(source, *replacements):
    for old, new in replacements:
        assert old in source, old
        source = source.replace(old, new)
    return source


@pytest.fixture(scope="session")
def incompatible(build_canister, write_project, vault_sources):
    """All three handlers changed, each in another way; as if someone had edited the slot file."""
    source = changed(
        vault_sources["v2"],
        # What travels with calls for `paid` (and `covered`) needs a field that old calls lack.
        ("    memo: text | None = None\n", "    memo: text | None\n    reference: nat\n"),
        ("Payout(to, amount, ", "Payout(to, amount, reference=1, memo="),
        ("Payout(to, amount))", "Payout(to, amount, None, 1))"),
        # `audited` expects another response.
        ("balance_of: Method[[Principal], nat]", "balance_of: Method[[Principal], text]"),
        ("response: Response[nat]", "response: Response[text]"),
        ("case Reply(balance) if balance >= payout.amount:", "case Reply(balance) if balance:"),
    )
    lock = changed(
        vault_sources["v2.lock"],
        (CONTEXT, CONTEXT.replace("opt text", "opt text; reference : nat")),
        ('response = "(nat)"', 'response = "(text)"'),
    )
    return build_canister(write_project(source, lock))


@pytest.fixture(scope="session")
def other_reply(build_canister, write_project, vault_sources):
    """`audited` replies with another type, and the state has a field of another type."""
    source = changed(
        vault_sources["v2"],
        ("def audit(vault: Vault) -> Pending[text]:", "def audit(vault: Vault) -> Pending[nat]:"),
        (
            "def audited(vault: Vault, response: Response[nat]) -> text:\n",
            "def audited(vault: Vault, response: Response[nat]) -> nat:\n    return 1\n\n\n"
            "def unused(vault: Vault, response: Response[nat]) -> text:\n",
        ),
        ("    refused: nat = 0\n", "    refused: text = '0'\n"),
        ("vault.refused += 1", "vault.refused += '1'"),
        ("def refused(vault: Vault) -> nat:", "def refused(vault: Vault) -> text:"),
    )
    audited = 'name = "audited"\nslot = 65553\ncontext = "()"\nresponse = "(nat)"\nreply = "('
    lock = changed(vault_sources["v2.lock"], (f'{audited}text)"', f'{audited}nat)"'))
    return build_canister(write_project(source, lock))


@pytest.fixture(scope="session")
def without_handlers(build_canister, write_project, vault_sources):
    """`paid` and `covered` are gone, and so is the slot file: `audited` is at another slot.

    The state has a new field without a default, which only `setup` could fill.
    """
    source = changed(
        vault_sources["v3"],
        ("    ledger: Principal\n", "    ledger: Principal\n    owner: Principal\n"),
        ("Vault(ledger=ledger)", "Vault(ledger, ic.caller())"),
    )
    return build_canister(write_project(source))


@pytest.fixture(scope="session")
def retired(build_canister, write_project, vault_sources):
    """`paid` and `covered` are retired, as the command line can do once no call waits for them."""
    project = write_project(vault_sources["v3"], vault_sources["v2.lock"])
    return build_canister(project, retire=frozenset({"paid", "covered"}))


def refuse(scene, wasm):
    """The reason why the upgrade is refused; the canister must be as it was."""
    before = scene.replica.canister(scene.vault.canister_id).module_hash
    counts = scene.counts
    with pytest.raises(InstallError) as caught:
        scene.upgrade(wasm)
    assert scene.replica.canister(scene.vault.canister_id).module_hash == before
    assert scene.counts == counts
    message = re.search(r"'UpgradeError: (.*)'", caught.value.message, re.DOTALL)
    assert message is not None, caught.value.message
    return message[1]


def refuse_while_waiting(scene, wasm, method, *arguments):
    """Refuse the upgrade while two calls of `method` wait; both are answered by the old code."""
    with scene.hold_responses():
        calls = [scene.vault.submit(method, *arguments) for _ in range(2)]
        scene.replica.run_until_idle()
        reason = refuse(scene, wasm)
    answers = [call.result() for call in calls]
    assert scene.answers(method) == 2
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
    return reason, answers


def test_missing_handler_is_refused(deploy_vault, vault_v2, retired, customer):
    scene = deploy_vault(vault_v2)
    reason, answers = refuse_while_waiting(scene, retired, "pay", customer, 5)
    assert reason == (
        "2 calls wait for response handler `paid`, which the new code does not have; "
        "the old code goes on"
    )
    assert answers == [f"v2: paid 5 to {customer} in block {block}" for block in (3, 5)]


def test_every_reason_is_given(deploy_vault, vault_v2, retired, customer):
    scene = deploy_vault(vault_v2)
    with scene.hold_responses():
        scene.vault.submit("pay", customer, 5)
        scene.vault.submit("pay_if_covered", customer, 5)
        scene.vault.submit("audit")
        scene.replica.run_until_idle()
        reason = refuse(scene, retired)
    assert reason == (
        "1 call waits for response handler `covered`, which the new code does not have; "
        "1 call waits for response handler `paid`, which the new code does not have; "
        "the old code goes on"
    )


def test_retired_handler_is_fine_when_no_call_waits(deploy_vault, vault_v2, retired, customer):
    scene = deploy_vault(vault_v2)
    scene.vault.pay(customer, 5)
    with scene.hold_responses():
        audit = scene.vault.submit("audit")
        scene.replica.run_until_idle()
        scene.upgrade(retired)
    assert audit.result() == "the vault has 9999995, and has paid 5"
    assert scene.vault.total_paid() == 5


def test_moved_slot_is_refused(deploy_vault, vault_v2, without_handlers):
    scene = deploy_vault(vault_v2)
    reason, _ = refuse_while_waiting(scene, without_handlers, "audit")
    assert "2 calls wait for response handler `audited`, which moved from slot 65553" in reason


def test_incompatible_context_is_refused(deploy_vault, vault_v2, incompatible, customer):
    scene = deploy_vault(vault_v2)
    reason, _ = refuse_while_waiting(scene, incompatible, "pay", customer, 5)
    assert reason.startswith("2 calls wait for response handler `paid`, whose context changed: ")
    assert reason.endswith("of type `nat` is missing; the old code goes on")


def test_incompatible_response_is_refused(deploy_vault, vault_v2, incompatible):
    scene = deploy_vault(vault_v2)
    reason, _ = refuse_while_waiting(scene, incompatible, "audit")
    assert "response handler `audited`, whose response type changed: " in reason
    assert "nat" in reason
    assert "text" in reason


def test_incompatible_reply_is_refused(deploy_vault, vault_v2, other_reply):
    scene = deploy_vault(vault_v2)
    reason, _ = refuse_while_waiting(scene, other_reply, "audit")
    assert "response handler `audited`, whose reply type changed: " in reason


def test_incompatible_handlers_are_fine_when_no_call_waits(
    deploy_vault, vault_v2, incompatible, customer
):
    scene = deploy_vault(vault_v2)
    scene.vault.pay(customer, 5)
    scene.upgrade(incompatible)
    assert scene.vault.pay(customer, 7) == f"v2: paid 7 to {customer} in block 5"
    assert scene.vault.total_paid() == 12


def test_incompatible_state_is_refused_even_when_no_call_waits(
    deploy_vault, vault_v2, other_reply, customer
):
    scene = deploy_vault(vault_v2)
    assert "state field `refused`" in refuse(scene, other_reply)
    assert scene.vault.pay(customer, 5) == f"v2: paid 5 to {customer} in block 3"


def test_new_state_field_without_default_is_refused(deploy_vault, vault_v2, without_handlers):
    scene = deploy_vault(vault_v2)
    reason = refuse(scene, without_handlers)
    assert reason.startswith("state field `owner` is new and has no default")


def test_foreign_stable_memory_is_refused(replica, vault_v2):
    foreign = replica.create_canister()
    replica.install(foreign, WatCanister().build())
    with pytest.raises(InstallError, match="stable memory was not written by scm"):
        replica.install(foreign, vault_v2, mode="upgrade")
    assert replica.canister(foreign).stable_memory_size_bytes == 0
