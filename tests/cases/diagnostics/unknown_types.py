from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict, Union

from scm import (
    Func,
    Method,
    Name,
    Opt,
    Pending,
    Principal,
    RawMessage,
    Response,
    Results,
    Service,
    Some,
    blob,
    nat,
    null,
    on_response,
    query,
    record,
    state,
    text,
    update,
    variant,
)

type_alias = dict[str, int]
Maybe = nat | None
Mint = Method[[nat], nat]


class Plain:
    pass


class Colour(Enum):
    RED = 1


class Typed(TypedDict):
    a: int


@variant
class Yes:
    pass


@variant
class No:
    value: text


@record
class Item:
    name: text
    flags: set[text]  ## E: unknown-type `set[text]`
    prices: list[nat]  ## E: mutable-field `list[nat]`
    nested: tuple[tuple[list[nat], ...], ...]  ## E: mutable-field `list[nat]`
    raw: bytearray  ## E: unknown-type `bytearray`
    twice: Opt[nat] | None  ## E: unknown-type `Opt[nat] | None`
    alias: Maybe | None  ## E: unknown-type `Maybe | None`
    inner: tuple[nat | None | None, ...]  ## E: unknown-type `nat | None | None`
    once: Opt[Maybe]


@state
class State:
    total: int = 0
    share: float = 0.0
    flag: bool = False
    key: bytes = b""
    owner: Principal | None = None
    kind: Literal["a", "b"] = "a"  ## E: unknown-type `Literal["a", "b"]`
    when: datetime | None = None  ## E: unknown-type `datetime`
    named: Annotated[nat, Name("x")] = 0  ## E: unknown-type `Annotated[nat, Name("x")]`


class Ledger(Service):
    transfer: Method[[Principal, dict[str, int]], nat]  ## E: unknown-type `dict[str, int]`
    balance: Method[[], Any]  ## E: unknown-type `Any`
    fee: nat  ## E: service-method `nat`
    mint: Mint  ## E: service-method `Mint`
    burn: Method  ## E: unknown-type `Method`

    def helper(self) -> int:  ## E: service-method
        return 1


@update
def a(state: State, items: list[dict[str, int]]) -> None:  ## E: unknown-type `dict[str, int]`
    pass


@update
def b(state: State, item: type_alias) -> None:  ## E: unknown-type `type_alias`
    pass


@update
def c(state: State, item: "tuple[Any, ...]") -> None:  ## E: unknown-type `"tuple[Any, ...]"`
    pass


@update
def d(state: State, item: Yes | nat) -> Plain:  ## E: unknown-type `Yes | nat`; unknown-type `Plain`
    return Plain()


@update
def e(state: State, pair: tuple[nat, Any]) -> tuple[()]:  ## E: unknown-type `Any`; unknown-type `tuple[()]`
    pass


@update
def f(state: State, item: "Undefined") -> list:  ## E: unknown-type `"Undefined"`; unknown-type `list`
    return []


@update
def g(state: State, item: Yes | No | None, some: blob | None) -> Yes | No:
    return Yes()


@query
def h(state: State) -> list[Typed]:  ## E: unknown-type `Typed`
    return []


@on_response
def i(state: State, item: Item, response: Response[Plain]) -> nat:  ## E: unknown-type `Plain`
    return 1


@on_response
def j(state: State, response: Response[nat]) -> nat | Pending[text]:  ## E: unknown-type `nat | Pending[text]`
    return 1


@on_response
def k(state: State, response: Response) -> nat | Pending[nat]:  ## E: unknown-type `Response`
    return 1


@update
def m(state: State, later: Pending[nat]) -> Response[nat]:  ## E: unknown-type `Pending[nat]`; unknown-type `Response[nat]`
    return 1


@update
def n(state: State, again: State) -> State:  ## E: misplaced-state `again: State`; unknown-type `State`
    return state


class SubItem(Item):  ## E: value-subclass `SubItem`
    pass


class Outer:
    class SubYes(Yes):  ## E: value-subclass `SubYes`
        pass


