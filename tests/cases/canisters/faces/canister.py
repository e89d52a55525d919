"""A canister with every face that Candid's types have in Python; it echoes, stores and calls."""

from __future__ import annotations

from typing import Annotated

from scm import (
    CompositeQueryFunc,
    Func,
    Method,
    Name,
    OnewayFunc,
    OnewayMethod,
    Opt,
    Pending,
    Principal,
    QueryFunc,
    QueryMethod,
    Reject,
    Reply,
    Response,
    Results,
    Service,
    Some,
    Unknown,
    blob,
    empty,
    float32,
    float64,
    int8,
    int64,
    nat,
    nat8,
    nat64,
    null,
    on_response,
    query,
    record,
    reserved,
    state,
    text,
    update,
    variant,
)


@record
class Words:
    from_: Annotated[text, Name("from")]
    strange: Annotated[nat, Name("a b-c")]
    numbered: Annotated[nat8, Name(7)]
    plain: bool = True


@variant("class")
class Keyword:
    value: Opt[Opt[nat]]


@variant(3)
class Third:
    pass


@variant
class Fields:
    x: float64
    y: float32
    pair: tuple[nat, text]


@variant
class Never:
    value: empty


Case = Keyword | Third | Fields | Never


@record
class Node:
    label: text
    children: tuple[Node, ...]
    parent: Node | None


@record
class Checked:
    amount: nat

    def __post_init__(self) -> None:
        if self.amount == 13:
            raise ValueError("thirteen is refused")


class Peer(Service):
    """The interface of this very canister, as far as it is called."""

    add: Method[[nat, nat], nat]
    pair: Annotated[QueryMethod[[nat], Results[nat, text]], Name("pair-of")]
    note: OnewayMethod[[text]]
    peers: QueryMethod[[Peer, Handler], Peer | None]


Handler = QueryFunc[[nat], "Results[nat, text]"]


@record
class Everything:
    nothing: null
    anything: reserved
    maybe: Opt[null]
    pair: tuple[nat, int8]
    single: tuple[blob]
    peer: Peer
    handler: Handler
    update_: Annotated[Func[[nat, nat], nat], Name("update")]
    notify: OnewayFunc[[text]]
    composite: CompositeQueryFunc[[], None]
    case: Case


@state
class Kept:
    pair: tuple[nat, text] = (0, "")
    maybe: Opt[Opt[nat]] = None
    handler: Handler | None = None
    peer: Peer | None = None
    notes: tuple[text, ...] = ()
    nothing: null = None


@query("echo words")
def echo_words(words: Words) -> Words:
    return words


@query
def echo_case(case: Case) -> Case:
    match case:
        case Keyword(Some(Some(number))):
            return Keyword(Some(Some(number + 1)))
        case Fields(x, y, (number, word)):
            return Fields(x + 1, y, (number + 1, word.upper()))
        case _:
            return case


@query
def echo_node(node: Node) -> Node:
    return node


@query
def depth(node: Node) -> nat:
    return 1 + max((depth(child) for child in node.children), default=0)


@query
def checked(value: Checked) -> Checked:
    return value


@query
def echo_everything(value: Everything) -> Everything:
    assert value.nothing is None
    assert value.anything is None
    return value


@query
def echo_opts(values: tuple[Opt[Opt[null]], ...]) -> tuple[Opt[Opt[null]], ...]:
    return values


@query
def echo_pairs(pairs: list[tuple[nat64, tuple[text, Principal]]]) -> list[tuple[int64, text]]:
    return [(number, word) for number, (word, _) in pairs]


@query("pair-of")
def pair_of(number: nat) -> Results[nat, text]:
    return number, str(number)


@query
def nothing_at_all() -> null:
    return None


@query
def never(value: empty) -> nat:
    return 1


@query
def peers(peer: Peer, handler: Handler) -> Peer | None:
    return peer if peer.canister_id == handler.canister_id else None


@update
def add(a: nat, b: nat) -> nat:
    return a + b


@update
def note(kept: Kept, word: text) -> None:
    kept.notes = (*kept.notes, word)


@query
def notes(kept: Kept) -> tuple[text, ...]:
    return kept.notes


@update
def keep(
    kept: Kept, pair: tuple[nat, text], maybe: Opt[Opt[nat]], handler: Handler, peer: Peer
) -> None:
    kept.pair = pair
    kept.maybe = maybe
    kept.handler = handler
    kept.peer = peer


@query
def kept_values(
    kept: Kept,
) -> Results[tuple[nat, text], Opt[Opt[nat]], Handler | None, Peer | None]:
    return kept.pair, kept.maybe, kept.handler, kept.peer


@update
def ask(kept: Kept, number: nat) -> Pending[text]:
    """Call the func reference that is kept, with all of it in the context."""
    assert kept.handler is not None
    assert kept.peer is not None
    return kept.handler(number).then(asked, (kept.handler, kept.peer, Some(number)))


@on_response
def asked(
    kept: Kept,
    context: tuple[Handler, Peer, Opt[nat]],
    response: Response[Results[nat, text]],
) -> text | Pending[text]:
    _, peer, number = context
    match response:
        case Reply((first, second)):
            assert isinstance(number, Some)
            return peer.add(first, number.value).then(added, second)
        case Reject(_, message):
            return message
        case Unknown():
            return "unknown"


@on_response
def added(kept: Kept, second: text, response: Response[nat]) -> text:
    match response:
        case Reply(number):
            return f"{number} and {second}"
        case Reject(_, message):
            return message
        case Unknown():
            return "unknown"


@update
def tell(kept: Kept, peer: Peer, notify: OnewayFunc[[text]]) -> bool:
    return peer.note("by service").send() and notify("by reference").send()
