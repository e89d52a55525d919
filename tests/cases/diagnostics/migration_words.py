from scm import StableMap, migration, nat, query, state


@state
class Shop:
    price: nat = 0
    prices: StableMap[nat, nat] = StableMap()


@migration(1, field="prices")
def with_the_state(shop: Shop, old: nat) -> nat:  ## E: wrong-migration `with_the_state`
    return old


@migration(0, field="prices")  ## E: wrong-decorator `migration(0, field="prices")`
def number_zero(old: nat) -> nat:
    return old


@migration(1)  ## E: wrong-decorator `migration(1)`
def nothing_to_do(old: nat) -> nat:
    return old


@query
def total(shop: Shop) -> nat:
    return shop.price
