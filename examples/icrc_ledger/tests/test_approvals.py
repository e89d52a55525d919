"""The rules of ICRC-2, one by one."""

import pytest

from scm import Principal, icrc2
from scm.icrc2 import (
    ApproveErrorAllowanceChanged,
    ApproveErrorBadFee,
    ApproveErrorCreatedInFuture,
    ApproveErrorDuplicate,
    ApproveErrorExpired,
    ApproveErrorGenericError,
    ApproveErrorInsufficientFunds,
    ApproveErrorTooOld,
    TransferFromErrorBadBurn,
    TransferFromErrorBadFee,
    TransferFromErrorDuplicate,
    TransferFromErrorInsufficientAllowance,
    TransferFromErrorInsufficientFunds,
)

pytestmark = pytest.mark.toolchain

FEE = 10
MINTER = Principal(b"\x0aminter\x02")
ALICE = Principal(b"\x0aalice\x02")
BOB = Principal(b"\x0abob\x02")
SHOP = Principal(b"\x0ashop\x02")
DESK = b"desk 2".ljust(32, b"\0")
NONE = (0, None)
SECOND_NS = 10**9


def test_approval_costs_the_fee_and_is_told(bank):
    assert bank.approve(ALICE, SHOP, 300) == 1
    assert bank.allowance(ALICE, SHOP) == (300, None)
    assert (bank.balance(ALICE), bank.supply) == (990, 990)
    assert bank.allowance(ALICE, BOB) == bank.allowance(SHOP, ALICE) == NONE


def test_approval_needs_the_fee_and_not_the_amount(bank):
    assert bank.approve(BOB, SHOP, 300) == ApproveErrorInsufficientFunds(0)
    bank.transfer(ALICE, BOB, FEE)
    assert bank.approve(BOB, SHOP, 300) == 2
    assert bank.balance(BOB) == 0


def test_approval_replaces_the_one_before(bank):
    bank.approve(ALICE, SHOP, 300, expires_at=bank.replica.time_ns + 1)
    bank.approve(ALICE, SHOP, 200)
    assert bank.allowance(ALICE, SHOP) == (200, None)
    bank.approve(ALICE, SHOP, 0)
    assert bank.allowance(ALICE, SHOP) == NONE


def test_approval_checks_its_fee(bank):
    assert bank.approve(ALICE, SHOP, 1, fee=FEE) == 1
    assert bank.approve(ALICE, SHOP, 1, fee=0) == ApproveErrorBadFee(FEE)


def test_expected_allowance_must_be_the_current_one(bank):
    assert bank.approve(ALICE, SHOP, 5, expected_allowance=1) == ApproveErrorAllowanceChanged(0)
    assert bank.approve(ALICE, SHOP, 5, expected_allowance=0) == 1
    assert bank.approve(ALICE, SHOP, 6, expected_allowance=0) == ApproveErrorAllowanceChanged(5)
    assert bank.allowance(ALICE, SHOP) == (5, None)
    assert bank.approve(ALICE, SHOP, 6, expected_allowance=5) == 2
    assert bank.balance(ALICE) == 980


def test_allowance_expires(bank):
    end = bank.replica.time_ns + 60 * SECOND_NS
    bank.approve(ALICE, SHOP, 300, expires_at=end)
    assert bank.allowance(ALICE, SHOP) == (300, end)
    bank.replica.advance_time(59)
    assert bank.transfer_from(SHOP, ALICE, BOB, 20) == 2
    assert bank.allowance(ALICE, SHOP) == (270, end)
    bank.replica.advance_time(1)
    assert bank.allowance(ALICE, SHOP) == NONE
    assert bank.transfer_from(SHOP, ALICE, BOB, 1) == TransferFromErrorInsufficientAllowance(0)
    assert bank.approve(ALICE, SHOP, 5, expected_allowance=0) == 3


def test_approval_must_not_have_expired(bank):
    now = bank.replica.time_ns
    assert bank.approve(ALICE, SHOP, 1, expires_at=now) == ApproveErrorExpired(now)
    assert bank.approve(ALICE, SHOP, 1, expires_at=0) == ApproveErrorExpired(now)
    assert bank.approve(ALICE, SHOP, 1, expires_at=now + 1) == 1


def test_huge_allowance_is_cut(bank):
    assert bank.approve(ALICE, SHOP, 2**1000) == 1
    assert bank.allowance(ALICE, SHOP) == (2**128 - 1, None)


def test_nobody_approves_to_themselves(bank):
    to_self = bank.approve(ALICE, ALICE, 1, spender_subaccount=DESK)
    assert isinstance(to_self, ApproveErrorGenericError)
    assert bank.balance(ALICE) == 1_000


def test_minting_account_lets_nobody_mint(bank):
    assert isinstance(bank.approve(MINTER, SHOP, 1), ApproveErrorGenericError)
    assert bank.transfer_from(SHOP, MINTER, BOB, 1) == TransferFromErrorInsufficientAllowance(0)
    assert bank.supply == 1_000


def test_approvals_are_done_once_if_they_have_a_time(bank):
    now = bank.replica.time_ns
    options = {"created_at_time": now, "expected_allowance": 0}
    assert bank.approve(ALICE, SHOP, 5, **options) == 1
    assert bank.approve(ALICE, SHOP, 5, **options) == ApproveErrorDuplicate(1)
    assert bank.approve(ALICE, SHOP, 5, created_at_time=now) == 2
    assert bank.approve(ALICE, SHOP, 5, created_at_time=now, expires_at=now + 1) == 3
    assert bank.approve(ALICE, SHOP, 5, created_at_time=1) == ApproveErrorTooOld()
    in_future = bank.approve(ALICE, SHOP, 5, created_at_time=2**64 - 1)
    assert in_future == ApproveErrorCreatedInFuture(now)


