from scm import (
    Method,
    Pending,
    Reply,
    Response,
    Results,
    Service,
    nat,
    nat8,
    null,
    on_response,
    state,
    text,
    update,
)


class Ledger(Service):
    fee: Method[[], nat]
    small: Method[[], nat8]
    both: Method[[], Results[nat, text]]
    pair: Method[[], tuple[nat, text]]
    nothing: Method[[], None]
    empty_value: Method[[], null]
    maybe: Method[[], nat | None]


class Other(Service):
    fee: Method[[], nat8]


@state
class State:
    fee: nat = 0


@update
def start(state: State, ledger: Ledger) -> Pending[nat]:
    mine = Ledger(ledger.canister_id)
    if state.fee == 1:
        return ledger.fee().then(took_nat8)  ## E: handler-mismatch `took_nat8`
    if mine == ledger:
        return mine.fee().bounded(5).then(took_nat8)  ## E: handler-mismatch `took_nat8`
    if ledger.canister_id:
        return ledger.small().with_cycles(5).then(took_nat8)
    return Ledger(ledger.canister_id).both().then(took_pair)  ## E: handler-mismatch `took_pair`


@update
def both(state: State, ledger: Ledger) -> Pending[nat]:
    if state.fee == 1:
        return ledger.pair().then(took_pair)
    if state.fee == 2:
        return ledger.nothing().then(took_null)
    return ledger.empty_value().then(took_null)


@update
def small(state: State, ledger: Ledger) -> Pending[nat8]:
    return ledger.fee().then(took_nat)  ## E: handler-mismatch `took_nat`


@update
def wide(state: State, ledger: Ledger) -> Pending[nat | None]:
    return ledger.maybe().then(took_small)  ## E: handler-mismatch `took_small`


@update
def rebound(state: State, ledger: Ledger, other: Other) -> Pending[nat]:
    service = Ledger(ledger.canister_id)
    match other:
        case service:
            return service.fee().then(took_nat8)


@update
def unsent(state: State, ledger: Ledger) -> None:
    ledger.fee()  ## E: dropped-call `ledger.fee()`
    Ledger(ledger.canister_id).small().bounded(5)  ## E: dropped-call
    ledger.fee().send()


@update
def options(state: State, ledger: Ledger) -> Pending[nat]:
    ledger.fee().bounded(300).with_cycles(0).send()
    ledger.fee().bounded(state.fee).send()
    ledger.fee().bounded(0).send()  ## E: out-of-range `0`
    ledger.fee().bounded(seconds=301).send()  ## E: out-of-range `301`
    Ledger(ledger.canister_id).fee().with_cycles(-1).send()  ## E: out-of-range `-1`
    ledger.fee().with_cycles(True).send()
    return ledger.fee().bounded().with_cycles(1 << 128).then(took_nat)


@update
def renamed(state: State, ledger: Ledger) -> Pending[nat]:
    took_nat8 = took_nat
    return ledger.fee().then(took_nat8)


@update
def replaced(state: State, ledger: Ledger) -> Pending[nat]:
    Ledger = Other  # noqa: N806
    return Ledger(ledger.canister_id).fee().then(took_nat8)


class Maker:
    def then(self, handler: object) -> Pending[nat8]:
        raise NotImplementedError


@update
def own_class(state: State) -> Pending[nat8]:
    return Maker().then(took_nat)


@on_response
def took_nat(state: State, response: Response[nat]) -> nat:
    return response.value if isinstance(response, Reply) else 0


@on_response
def took_nat8(state: State, response: Response[nat8]) -> nat:
    return 0


@on_response
def took_pair(state: State, response: Response[tuple[nat, text]]) -> nat:
    return 0


@on_response
def took_null(state: State, response: Response[null]) -> nat:
    return 0


@on_response
def took_small(state: State, response: Response[nat8 | None]) -> nat | None:
    return None
