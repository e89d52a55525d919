"""Places orders with a peer, and keeps books of them that a test compares with its own.

Every order has a number, which travels in contexts and in answers, so that an answer that reaches
another handler, or one with another context, is seen here and noted in `wrong`.
"""

from scm import (
    Method,
    Pending,
    Principal,
    Reject,
    Reply,
    Response,
    Service,
    StableList,
    StableMap,
    Unknown,
    ic,
    join,
    nat64,
    on_response,
    query,
    record,
    state,
    text,
    update,
)


@record
class Receipt:
    number: nat64
    part: nat64


@record
class Order:
    kind: text
    number: nat64


@state
class Chaos:
    """`books`: what handlers did with each order; `held`: the orders whose handler is to come;
    `released`: those that `on_trap` gave free; `executed`: how often, for others."""

    books: StableMap[nat64, text] = StableMap()
    held: StableMap[nat64, text] = StableMap()
    released: StableMap[nat64, nat64] = StableMap()
    executed: StableMap[text, nat64] = StableMap()
    wrong: StableList[text] = StableList()
    handled: nat64 = 0


class Peer(Service):
    execute: Method[[nat64, nat64], Receipt]


# What others ask for.


@update
def execute(chaos: Chaos, number: nat64, part: nat64) -> Receipt:
    """Do a part of an order, or trap, or reject: the number decides."""
    key = f"{number}/{part}"
    chaos.executed[key] = chaos.executed.get(key, 0) + 1
    if number % 7 == 3:
        raise ValueError(f"order {key} is unlucky")
    if number % 11 == 5:
        ic.reject(f"order {key} is refused")
    return Receipt(number, part)


# Orders.


def release(chaos: Chaos, order: Order) -> None:
    if order.number in chaos.held:
        del chaos.held[order.number]
    chaos.released[order.number] = chaos.released.get(order.number, 0) + 1


def begin(chaos: Chaos, kind: text, number: nat64) -> Order:
    if number in chaos.held or number in chaos.books:
        chaos.wrong.append(f"order {number} began twice")
    chaos.held[number] = kind
    return Order(kind, number)


def result_of(chaos: Chaos, order: Order, part: nat64, response: Response[Receipt]) -> str:
    match response:
        case Reply(receipt):
            if receipt.number != order.number or receipt.part != part:
                chaos.wrong.append(f"{order.number}/{part} got {receipt.number}/{receipt.part}")
            return "done"
        case Reject(_, message):
            if "order " in message and f"order {order.number}/{part} is " not in message:
                chaos.wrong.append(f"{order.number}/{part} got: {message}")
            return "refused"
        case Unknown():
            return "unknown"


def book(chaos: Chaos, kind: text, order: Order, result: text) -> text:
    """Write down how an order ended; some orders trap after that."""
    if order.kind != kind:
        chaos.wrong.append(f"order {order.number} of {order.kind} was handled as {kind}")
    if order.number in chaos.held:
        del chaos.held[order.number]
    before = chaos.books.get(order.number, "")
    chaos.books[order.number] = f"{before}{result};"
    chaos.handled += 1
    if order.number % 13 == 8 and order.number not in chaos.released:
        raise RuntimeError(f"{order.number} can't be booked")
    return f"{kind} {order.number} {result}"


@update
def single(chaos: Chaos, peer: Principal, number: nat64) -> Pending[text]:
    order = begin(chaos, "single", number)
    return Peer(peer).execute(number, 0).then(single_done, order)


@on_response(on_trap=release)
def single_done(chaos: Chaos, order: Order, response: Response[Receipt]) -> text:
    return book(chaos, "single", order, result_of(chaos, order, 0, response))


@update
def bounded(chaos: Chaos, peer: Principal, number: nat64) -> Pending[text]:
    order = begin(chaos, "bounded", number)
    return Peer(peer).execute(number, 0).bounded(seconds=30).then(bounded_done, order)


@on_response(on_trap=release)
def bounded_done(chaos: Chaos, order: Order, response: Response[Receipt]) -> text:
    return book(chaos, "bounded", order, result_of(chaos, order, 0, response))


@update
def chain(chaos: Chaos, peer: Principal, number: nat64) -> Pending[text]:
    order = begin(chaos, "chain", number)
    return Peer(peer).execute(number, 0).then(chain_goes_on, (peer, order))


def release_link(chaos: Chaos, link: tuple[Principal, Order]) -> None:
    release(chaos, link[1])


@on_response(on_trap=release_link)
def chain_goes_on(
    chaos: Chaos, link: tuple[Principal, Order], response: Response[Receipt]
) -> text | Pending[text]:
    peer, order = link
    result = result_of(chaos, order, 0, response)
    if result != "done":
        return book(chaos, "chain", order, result)
    return Peer(peer).execute(order.number, 1).then(chain_done, order)


@on_response(on_trap=release)
def chain_done(chaos: Chaos, order: Order, response: Response[Receipt]) -> text:
    return book(chaos, "chain", order, result_of(chaos, order, 1, response))


@update
def several(chaos: Chaos, peer: Principal, number: nat64, count: nat64) -> Pending[text]:
    order = begin(chaos, "several", number)
    calls = [Peer(peer).execute(number, part) for part in range(count)]
    return join(calls).then(several_done, order)


@on_response(on_trap=release)
def several_done(chaos: Chaos, order: Order, responses: list[Response[Receipt]]) -> text:
    results = [result_of(chaos, order, part, response) for part, response in enumerate(responses)]
    return book(chaos, "several", order, ",".join(results))


# For the test to look at.


@query
def look(
    chaos: Chaos,
) -> tuple[
    list[tuple[nat64, text]],
    list[nat64],
    list[nat64],
    list[text],
    nat64,
]:
    """The books, what is held, what was released, what went wrong, how many were handled."""
    return (
        list(chaos.books.items()),
        list(chaos.held.keys()),
        list(chaos.released.keys()),
        list(chaos.wrong),
        chaos.handled,
    )


@query
def executions(chaos: Chaos) -> list[tuple[text, nat64]]:
    return list(chaos.executed.items())
