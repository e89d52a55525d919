"""The rules of ICRC-1, one by one."""

import pytest

from scm import Principal
from scm.icrc1 import (
    Account,
    MetadataValueNat,
    MetadataValueText,
    TransferErrorBadBurn,
    TransferErrorBadFee,
    TransferErrorCreatedInFuture,
    TransferErrorDuplicate,
    TransferErrorGenericError,
    TransferErrorInsufficientFunds,
    TransferErrorTooOld,
)
from scm.replica.errors import InstallError
from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

FEE = 10
MINTER = Principal(b"\x0aminter\x02")
ALICE = Principal(b"\x0aalice\x02")
BOB = Principal(b"\x0abob\x02")
SAVINGS = b"savings".ljust(32, b"\0")
SECOND_NS = 10**9
DAY_S, DRIFT_S = 24 * 3600, 120


def test_token_is_told_by_methods_and_metadata(bank):
    assert bank.icrc1.icrc1_name() == "Test token"
    assert bank.icrc1.icrc1_symbol() == "TT"
    assert bank.icrc1.icrc1_decimals() == 8
    assert bank.icrc1.icrc1_fee() == FEE
    assert bank.icrc1.icrc1_minting_account() == Account(MINTER)
    assert dict(bank.icrc1.icrc1_metadata()) == {
        "icrc1:name": MetadataValueText("Test token"),
        "icrc1:symbol": MetadataValueText("TT"),
        "icrc1:decimals": MetadataValueNat(8),
        "icrc1:fee": MetadataValueNat(FEE),
        "icrc1:max_memo_length": MetadataValueNat(32),
    }


def test_initial_balances_are_minted(bank):
    assert (bank.balance(ALICE), bank.supply) == (1_000, 1_000)
    assert [entry["transaction"]["kind"] for entry in bank.log()["entries"]] == ["mint"]


def test_transfer_moves_tokens_and_burns_the_fee(bank):
    assert bank.transfer(ALICE, BOB, 100) == 1
    assert (bank.balance(ALICE), bank.balance(BOB)) == (1_000 - 100 - FEE, 100)
    assert bank.supply == 1_000 - FEE


def test_transfer_takes_all_but_no_more(bank):
    assert bank.transfer(ALICE, BOB, 991) == TransferErrorInsufficientFunds(1_000)
    assert bank.transfer(BOB, ALICE, 0) == TransferErrorInsufficientFunds(0)
    assert bank.transfer(ALICE, BOB, 2**200) == TransferErrorInsufficientFunds(1_000)
    assert (bank.balance(ALICE), bank.supply, bank.log()["log_length"]) == (1_000, 1_000, 1)
    assert bank.transfer(ALICE, BOB, 990) == 1
    assert (bank.balance(ALICE), bank.balance(BOB)) == (0, 990)


def test_transfer_of_nothing_costs_the_fee(bank):
    assert bank.transfer(ALICE, BOB, 0) == 1
    assert (bank.balance(ALICE), bank.balance(BOB), bank.supply) == (990, 0, 990)


def test_transfer_to_oneself_costs_the_fee(bank):
    assert bank.transfer(ALICE, ALICE, 990) == 1
    assert (bank.balance(ALICE), bank.supply) == (990, 990)
    assert bank.transfer(ALICE, ALICE, 981) == TransferErrorInsufficientFunds(990)


def test_fee_must_be_the_ledgers_if_it_is_given(bank):
    assert bank.transfer(ALICE, BOB, 1, fee=FEE) == 1
    assert bank.transfer(ALICE, BOB, 1, fee=FEE + 1) == TransferErrorBadFee(FEE)
    assert bank.transfer(ALICE, BOB, 1, fee=0) == TransferErrorBadFee(FEE)


def test_subaccounts_are_accounts_of_their_own(bank):
    assert bank.transfer(ALICE, ALICE, 100, to_subaccount=SAVINGS) == 1
    assert (bank.balance(ALICE), bank.balance(ALICE, SAVINGS)) == (890, 100)
    assert bank.transfer(ALICE, BOB, 50, from_subaccount=SAVINGS) == 2
    assert (bank.balance(ALICE, SAVINGS), bank.balance(BOB), bank.balance(ALICE)) == (40, 50, 890)


