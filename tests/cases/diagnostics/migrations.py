from scm import (
    Method,
    Pending,
    Principal,
    Response,
    Service,
    StableMap,
    migration,
    nat,
    on_response,
    on_timer,
    query,
    state,
    text,
    update,
)


@state
class Shop:
    price: nat = 0
    size: nat = 0
    weight: nat = 0
    prices: StableMap[nat, nat] = StableMap()
    nested: StableMap[nat, StableMap[nat, nat]] = StableMap()


class Peer(Service):
    ask: Method[[], nat]


@update
def ask(shop: Shop, peer: Principal) -> Pending[nat]:
    return Peer(peer).ask().then(asked, shop.price)


@on_response
def asked(shop: Shop, price: nat, response: Response[nat]) -> nat:
    return price


@migration(1, field="price")
def price_from_text(old: text) -> bool:
    return old == "yes"


@migration(2, field="price")
def price_from_bool(old: bool) -> nat:
    return int(old)


@migration(3, field="size")
def late_start_is_allowed(old: text) -> nat:
    return int(old)


@migration(5, field="size")
def leaves_a_gap(old: nat) -> nat:  ## E: wrong-migration `leaves_a_gap`
    return old


@migration(5, field="size")
def same_number(old: nat) -> nat:  ## E: wrong-migration `same_number`
    return old


@migration(1, field="weight")
def other_result(old: nat) -> text:  ## E: wrong-migration `other_result`
    return str(old)


@migration(1, field="nested")
def inner_values(old: text) -> nat:
    return int(old)


@migration(1, field="gone")
def no_field(old: text) -> nat:  ## E: wrong-migration `no_field`
    return int(old)


@migration(2, handler="asked")
def contexts_from_the_start(old: nat) -> nat:  ## E: wrong-migration `contexts_from_the_start`
    return old


@on_timer
def remind(shop: Shop, price: nat) -> None:
    pass


@migration(1, handler="remind")
def contexts_of_timers(old: text) -> nat:
    return int(old)


@on_timer
def sweep(shop: Shop) -> None:
    pass


@migration(1, handler="sweep")
def no_context(old: text) -> nat:  ## E: wrong-migration `no_context`
    return int(old)


@on_timer
def late(shop: Shop, price: nat) -> None:
    pass


@migration(2, handler="late")
def timers_from_the_start(old: text) -> nat:  ## E: wrong-migration `timers_from_the_start`
    return int(old)


@query
def total(shop: Shop) -> nat:
    return shop.price
