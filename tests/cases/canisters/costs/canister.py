"""Methods of many types, all of which return nothing: what they cost is decoding."""

from __future__ import annotations

from scm import (
    Func,
    Method,
    Opt,
    Principal,
    QueryMethod,
    Results,
    Service,
    blob,
    float64,
    int_,
    nat,
    nat8,
    nat64,
    null,
    query,
    record,
    reserved,
    state,
    text,
    variant,
)


@state
class Nothing:
    count: nat = 0


@record
class Row:
    id: nat64
    owner: Principal
    name: text
    amount: nat
    memo: text | None
    flag: bool


@record
class Bare:
    pass


@record
class Wide:
    a: nat | None
    b: text | None
    c: Row | None
    d: blob | None
    e: Principal | None
    f: tuple[nat, ...] | None
    g: nat | None
    h: text | None
    i: Row | None
    j: blob | None
    k: Principal | None
    m: tuple[nat, ...] | None


@record
class Node:
    value: nat
    next: Node | None


@record
class Chain:
    next: Chain | None


@record
class Tree:
    children: tuple[Tree, ...]


@variant
class Leaf:
    pass


@variant
class Branch:
    left: Expression
    right: Expression


@variant
class Number:
    value: int_


Expression = Leaf | Branch | Number


class Ledger(Service):
    transfer: Method[[Row], text]
    balance: QueryMethod[[Principal], nat]
    again: Method[[Func[[Row], Node]], Node]
    other: QueryMethod[[], Results[nat, text]]


@query
def nothing() -> None:
    pass


@query
def get_nat(a: nat) -> None:
    pass


@query
def get_int(a: int_) -> None:
    pass


@query
def get_text(a: text) -> None:
    pass


@query
def get_blob(a: blob) -> None:
    pass


@query
def get_principal(a: Principal) -> None:
    pass


@query
def get_reserved(a: reserved) -> None:
    pass


@query
def opt_nat(a: nat | None) -> None:
    pass


@query
def opt_deep(a: Opt[Opt[Opt[Opt[nat | None]]]]) -> None:
    pass


@query
def nulls(a: tuple[null, ...]) -> None:
    pass


@query
def null_list(a: tuple[tuple[null, ...], ...]) -> None:
    pass


@query
def reserveds(a: tuple[reserved, ...]) -> None:
    pass


@query
def opt_reserveds(a: tuple[Opt[reserved], ...]) -> None:
    pass


@query
def bares(a: tuple[Bare, ...]) -> None:
    pass


@query
def nats(a: tuple[nat, ...]) -> None:
    pass


@query
def ints(a: tuple[int_, ...]) -> None:
    pass


@query
def opt_nats(a: tuple[nat | None, ...]) -> None:
    pass


@query
def texts(a: tuple[text, ...]) -> None:
    pass


@query
def opt_texts(a: tuple[text | None, ...]) -> None:
    pass


@query
def blobs(a: tuple[blob, ...]) -> None:
    pass


@query
def principals(a: tuple[Principal, ...]) -> None:
    pass


@query
def opt_rows(a: tuple[Row | None, ...]) -> None:
    pass


@query
def rows(a: tuple[Row, ...]) -> None:
    pass


@query
def wides(a: tuple[Wide, ...]) -> None:
    pass


@query
def opt_wides(a: tuple[Wide | None, ...]) -> None:
    pass


@query
def node(a: Node) -> None:
    pass


@query
def chain(a: Chain) -> None:
    pass


@query
def opt_chain(a: Chain | None) -> None:
    pass


@query
def tree(a: Tree) -> None:
    pass


@query
def expression(a: Expression) -> None:
    pass


@query
def opt_expressions(a: tuple[Expression | None, ...]) -> None:
    pass


@query
def func(a: Func[[Row, Node], Expression]) -> None:
    pass


@query
def funcs(a: tuple[Func[[Row, Node], Expression], ...]) -> None:
    pass


@query
def opt_funcs(a: tuple[Func[[Row, Node], Expression] | None, ...]) -> None:
    pass


@query
def service(a: Ledger) -> None:
    pass


@query
def services(a: tuple[Ledger, ...]) -> None:
    pass


@query
def opt_services(a: tuple[Ledger | None, ...]) -> None:
    pass


@query
def tuples(a: tuple[tuple[nat, text | None, null], ...]) -> None:
    pass


@query
def floats(a: tuple[float64, ...]) -> None:
    pass


@query
def big_numbers(a: tuple[nat64, ...]) -> None:
    pass


@query
def bools(a: tuple[bool, ...]) -> None:
    pass


@record
class Single:
    n: nat


@record
class Twice:
    inner: Single


@record
class Thrice:
    inner: Twice
    more: null


@record
class Nothings:
    a: null
    b: reserved
    c: Bare


@query
def singles(a: tuple[Single, ...]) -> None:
    pass


@query
def twices(a: tuple[Twice, ...]) -> None:
    pass


@query
def thrices(a: tuple[Thrice, ...]) -> None:
    pass


@query
def opt_thrices(a: tuple[Thrice | None, ...]) -> None:
    pass


@query
def nothings(a: tuple[Nothings, ...]) -> None:
    pass


@query
def opt_nothings(a: tuple[Nothings | None, ...]) -> None:
    pass


@query
def pairs(a: tuple[tuple[nat8, nat8], ...]) -> None:
    pass


@query
def one_tuples(a: tuple[tuple[nat, null], ...]) -> None:
    pass


@query
def int_lists(a: tuple[tuple[int_, ...], ...]) -> None:
    pass


@query
def expressions(a: tuple[Expression, ...]) -> None:
    pass


@query
def row(a: Row) -> None:
    pass
