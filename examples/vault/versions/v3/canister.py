"""A vault, version 3, not to be deployed: it pays no more and has dropped the handler `paid`.

If a call that an older version made still waits for `paid`, this code would leave its caller
without an answer.  `scm build` and `scm check` refuse it; forced past them, its
`canister_post_upgrade` refuses to take over, and the old code goes on.
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
    state,
    text,
    update,
)


class Ledger(Service):
    balance_of: Method[[Principal], nat]


@state
class Vault:
    ledger: Principal
    payouts: nat = 0
    paid_total: nat = 0
    refused: nat = 0


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


@query
def total_paid(vault: Vault) -> nat:
    return vault.paid_total


@query
def payouts(vault: Vault) -> nat:
    return vault.payouts


@query
def refused(vault: Vault) -> nat:
    return vault.refused
