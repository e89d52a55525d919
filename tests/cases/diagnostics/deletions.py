from scm import nat, query, record, state


@record
class Item:
    price: nat


@state
class State:
    total: nat = 0


@query
def total(state: State) -> nat:
    return state.total


@query
def price(state: State) -> nat:
    count = 1
    del count
    return 0


def plain() -> None:
    pass


del total  ## E: deleted-name `total`
del plain

if True:
    del Item  ## E: deleted-name `Item`
