from scm import ic, migration, nat, on_timer, query, state, text, update


@state
class Desk:
    price: nat = 0


@on_timer
def remind(desk: Desk) -> None:
    pass


@migration(1, field="price")
def price_as_number(old: text) -> nat:
    ic.cancel_timer("tea")  ## E: timer-place `ic.cancel_timer("tea")`
    return int(old)


@query
def remember(desk: Desk) -> nat:
    return ic.set_timer(remind, after=60)  ## E: timer-place `ic.set_timer(remind, after=60)`


@update
def remember_well(desk: Desk) -> nat:
    return ic.set_timer(remind, after=60)