def test_default_subaccount_is_32_zeros(bank):
    zeros = bytes(32)
    assert bank.balance(ALICE, zeros) == 1_000
    assert bank.transfer(ALICE, BOB, 5, from_subaccount=zeros, to_subaccount=zeros) == 1
    assert (bank.balance(ALICE), bank.balance(BOB)) == (985, 5)
    burn = bank.transfer(ALICE, MINTER, 20, to_subaccount=zeros)
    assert bank.log(burn)["entries"][0]["transaction"]["kind"] == "burn"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_subaccount_of_another_size_is_refused(bank, size):
    with pytest.raises(RejectError, match="a subaccount has 32 bytes"):
        bank.balance(ALICE, b"x" * size)
    with pytest.raises(RejectError, match="a subaccount has 32 bytes"):
        bank.transfer(ALICE, BOB, 1, to_subaccount=b"x" * size)


def test_memo_has_at_most_32_bytes(bank):
    assert bank.transfer(ALICE, BOB, 1, memo=b"x" * 32) == 1
    assert isinstance(bank.transfer(ALICE, BOB, 1, memo=b"x" * 33), TransferErrorGenericError)
    assert bank.log(1)["entries"][0]["transaction"]["memo"] == b"x" * 32


def test_minting_account_mints_without_a_fee(bank):
    assert bank.transfer(MINTER, BOB, 500) == 1
    assert (bank.balance(BOB), bank.supply, bank.balance(MINTER)) == (500, 1_500, 0)
    assert bank.transfer(MINTER, BOB, 500, fee=0) == 2
    assert bank.transfer(MINTER, BOB, 500, fee=FEE) == TransferErrorBadFee(0)


def test_only_the_minting_subaccount_mints(bank):
    refused = bank.transfer(MINTER, BOB, 500, from_subaccount=SAVINGS)
    assert refused == TransferErrorInsufficientFunds(0)


def test_tokens_for_the_minting_account_are_burnt_without_a_fee(bank):
    assert bank.transfer(ALICE, MINTER, 100) == 1
    assert (bank.balance(ALICE), bank.balance(MINTER), bank.supply) == (900, 0, 900)
    assert bank.transfer(ALICE, MINTER, 900, fee=0) == 2
    assert bank.supply == 0
    assert bank.transfer(ALICE, MINTER, 1, fee=FEE) == TransferErrorBadFee(0)


def test_burn_has_a_least_amount(bank):
    assert bank.transfer(ALICE, MINTER, FEE - 1) == TransferErrorBadBurn(FEE)
    assert bank.transfer(ALICE, MINTER, 0) == TransferErrorBadBurn(FEE)
    assert bank.transfer(ALICE, MINTER, 1_001) == TransferErrorInsufficientFunds(1_000)
    assert bank.transfer(ALICE, MINTER, FEE) == 1


def test_what_is_less_than_the_fee_can_be_burnt_as_a_whole(bank):
    bank.transfer(ALICE, BOB, 3)
    assert bank.transfer(BOB, MINTER, 2) == TransferErrorBadBurn(3)
    assert bank.transfer(BOB, MINTER, 3) == 2
    assert bank.transfer(BOB, MINTER, 0) == TransferErrorBadBurn(1)
    assert bank.balance(BOB) == 0


def test_minting_account_has_nothing_to_burn(bank):
    assert bank.transfer(MINTER, MINTER, 5) == TransferErrorInsufficientFunds(0)


def test_request_with_a_time_is_done_once(bank):
    now = bank.replica.time_ns
    assert bank.transfer(ALICE, BOB, 1, created_at_time=now) == 1
    assert bank.transfer(ALICE, BOB, 1, created_at_time=now) == TransferErrorDuplicate(1)
    zeros = {"from_subaccount": bytes(32), "to_subaccount": bytes(32)}
    again = bank.transfer(ALICE, BOB, 1, created_at_time=now, **zeros)
    assert again == TransferErrorDuplicate(1)
    bank.transfer(ALICE, BOB, bank.balance(ALICE) - FEE)
    assert bank.transfer(ALICE, BOB, 1, created_at_time=now) == TransferErrorDuplicate(1)


def test_request_that_differs_anywhere_is_another_one(bank):
    bank.transfer(MINTER, BOB, 1_000)
    now = bank.replica.time_ns
    base = {"created_at_time": now}
    assert bank.transfer(ALICE, BOB, 1, **base) == 2
    assert bank.transfer(ALICE, BOB, 2, **base) == 3
    assert bank.transfer(ALICE, BOB, 1, memo=b"", **base) == 4
    assert bank.transfer(ALICE, BOB, 1, memo=b"rent", **base) == 5
    assert bank.transfer(ALICE, BOB, 1, fee=FEE, **base) == 6
    assert bank.transfer(ALICE, BOB, 1, to_subaccount=SAVINGS, **base) == 7
    assert bank.transfer(ALICE, BOB, 1, created_at_time=now - 1) == 8
    assert bank.transfer(BOB, BOB, 1, **base) == 9


