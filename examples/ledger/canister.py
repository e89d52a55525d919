"""A small ledger: the canister that the vault calls and waits for."""

from scm import Principal, ic, nat, query, record, state, text, update, variant


@record
class Account:
    owner: Principal
    balance: nat


@state
class Ledger:
    accounts: tuple[Account, ...] = ()
    blocks: nat = 0


@variant
class Ok:
    value: nat


@variant
class InsufficientFunds:
    balance: nat


@variant
class Invalid:
    reason: text


TransferResult = Ok | InsufficientFunds | Invalid


@update
def mint(ledger: Ledger, to: Principal, amount: nat) -> nat:
    """Create tokens; only a controller may.  Returns the block's number."""
    ic.require_controller()
    return settle(ledger, to, balance(ledger, to) + amount)


@update
def transfer(ledger: Ledger, to: Principal, amount: nat) -> TransferResult:
    """Move the caller's tokens."""
    if amount == 0:
        return Invalid("nothing to transfer")
    funds = balance(ledger, ic.caller())
    if funds < amount:
        return InsufficientFunds(funds)
    settle(ledger, ic.caller(), funds - amount)
    return Ok(settle(ledger, to, balance(ledger, to) + amount))


@query
def balance_of(ledger: Ledger, owner: Principal) -> nat:
    """An account's balance."""
    return balance(ledger, owner)


def balance(ledger: Ledger, owner: Principal) -> int:
    for account in ledger.accounts:
        if account.owner == owner:
            return account.balance
    return 0


def settle(ledger: Ledger, owner: Principal, amount: int) -> int:
    others = tuple([account for account in ledger.accounts if account.owner != owner])
    ledger.accounts = (*others, Account(owner, amount))
    ledger.blocks += 1
    return ledger.blocks
