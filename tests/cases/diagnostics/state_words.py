from scm import nat, query, state

NAMES = ("gone",)


@state(dropped=NAMES)  ## E: wrong-decorator `state(dropped=NAMES)`
class Shop:
    total: nat = 0


@query
def total(shop: Shop) -> nat:
    return shop.total
