from random import Item

from scm import nat, state


@state
class State:
    item: Item | None = None
    total: nat = 0
