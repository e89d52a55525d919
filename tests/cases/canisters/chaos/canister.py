"""Places orders with a peer, and keeps books of them that a test compares with its own.

Every order has a number, which travels in contexts and in answers, so that an answer that reaches
another handler, or one with another context, is seen here and noted in `wrong`.  Alarms have such
numbers too: each is in `alarms` until it has rung.
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
    every,
    ic,
    init,
    join,
    nat64,
    on_response,
    on_timer,
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


@record
class Alarm:
    number: nat64
    due_ns: nat64


@state
class Chaos:
    """`books`: what handlers did with each order; `held`: the orders whose handler is to come;
    `released`: those that `on_trap` gave free; `executed`: how often, for others.

    `alarms`: the timer of each alarm that is to ring, `bells`: the last alarm of each name."""

    books: StableMap[nat64, text] = StableMap()
    held: StableMap[nat64, text] = StableMap()
    released: StableMap[nat64, nat64] = StableMap()
    executed: StableMap[text, nat64] = StableMap()
    wrong: StableList[text] = StableList()
    handled: nat64 = 0
    alarms: StableMap[nat64, nat64] = StableMap()
    bells: StableMap[text, nat64] = StableMap()
    rung: StableMap[nat64, nat64] = StableMap()
    cancelled: StableMap[nat64, nat64] = StableMap()
    knocked: StableMap[nat64, nat64] = StableMap()
    doubled: StableList[text] = StableList()
    began_ns: nat64 = 0
    ticked: nat64 = 0


class Peer(Service):
    execute: Method[[nat64, nat64], Receipt]


@init
def start() -> Chaos:
    return Chaos(began_ns=ic.time())


def is_mended() -> bool:
    return False


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


def order_of(kind: text, number: nat64) -> Order:
    return Order(kind, number)


def begin(chaos: Chaos, kind: text, number: nat64) -> Order:
    if number in chaos.held or number in chaos.books:
        chaos.wrong.append(f"order {number} began twice")
    chaos.held[number] = kind
    return order_of(kind, number)


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
    # No `on_trap` releases an order whose response a proxy brings again and again.
    if order.number % 13 == 8 and order.number not in chaos.released and kind != "proxied":
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


# Orders whose responses are kept.


def book_if_mended(
    chaos: Chaos, kind: text, order: Order, part: nat64, response: Response[Receipt]
) -> text:
    answer = book(chaos, kind, order, result_of(chaos, order, part, response))
    if order.number % 5 == 1 and not is_mended():
        raise RuntimeError(f"{order.number} needs mended code")
    return answer


@update
def kept(chaos: Chaos, peer: Principal, number: nat64) -> Pending[text]:
    order = begin(chaos, "kept", number)
    return Peer(peer).execute(number, 0).then(kept_done, order)


@on_response(retry=True, on_trap=release)
def kept_done(chaos: Chaos, order: Order, response: Response[Receipt]) -> text:
    return book_if_mended(chaos, "kept", order, 0, response)


@update
def relay(chaos: Chaos, peer: Principal, number: nat64) -> Pending[text]:
    order = begin(chaos, "relay", number)
    return Peer(peer).execute(number, 0).then(relay_goes_on, (peer, order))


@on_response(retry=True, on_trap=release_link)
def relay_goes_on(
    chaos: Chaos, link: tuple[Principal, Order], response: Response[Receipt]
) -> text | Pending[text]:
    peer, order = link
    result = result_of(chaos, order, 0, response)
    if result != "done":
        return book(chaos, "relay", order, result)
    if order.number % 9 == 2 and not is_mended():
        raise RuntimeError(f"{order.number} needs mended code")
    return Peer(peer).execute(order.number, 1).then(relay_done, order)


@on_response(retry=True, on_trap=release)
def relay_done(chaos: Chaos, order: Order, response: Response[Receipt]) -> text:
    return book_if_mended(chaos, "relay", order, 1, response)


# Orders that go through a proxy: nobody waits for their end.


@update
def proxied(chaos: Chaos, peer: Principal, proxy: Principal, number: nat64) -> text:
    order = begin(chaos, "proxied", number)
    call = Peer(peer).execute(number, 0)
    if number % 3 == 0:
        call.bounded(seconds=30).via(proxy, proxied_done, order)
    else:
        call.via(proxy, proxied_done, order)
    return f"proxied {number} begun"


@on_response
def proxied_done(chaos: Chaos, order: Order, response: Response[Receipt]) -> None:
    book_if_mended(chaos, "proxied", order, 0, response)


INTERVAL_NS = 60_000_000_000


@every(seconds=60)
def tick(chaos: Chaos) -> None:
    """Once in each interval; in some of them it raises at first."""
    passed = ic.time() - chaos.began_ns
    interval = passed // INTERVAL_NS
    if interval < 1:
        chaos.wrong.append("it ticks early")
    if interval <= chaos.ticked:
        chaos.doubled.append(f"tick {interval}")
    chaos.ticked = interval
    if interval % 4 == 1 and passed % INTERVAL_NS < 10_000_000_000:
        raise RuntimeError("too early to tick")


@update
def set_alarm(chaos: Chaos, peer: Principal, number: nat64, after: nat64, name: text) -> text:
    """Set an alarm, in place of the one of that name; some ring only after asking the peer."""
    replaced = "nothing"
    if name:
        before = chaos.bells.get(name, 0)
        if before in chaos.alarms:
            del chaos.alarms[before]
            chaos.cancelled[before] = number
            replaced = f"{before}"
        chaos.bells[name] = number
    alarm = Alarm(number, ic.time() + after * 1_000_000_000)
    if number % 6 == 2:
        timer = ic.set_timer(ring_back, (peer, alarm), after=after, name=name)
    else:
        timer = ic.set_timer(ring, alarm, after=after, name=name)
    chaos.alarms[number] = timer
    return f"alarm {number} {replaced}"


@update
def cancel_alarm(chaos: Chaos, number: nat64, name: text) -> text:
    if number not in chaos.alarms:
        return f"cancel {number} no"
    timer = chaos.alarms[number]
    is_known = ic.cancel_timer(name) if name else ic.cancel_timer(timer)
    if not is_known and number % 6 != 2:
        chaos.wrong.append(f"the timer of alarm {number} is lost")
    del chaos.alarms[number]
    chaos.cancelled[number] = number
    return f"cancel {number} yes"


def end(chaos: Chaos, alarm: Alarm) -> None:
    if ic.time() < alarm.due_ns:
        chaos.wrong.append(f"alarm {alarm.number} rings early")
    if alarm.number in chaos.alarms:
        del chaos.alarms[alarm.number]
    else:
        chaos.doubled.append(f"alarm {alarm.number}")
    chaos.rung[alarm.number] = chaos.rung.get(alarm.number, 0) + 1


@on_timer
def ring(chaos: Chaos, alarm: Alarm) -> None:
    """Ring; or raise for a while, or until the code is mended; or reject once."""
    if alarm.number in chaos.cancelled:
        chaos.wrong.append(f"alarm {alarm.number} was cancelled, and rings")
    if alarm.number % 6 == 3 and alarm.number not in chaos.knocked:
        chaos.knocked[alarm.number] = ic.time()
        ic.reject(f"alarm {alarm.number} knocks first")
    end(chaos, alarm)
    if alarm.number % 6 == 0 and ic.time() < alarm.due_ns + 20_000_000_000:
        raise RuntimeError(f"alarm {alarm.number} is not awake")
    if alarm.number % 6 == 1 and not is_mended():
        raise RuntimeError(f"alarm {alarm.number} needs mended code")


@on_timer
def ring_back(chaos: Chaos, question: tuple[Principal, Alarm]) -> Pending[None]:
    peer, alarm = question
    if alarm.number in chaos.cancelled:
        chaos.wrong.append(f"alarm {alarm.number} was cancelled, and rings")
    calls = [Peer(peer).execute(alarm.number, part) for part in (7, 8)]
    if alarm.number % 12 == 2:
        return calls[0].then(answered, alarm)
    return join(calls).then(all_answered, alarm)


@on_response
def answered(chaos: Chaos, alarm: Alarm, response: Response[Receipt]) -> None:
    result_of(chaos, order_of("alarm", alarm.number), 7, response)
    if alarm.number not in chaos.cancelled:
        end(chaos, alarm)


@on_response
def all_answered(chaos: Chaos, alarm: Alarm, responses: list[Response[Receipt]]) -> None:
    for part, response in enumerate(responses):
        result_of(chaos, order_of("alarm", alarm.number), 7 + part, response)
    if alarm.number not in chaos.cancelled:
        end(chaos, alarm)


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


@query
def look_at_alarms(
    chaos: Chaos,
) -> tuple[list[tuple[nat64, nat64]], list[nat64], list[text], nat64, nat64]:
    """Timers of alarms that are to ring, those that have rung, what was doubled, and ticks."""
    return (
        list(chaos.alarms.items()),
        list(chaos.rung.keys()),
        list(chaos.doubled),
        chaos.began_ns,
        chaos.ticked,
    )
