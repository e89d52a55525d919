from scm import (
    Method,
    Principal,
    Reply,
    Response,
    Service,
    ic,
    init,
    migration,
    nat,
    on_response,
    query,
    state,
    text,
    update,
)


class Ledger(Service):
    fee: Method[[], nat]


@state
class Desk:
    proxy: Principal
    ledger: Principal
    price: nat = 0


@init
def setup(proxy: Principal, ledger: Principal) -> Desk:
    Ledger(ledger).fee().via(proxy, noted)  ## E: call-place `Ledger(ledger).fee().via(proxy, noted)`
    if proxy == ledger:
        ic.reject("they are one")
    return Desk(proxy, ledger)


@migration(1, field="price")
def price_as_number(old: text) -> nat:
    if not old:
        ic.reject("there is no price")  ## E: call-place `ic.reject("there is no price")`
    Ledger(ic.self_id()).fee().send()  ## E: call-place `Ledger(ic.self_id()).fee().send()`
    return int(old)


@query
def look(desk: Desk) -> nat:
    call = Ledger(desk.ledger).fee()
    call.send()  ## E: query-calls `call.send()`
    call.via(proxy=desk.proxy, handler=noted)  ## E: query-calls
    if not desk.price:
        ic.reject("there is no price yet")
    return desk.price


def give_up(desk: Desk) -> None:
    Ledger(desk.ledger).fee().via(desk.proxy, noted)  ## E: call-place
    Ledger(desk.ledger).fee().send()  ## E: call-place
    ic.reject("no")  ## E: call-place `ic.reject("no")`


@on_response(on_trap=give_up)
def noted(desk: Desk, response: Response[nat]) -> None:
    if isinstance(response, Reply):
        desk.price = response.value


@on_response(on_trap=give_up)
def noted_too(desk: Desk, response: Response[nat]) -> None:
    Ledger(desk.ledger).fee().via(desk.proxy, noted)


@update
def ask(desk: Desk) -> nat:
    Ledger(desk.ledger).fee().send()
    return Ledger(desk.ledger).fee().via(desk.proxy, noted)