Alias = State


class SubState(Alias):  ## E: value-subclass `SubState`
    pass


@update
def o(state: State, colour: Colour, sub: SubItem) -> None:  ## E: unknown-type `Colour`; unknown-type `SubItem`
    pass


@update
def p(state: State, both: null | None) -> Some[nat]:  ## E: unknown-type `null | None`; unknown-type `Some[nat]`
    return Some(1)


@update
def q(state: State, deep: Union[Opt[nat], None]) -> Opt[nat | None]:  # One opt: `None` twice.
    return None


@update
def r(state: State, pair: Results[nat, text]) -> Results[nat, text]:  ## E: unknown-type `Results[nat, text]`
    return 1, "a"


@record
class Named:
    empty_name: Annotated[nat, Name("")]  ## E: unknown-type `Annotated[nat, Name("")]`
    too_large: Annotated[nat, Name(1 << 32)]  ## E: unknown-type `Annotated[nat, Name(1 << 32)]`
    inside: tuple[Annotated[nat, Name("x")], ...]  ## E: unknown-type `tuple[Annotated[nat, Name("x")], ...]`
    fine: Annotated[nat, Name("from")]
    half: Annotated[nat, Name("\ud800")]  ## E: unknown-type `Annotated[nat, Name("\ud800")]`
    no_name: Annotated[nat, Name]  ## E: unknown-type `Annotated[nat, Name]`
    deeper: tuple[Annotated[nat, Name], ...]  ## E: unknown-type `Annotated[nat, Name]`
    two: Annotated[nat, Name("a"), Name("b")]  ## E: unknown-type `Annotated[nat, Name("a"), Name("b")]`
    dots: tuple[nat, text, ...]  ## E: unknown-type `tuple[nat, text, ...]`
    dots_first: tuple[..., nat]  ## E: unknown-type `tuple[..., nat]`
    bare: Opt  ## E: unknown-type `Opt`
    bare_within: tuple[Opt, ...]  ## E: unknown-type `Opt`
    value: [nat]  ## E: unknown-type `[nat]`
    number: 7  ## E: unknown-type `7`
    quoted: "Opt[nat, nat]"  ## E: unknown-type `"Opt[nat, nat]"`
    endless: "Chain"  ## E: unknown-type `"Chain"`
    unhashable: Annotated[nat, []]


Chain = tuple["Chain", ...]


class Numbered(Service):
    first: Annotated[Method[[nat], None], Name(7)]  ## E: unknown-type `Annotated[Method[[nat], None], Name(7)]`


@update
def s(state: State, f: Func, g: Func[[Any], nat], h: Service) -> None:  ## E: unknown-type `Func`; unknown-type `Any`; unknown-type `Service`
    pass


@update
def t(state: State, a: Annotated[nat, Name("from")]) -> Annotated[nat, Name("to")]:  ## E: unknown-type `Annotated[nat, Name("from")]`; unknown-type `Annotated[nat, Name("to")]`
    return a


@on_response
def u(state: State, response: Annotated[Response[nat], Name("r")]) -> None:  ## E: unknown-type `Annotated[Response[nat], Name("r")]`
    pass


@update
def v(state: State, a: list[nat, text], b: list[()]) -> None:  ## E: unknown-type `list[nat, text]`; unknown-type `list[()]`
    pass


@record
class Raw:
    message: RawMessage  ## E: unknown-type `RawMessage`
    messages: tuple[RawMessage, ...]  ## E: unknown-type `RawMessage`


@update
def w(state: State, message: RawMessage) -> list[RawMessage]:  ## E: unknown-type `RawMessage`; unknown-type `RawMessage`
    return [message]


@on_response
def x(state: State, context: RawMessage, response: Response[RawMessage]) -> None:  ## E: unknown-type `RawMessage`
    pass


@on_response
def y(state: State, response: Response[list[RawMessage]]) -> None:  ## E: unknown-type `RawMessage`
    pass


class Opaque(Service):
    any: Method[[RawMessage], RawMessage]  ## E: unknown-type `RawMessage`