def test_spender_moves_tokens_and_their_owner_pays_the_fee(bank):
    bank.approve(ALICE, SHOP, 300)
    assert bank.transfer_from(SHOP, ALICE, BOB, 100) == 2
    assert (bank.balance(ALICE), bank.balance(BOB), bank.balance(SHOP)) == (880, 100, 0)
    assert bank.allowance(ALICE, SHOP) == (300 - 100 - FEE, None)
    assert bank.supply == 1_000 - 2 * FEE
    entry = bank.log(2)["entries"][0]["transaction"]
    assert (entry["kind"], entry["spender"]) == ("transfer", {"owner": SHOP, "subaccount": None})


def test_allowance_covers_the_fee_too(bank):
    bank.approve(ALICE, SHOP, 100)
    too_much = bank.transfer_from(SHOP, ALICE, BOB, 91)
    assert too_much == TransferFromErrorInsufficientAllowance(100)
    assert bank.allowance(ALICE, SHOP) == (100, None)
    assert bank.transfer_from(SHOP, ALICE, BOB, 90) == 2
    assert bank.allowance(ALICE, SHOP) == NONE
    spent = bank.transfer_from(SHOP, ALICE, BOB, 0)
    assert spent == TransferFromErrorInsufficientAllowance(0)


def test_allowance_is_not_used_where_funds_are_missing(bank):
    bank.approve(ALICE, SHOP, 5_000)
    refused = bank.transfer_from(SHOP, ALICE, BOB, 981)
    assert refused == TransferFromErrorInsufficientFunds(990)
    assert bank.allowance(ALICE, SHOP) == (5_000, None)


def test_allowance_is_of_one_account_to_one_account(bank):
    bank.transfer(ALICE, ALICE, 400, to_subaccount=DESK)
    bank.approve(ALICE, SHOP, 300, spender_subaccount=DESK)
    none = TransferFromErrorInsufficientAllowance(0)
    assert bank.transfer_from(SHOP, ALICE, BOB, 1) == none
    options = {"spender_subaccount": DESK}
    assert bank.transfer_from(SHOP, ALICE, BOB, 1, source_subaccount=DESK, **options) == none
    assert bank.transfer_from(SHOP, ALICE, BOB, 1, **options) == 3


def test_default_subaccounts_are_32_zeros(bank):
    zeros = bytes(32)
    bank.approve(ALICE, SHOP, 300, spender_subaccount=zeros, from_subaccount=zeros)
    assert bank.allowance(ALICE, SHOP) == (300, None)
    moved = bank.transfer_from(
        SHOP, ALICE, BOB, 1, source_subaccount=zeros, spender_subaccount=zeros
    )
    assert moved == 2


def test_owner_needs_no_allowance_for_the_same_account(bank):
    assert bank.transfer_from(ALICE, ALICE, BOB, 100) == 1
    assert bank.balance(ALICE) == 890
    other = bank.transfer_from(ALICE, ALICE, BOB, 1, spender_subaccount=DESK)
    assert other == TransferFromErrorInsufficientAllowance(0)


def test_transfer_from_checks_its_fee_and_is_done_once(bank):
    bank.approve(ALICE, SHOP, 300)
    bank.approve(ALICE, BOB, 300)
    now = bank.replica.time_ns
    assert bank.transfer_from(SHOP, ALICE, BOB, 1, fee=3) == TransferFromErrorBadFee(FEE)
    assert bank.transfer_from(SHOP, ALICE, BOB, 1, created_at_time=now) == 3
    again = bank.transfer_from(SHOP, ALICE, BOB, 1, created_at_time=now)
    assert again == TransferFromErrorDuplicate(3)
    assert bank.transfer_from(BOB, ALICE, BOB, 1, created_at_time=now) == 4
    assert bank.transfer(ALICE, BOB, 1, created_at_time=now) == 5


def test_spender_burns_without_a_fee(bank):
    bank.approve(ALICE, SHOP, 300)
    assert bank.transfer_from(SHOP, ALICE, MINTER, FEE - 1) == TransferFromErrorBadBurn(FEE)
    too_much = bank.transfer_from(SHOP, ALICE, MINTER, 301)
    assert too_much == TransferFromErrorInsufficientAllowance(300)
    assert bank.transfer_from(SHOP, ALICE, MINTER, 300) == 2
    assert (bank.balance(ALICE), bank.supply) == (690, 690)
    assert bank.allowance(ALICE, SHOP) == NONE


def test_allowances_survive_an_upgrade(bank, wasm):
    end = bank.replica.time_ns + SECOND_NS
    bank.approve(ALICE, SHOP, 300, spender_subaccount=DESK, expires_at=end)
    bank.replica.install(bank.handle.canister_id, wasm, mode="upgrade")
    assert bank.allowance(ALICE, SHOP, DESK) == (300, end)
    moved = bank.transfer_from(SHOP, ALICE, BOB, 100, spender_subaccount=DESK)
    assert moved == 2


def test_standards_are_told(bank):
    names = [standard.name for standard in bank.icrc2.icrc1_supported_standards()]
    assert names == ["ICRC-1", "ICRC-2", "ICRC-10"]
    assert bank.handle.icrc10_supported_standards() == bank.handle.icrc1_supported_standards()
    assert isinstance(bank.icrc2.icrc1_supported_standards()[0], icrc2.Standard)
