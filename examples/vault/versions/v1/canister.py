"""A vault, version 1: pays out through a ledger, and waits for its answer."""

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


@state
class Vault:
    ledger: Principal
    payouts: nat = 0
    paid_total: nat = 0


@record
class Payout:
    """Travels with the call, in stable memory: what the handler must know about it."""

    to: Principal
    amount: nat


@init
def setup(ledger: Principal) -> Vault:
    return Vault(ledger=ledger)


@update
def pay(vault: Vault, to: Principal, amount: nat) -> Pending[text]:
    """Pay `amount` from the vault's account; the answer comes when the ledger has answered."""
    ic.require_controller()
    return Ledger(vault.ledger).transfer(to, amount).then(paid, Payout(to, amount))


@on_response
def paid(vault: Vault, payout: Payout, response: Response[TransferResult]) -> text:
    match response:
        case Reply(result):
            return record_result(vault, payout, result)
        case Reject(code, message):
            return f"v1: the ledger rejected the call ({code}): {message}"
        case Unknown():
            return "v1: the ledger did not answer in time; ask it before paying again"


def record_result(vault: Vault, payout: Payout, result: TransferResult) -> str:
    match result:
        case Ok(block):
            vault.payouts += 1
            vault.paid_total += payout.amount
            return f"v1: paid {payout.amount} in block {block}"
        case InsufficientFunds(balance):
            return f"v1: the vault has only {balance}"
        case Invalid(reason):
            return f"v1: refused: {reason}"


@query
def paid_total(vault: Vault) -> nat:
    return vault.paid_total


@query
def payouts(vault: Vault) -> nat:
    return vault.payouts
