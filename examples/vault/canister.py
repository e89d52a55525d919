"""A vault, version 2, the current one: pays out through a ledger, and waits for its answer.

Since version 1 (`versions/v1`): two handlers were inserted before `paid`, a method and a function
were renamed, a state field was added, and the body of `paid` changed.  A call that version 1 made
is answered by this code.
"""

from scm import (
    Method,
    Pending,
    Principal,
    Reject,
    Reply,
    Response,
    Service,
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


class Ledger(Service):
    transfer: Method[[Principal, nat], TransferResult]
    balance_of: Method[[Principal], nat]


@state
class Vault:
    ledger: Principal
    payouts: nat = 0
    paid_total: nat = 0
    refused: nat = 0


@record
class Payout:
    """Travels with the call, in stable memory: what the handler must know about it."""

    to: Principal
    amount: nat
    memo: text | None = None


@init
def setup(ledger: Principal) -> Vault:
    return Vault(ledger=ledger)


@update
def audit(vault: Vault) -> Pending[text]:
    """Ask the ledger for the vault's balance."""
    return Ledger(vault.ledger).balance_of(ic.self_id()).then(audited)


@on_response
def audited(vault: Vault, response: Response[nat]) -> text:
    match response:
        case Reply(balance):
            return f"the vault has {balance}, and has paid {vault.paid_total}"
        case Reject(_, message):
            return f"the ledger is not to be asked: {message}"
        case Unknown():
            return "the ledger did not answer in time"


@update
def pay_if_covered(vault: Vault, to: Principal, amount: nat) -> Pending[text]:
    """Ask for the balance first; pay only if it covers the amount."""
    ic.require_controller()
    payout = Payout(to, amount, "covered")
    return Ledger(vault.ledger).balance_of(ic.self_id()).then(covered, payout)


@on_response
def covered(vault: Vault, payout: Payout, response: Response[nat]) -> text | Pending[text]:
    match response:
        case Reply(balance) if balance >= payout.amount:
            transfer = Ledger(vault.ledger).transfer(payout.to, payout.amount)
            return transfer.bounded(seconds=60).then(paid, payout)
        case _:
            vault.refused += 1
            return f"v2: {payout.amount} is not covered"


@update
def pay(vault: Vault, to: Principal, amount: nat) -> Pending[text]:
    """Pay `amount` from the vault's account; the answer comes when the ledger has answered."""
    ic.require_controller()
    return Ledger(vault.ledger).transfer(to, amount).then(paid, Payout(to, amount))


@on_response
def paid(vault: Vault, payout: Payout, response: Response[TransferResult]) -> text:
    match response:
        case Reply(result):
            return book(vault, payout, result)
        case Reject(code, message):
            vault.refused += 1
            return f"v2: the ledger rejected the call ({code}): {message}"
        case Unknown():
            return "v2: the ledger did not answer in time; ask it before paying again"


def book(vault: Vault, payout: Payout, result: TransferResult) -> str:
    match result:
        case Ok(block):
            vault.payouts += 1
            vault.paid_total += payout.amount
            memo = f" ({payout.memo})" if payout.memo is not None else ""
            return f"v2: paid {payout.amount} to {payout.to} in block {block}{memo}"
        case InsufficientFunds(balance):
            vault.refused += 1
            return f"v2: the vault has only {balance}"
        case Invalid(reason):
            vault.refused += 1
            return f"v2: refused: {reason}"


@query
def total_paid(vault: Vault) -> nat:
    return vault.paid_total


@query
def payouts(vault: Vault) -> nat:
    return vault.payouts


@query
def refused(vault: Vault) -> nat:
    return vault.refused
