"""Pays out tokens of an ICRC-1 ledger, whose interface comes with scm."""

from typing import assert_never

from scm import (
    Pending,
    Principal,
    Reject,
    Reply,
    Response,
    Unknown,
    ic,
    init,
    nat,
    on_response,
    query,
    record,
    state,
    text,
    update,
    variant,
)
from scm.icrc1 import (
    Account,
    Icrc1,
    TransferArg,
    TransferErrorBadFee,
    TransferErrorInsufficientFunds,
    TransferResult,
    TransferResultErr,
    TransferResultOk,
)


@variant
class Paid:
    block: nat
    fee: nat


@variant
class Refused:
    reason: text


@variant
class NotKnown:
    """The ledger did not answer in time: look at its log before paying again."""


PayResult = Paid | Refused | NotKnown


@state
class Wallet:
    ledger: Principal
    paid: nat = 0
    fee: nat = 0  # The ledger's, as far as it has told.


@record
class Payment:
    to: Account
    amount: nat
    fee: nat


@init
def setup(ledger: Principal) -> Wallet:
    return Wallet(ledger)


@update
def pay(wallet: Wallet, to: Account, amount: nat) -> Pending[PayResult]:
    """Pay `amount`, for which the ledger takes its fee on top."""
    ic.require_controller()
    return transfer(wallet, Payment(to, amount, wallet.fee))


def transfer(wallet: Wallet, payment: Payment) -> Pending[PayResult]:
    argument = TransferArg(
        to=payment.to,
        amount=payment.amount,
        fee=payment.fee,
        created_at_time=ic.time(),  # So that the ledger knows a repetition.
    )
    call = Icrc1(wallet.ledger).icrc1_transfer(argument)
    return call.bounded(seconds=60).then(transferred, payment)


@on_response
def transferred(
    wallet: Wallet, payment: Payment, response: Response[TransferResult]
) -> PayResult | Pending[PayResult]:
    match response:
        case Reply(result):
            return book(wallet, payment, result)
        case Reject(code, message):
            return Refused(f"rejected with code {code}: {message}")
        case Unknown():
            return NotKnown()


def book(
    wallet: Wallet, payment: Payment, result: TransferResult
) -> PayResult | Pending[PayResult]:
    match result:
        case TransferResultOk(block):
            wallet.paid += payment.amount
            return Paid(block, payment.fee)
        case TransferResultErr(TransferErrorBadFee(expected_fee)) if expected_fee != payment.fee:
            wallet.fee = expected_fee
            return transfer(wallet, Payment(payment.to, payment.amount, expected_fee))
        case TransferResultErr(TransferErrorInsufficientFunds(balance)):
            return Refused(f"the wallet has {balance} left")
        case TransferResultErr(error):
            return Refused(f"the ledger refused: {error}")
        case _:
            assert_never(result)


@query
def paid(wallet: Wallet) -> nat:
    return wallet.paid
