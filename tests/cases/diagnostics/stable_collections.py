from __future__ import annotations

from collections import deque

from scm import (
    Func,
    Principal,
    Service,
    StableBlob,
    StableCell,
    StableDeque,
    StableHeap,
    StableList,
    StableMap,
    StableQueue,
    StableSet,
    empty,
    init,
    nat,
    query,
    record,
    reserved,
    state,
    text,
    update,
    variant,
)

Alias = StableMap[text, nat]
CACHE = StableMap[text, nat]()  ## E: collection-place `StableMap[text, nat]()`
LOOSE = StableList()  ## E: collection-place `StableList()`


class Ledger(Service):
    pass


@record
class Tree:
    children: tuple["Tree", ...]


@record
class Odd:
    name: text
    callback: Func[[], None]


@variant
class Empty:
    pass


@variant
class Held:
    value: reserved


@record
class Order:
    lines: StableList[nat]  ## E: collection-place `StableList[nat]`
    notes: tuple[StableList[nat], ...]  ## E: collection-place `StableList[nat]`


@state
class Shop:
    owner: Principal
    bare: StableMap  ## E: unknown-type `StableMap`
    short: StableMap[text]  ## E: unknown-type `StableMap[text]`
    long: StableSet[text, nat]  ## E: unknown-type `StableSet[text, nat]`
    bytes_: StableBlob[nat]  ## E: unknown-type `StableBlob[nat]`
    table: dict[text, nat]  ## E: mutable-field `dict[text, nat]`
    seen: set[text]  ## E: mutable-field `set[text]`
    rows: list[nat]  ## E: mutable-field `list[nat]`
    line: deque[nat]  ## E: mutable-field `deque[nat]`
    raw: bytearray  ## E: mutable-field `bytearray`
    inside: StableMap[text, StableMap[text, list[nat]]]  ## E: mutable-field `list[nat]`
    listed: StableList[StableMap[text, nat]]  ## E: collection-place `StableMap[text, nat]`
    keyed: StableMap[StableSet[text], nat]  ## E: collection-key `StableSet[text]`
    maybe: StableMap[text, nat] | None  ## E: collection-place
    unknown: StableMap[text, StableMap[text, object]]  ## E: unknown-type `object`
    half: StableMap[text, StableSet]  ## E: unknown-type `StableSet`
    nothing: StableSet[empty] = StableSet()  ## E: collection-key `empty`
    anything: StableMap[tuple[nat, reserved], nat] = StableMap()  ## E: collection-key
    called: StableMap[text, StableSet[Odd]] = StableMap()  ## E: collection-key `Odd`
    places: StableSet[Ledger | None] = StableSet()  ## E: collection-key `Ledger | None`
    trees: StableHeap[Tree, text] = StableHeap()  ## E: collection-key `Tree`
    cases: StableSet[Empty | Held] = StableSet()  ## E: collection-key `Empty | Held`
    alias: Alias = StableMap()
    floats: StableMap[float, StableQueue[Order]] = StableMap()
    deep: StableMap[Principal, StableMap[text, StableMap[nat, StableBlob]]] = StableMap()
    kind: StableMap[text, nat] = StableSet()  ## E: collection-default `StableSet()`
    none: StableMap[text, nat] = None  ## E: collection-default `None`
    back: StableDeque[nat] = StableDeque()

    def reset(self) -> None:
        self.alias = StableMap()  ## E: collection-assigned `self.alias`; collection-place `StableMap()`


@init
def setup() -> Shop:
    return Shop(Principal(b""), deep=StableMap(), back=StableDeque())


@query
def items(shop: Shop, wanted: StableSet[text]) -> StableList[nat]:  ## E: collection-place `StableSet[text]`; collection-place `StableList[nat]`
    return shop.rows


@update
def clear(shop: Shop) -> None:
    shop.deep = StableMap()  ## E: collection-assigned `shop.deep`; collection-place `StableMap()`
    del shop.back  ## E: collection-assigned `shop.back`
    shop.owner, shop.floats = shop.owner, shop.floats  ## E: collection-assigned `shop.floats`
    shop.floats |= {}
    shop.alias.clear()
