import store
from parts import handlers
from parts.handlers import paid as done
from parts.records import Payout

from scm import Method, Pending, Service, nat, state, update


class Ledger(Service):
    transfer: Method[[nat], nat]


@state
class State:
    total: nat = 0


@update
def pay(state: State, amount: nat) -> Pending[nat]:
    store.LOG.append(amount)
    store.count = 1
    call = Ledger(state.total).transfer(amount)
    if amount:
        return call.then(handlers.paid, Payout(amount))
    if state:
        return call.then(handlers.helper, Payout(amount))  ## E: not-a-handler `handlers.helper`
    return call.then(done, handlers.Other(amount))  ## E: context-mismatch `handlers.Other(amount)`


@update
def paid(state: State) -> nat:
    return 1