def test_request_without_a_time_is_done_each_time(bank):
    assert [bank.transfer(ALICE, BOB, 1) for _ in range(3)] == [1, 2, 3]


def test_what_was_refused_is_not_done_yet(bank):
    now = bank.replica.time_ns
    refused = bank.transfer(BOB, ALICE, 5, created_at_time=now)
    assert refused == TransferErrorInsufficientFunds(0)
    bank.transfer(ALICE, BOB, 100)
    assert bank.transfer(BOB, ALICE, 5, created_at_time=now) == 2


def test_request_must_be_of_the_last_day(bank):
    made = bank.replica.time_ns
    assert bank.transfer(ALICE, BOB, 1, created_at_time=made) == 1
    bank.replica.advance_time(DAY_S + DRIFT_S)
    assert bank.transfer(ALICE, BOB, 1, created_at_time=made) == TransferErrorDuplicate(1)
    bank.replica.advance_time(1)
    assert bank.transfer(ALICE, BOB, 1, created_at_time=made) == TransferErrorTooOld()
    assert bank.transfer(ALICE, BOB, 1, created_at_time=0) == TransferErrorTooOld()


def test_request_may_be_of_the_future_by_a_drift(bank):
    now = bank.replica.time_ns
    latest = now + DRIFT_S * SECOND_NS
    assert bank.transfer(ALICE, BOB, 1, created_at_time=latest) == 1
    too_late = bank.transfer(ALICE, BOB, 1, created_at_time=latest + 1)
    assert too_late == TransferErrorCreatedInFuture(now)
    much_too_late = bank.transfer(ALICE, BOB, 1, created_at_time=2**64 - 1)
    assert much_too_late == TransferErrorCreatedInFuture(now)


def test_duplicates_are_found_after_older_requests_were_dropped(bank):
    bank.transfer(MINTER, ALICE, 10_000)
    for _ in range(5):
        bank.transfer(ALICE, BOB, 1, created_at_time=bank.replica.time_ns)
        bank.replica.advance_time(DAY_S / 3)
    for _ in range(5):
        made = bank.replica.time_ns
        index = bank.transfer(ALICE, BOB, 1, created_at_time=made)
        bank.replica.advance_time(DAY_S)
        again = bank.transfer(ALICE, BOB, 1, created_at_time=made)
        assert again == TransferErrorDuplicate(index)


def test_log_has_what_was_asked_for(bank):
    bank.replica.advance_time(7)
    bank.transfer(ALICE, BOB, 7, from_subaccount=bytes(32), memo=b"seven", to_subaccount=SAVINGS)
    assert bank.log(1) == {
        "log_length": 2,
        "entries": [
            {
                "timestamp": bank.replica.time_ns,
                "transaction": {
                    "kind": "transfer",
                    "amount": 7,
                    "source": {"owner": ALICE, "subaccount": None},
                    "to": {"owner": BOB, "subaccount": SAVINGS},
                    "spender": None,
                    "fee": None,
                    "memo": b"seven",
                    "created_at_time": None,
                    "expected_allowance": None,
                    "expires_at": None,
                },
            }
        ],
    }


def test_log_is_read_in_parts(bank):
    for amount in range(1, 6):
        bank.transfer(ALICE, BOB, amount)
    found = bank.log(2, 3)
    assert [entry["transaction"]["amount"] for entry in found["entries"]] == [2, 3, 4]
    assert found["log_length"] == 6
    assert bank.log(6)["entries"] == bank.log(2, 0)["entries"] == bank.log(2**70)["entries"] == []
    assert len(bank.log(0, 2**70)["entries"]) == 6


def test_accounts_survive_an_upgrade(bank, wasm):
    now = bank.replica.time_ns
    bank.transfer(ALICE, BOB, 100, to_subaccount=SAVINGS, created_at_time=now)
    bank.replica.install(bank.handle.canister_id, wasm, mode="upgrade")
    assert (bank.balance(ALICE), bank.balance(BOB, SAVINGS), bank.supply) == (890, 100, 990)
    assert bank.icrc1.icrc1_symbol() == "TT"
    repeated = bank.transfer(ALICE, BOB, 100, to_subaccount=SAVINGS, created_at_time=now)
    assert repeated == TransferErrorDuplicate(1)
    assert bank.transfer(ALICE, BOB, 1) == 2


def test_initial_balance_of_the_minting_account_is_refused(replica, wasm):
    minter = {"owner": MINTER}
    token = {"name": "", "symbol": "", "decimals": 0, "fee": 0, "minting_account": minter}
    with pytest.raises(InstallError, match="initial balance"):
        install_canister(replica, wasm, token, [(minter, 5)])
