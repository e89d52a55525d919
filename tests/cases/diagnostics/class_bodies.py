from typing import ClassVar, Final

from scm import nat, query, record, state, text, update, variant


@record
class Item:
    name: text
    price: nat = 0
    LIMIT: ClassVar[int] = 3  ## E: unknown-type `ClassVar[int]`
    last: Final[int] = 3  ## E: unknown-type `Final[int]`
    (note): text = ""  ## E: class-body `(note): text = ""`
    low, high = 1, 2  ## E: class-body `low, high = 1, 2`
    __slots__ = ("name",)  ## E: class-body `__slots__ = ("name",)`

    def __init__(self, name: text) -> None:  ## E: reserved-name `__init__`
        pass

    def field_values(self) -> tuple[object, ...]:  ## E: reserved-name `field_values`
        return ()

    @property
    def cost(self) -> int:
        return self.price


@variant
class Sold:
    """A case."""

    if True:  ## E: class-body
        price: nat

    class Inner:  ## E: class-body
        pass


@state
class State:
    total: nat = 0

    def __post_init__(self) -> None:
        pass

    print("here")  ## E: class-body `print("here")`


act = update(lambda state: None)  ## E: wrong-decorator `act`


@query
def total(state: State) -> nat:
    return state.total


also_total = total
