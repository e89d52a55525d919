import functools

import scm
from scm import Method, Response, Service, init, nat, on_response, query as see, query, record, state, update, variant


@state
class State:
    total: nat = 0
    untyped = 1  ## E: missing-type `untyped`


@state
class Other:  ## E: several-states `Other`
    total: nat = 0


@init
def setup() -> State:
    return State()


@init
def setup_again() -> State:  ## E: several-inits `setup_again`
    return State()


class Base:
    pass


@record
class Derived(Base):  ## E: base-class `Base`
    total: nat


@update
def twice(state: State) -> None:
    pass


@query
def twice(state: State) -> None:  ## E: duplicate-name `twice`
    pass


@update
@query  ## E: several-decorators `query`
def both(state: State) -> None:
    pass


@functools.cache  ## E: several-decorators `functools.cache`
@query
def cached(state: State) -> nat:
    return 1


@update()  ## E: wrong-decorator `update()`
def called(state: State) -> None:
    pass


@variant(tag="x")  ## E: wrong-decorator `variant(tag="x")`
class Tagged:
    pass


@record
def function(state: State) -> None:  ## E: wrong-decorator `function`
    pass


@query
class Class:  ## E: wrong-decorator `Class`
    pass


@update
def scm_status(state: State) -> None:  ## E: reserved-name `scm_status`
    pass


def outer() -> None:
    @update
    def inner(state: State) -> None:  ## E: nested-decorated `inner`
        pass


class Box:
    @on_response
    def method(state: State, response: Response[nat]) -> nat:  ## E: nested-decorated `method`
        return 1


@see  ## E: wrong-decorator `see`
def renamed(state: State) -> None:
    pass


@scm.update  ## E: wrong-decorator `scm.update`
def qualified(state: State) -> None:
    pass


if scm:

    @update
    def conditional(state: State) -> None:  ## E: nested-decorated `conditional`
        pass


@record
class Fields:
    scm_total: nat  ## E: reserved-name `scm_total`
    field_values: nat  ## E: reserved-name `field_values`
    __hidden: nat  ## E: reserved-name `__hidden`


class Ledger(Service):
    call_method: Method[[], nat]  ## E: reserved-name `call_method`


@update("shown")
def hidden_name(state: State) -> None:
    pass


@query("shown")
def other_name(state: State) -> None:  ## E: duplicate-name `other_name`
    pass


@update("")  ## E: wrong-decorator `""`
def no_name(state: State) -> None:
    pass


@query(name="x")  ## E: wrong-decorator `query(name="x")`
def by_keyword(state: State) -> None:
    pass


@update("scm_own")
def takes_ours(state: State) -> None:  ## E: reserved-name `takes_ours`
    pass


@update("\ud800")  ## E: wrong-decorator `"\ud800"`
def half_a_character(state: State) -> None:
    pass


@query(7)  ## E: wrong-decorator `7`
def numbered(state: State) -> None:
    pass


@variant(-1)  ## E: wrong-decorator `-1`
class Negative:
    pass


@variant(2**32)  ## E: wrong-decorator `2**32`
class Computed:
    pass


@variant(4_294_967_296)  ## E: wrong-decorator `4_294_967_296`
class TooLarge:
    pass


@variant("\udfff")  ## E: wrong-decorator `"\udfff"`
class OtherHalf:
    pass


@variant(7)
class Seven:
    pass
