from scm import (
    Method,
    Pending,
    Principal,
    Response,
    Service,
    init,
    nat,
    on_response,
    record,
    state,
    update,
)


class Ledger(Service):
    transfer: Method[[nat], nat]


@record
class Payout:
    amount: nat


@record
class Refund:
    amount: nat


@state
class State:
    proxy: Principal
    total: nat = 0


@init
def setup(proxy: Principal) -> State:
    return State(proxy)


@on_response
def paid(state: State, payout: Payout, response: Response[nat]) -> nat:
    return 1


@on_response
def settled(state: State, response: Response[nat]) -> nat:
    return 1


@on_response
def noted(state: State, payout: Payout, response: Response[nat]) -> None:
    state.total += 1


def plain(state: State, payout: Payout, response: Response[nat]) -> nat:
    return 1


@update
def pay(state: State, ledger: Ledger) -> Pending[nat]:
    call = ledger.transfer(1)

    def nested(state: State, response: Response[nat]) -> nat:
        return 1

    _ = call.then(plain, Payout(1))  ## E: not-a-handler `plain`
    _ = call.then(nested)  ## E: not-a-handler `nested`
    _ = call.then(lambda state, response: 1)  ## E: not-a-handler `lambda state, response: 1`
    _ = call.then(Payout, Payout(1))  ## E: not-a-handler `Payout`
    _ = call.then(paid)  ## E: context-mismatch `paid`
    _ = call.then(paid, Refund(1))  ## E: context-mismatch `Refund(1)`
    _ = call.then(settled, Payout(1))  ## E: context-mismatch `Payout(1)`
    _ = call.then(settled)
    call.via(state.proxy, plain, Payout(1))  ## E: not-a-handler `plain`
    call.via(state.proxy, lambda state, response: None)  ## E: not-a-handler `lambda state, response: None`
    call.via(state.proxy, noted)  ## E: context-mismatch `noted`
    call.via(state.proxy, noted, Refund(1))  ## E: context-mismatch `Refund(1)`
    call.via(state.proxy, noted, context=Payout(1))
    return call.then(paid, context=Payout(1))
