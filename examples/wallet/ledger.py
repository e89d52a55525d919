"""An ICRC-1 ledger to test against: no sub-accounts, no log, tokens for whoever installs it."""

from scm import Principal, ic, init, nat, nat8, query, record, state, text, update
from scm.icrc1 import (
    Account,
    TransferArg,
    TransferErrorBadFee,
    TransferErrorInsufficientFunds,
    TransferResult,
    TransferResultErr,
    TransferResultOk,
)


@record
class Balance:
    owner: Principal
    amount: nat


@state
class Ledger:
    fee: nat
    balances: tuple[Balance, ...]
    blocks: nat = 0


@init
def setup(owner: Principal, supply: nat, fee: nat) -> Ledger:
    return Ledger(fee, (Balance(owner, supply),))


@query
def icrc1_fee(ledger: Ledger) -> nat:
    return ledger.fee


@query
def icrc1_decimals() -> nat8:
    return 8


@query
def icrc1_symbol() -> text:
    return "TEST"


@query
def icrc1_balance_of(ledger: Ledger, account: Account) -> nat:
    return balance_of(ledger, account.owner)


@update
def icrc1_transfer(ledger: Ledger, argument: TransferArg) -> TransferResult:
    sender = ic.caller()
    if argument.fee is not None and argument.fee != ledger.fee:
        return TransferResultErr(TransferErrorBadFee(ledger.fee))
    total = argument.amount + ledger.fee
    if balance_of(ledger, sender) < total:
        return TransferResultErr(TransferErrorInsufficientFunds(balance_of(ledger, sender)))
    add(ledger, sender, -total)
    add(ledger, argument.to.owner, argument.amount)
    ledger.blocks += 1
    return TransferResultOk(ledger.blocks - 1)


def balance_of(ledger: Ledger, owner: Principal) -> nat:
    return sum(item.amount for item in ledger.balances if item.owner == owner)


def add(ledger: Ledger, owner: Principal, amount: int) -> None:
    total = balance_of(ledger, owner) + amount
    others = tuple(item for item in ledger.balances if item.owner != owner)
    ledger.balances = (*others, Balance(owner, total))
