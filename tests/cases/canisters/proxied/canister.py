"""A desk that asks a till which it does not trust, through a proxy: in each way there is."""

from scm import (
    Method,
    Pending,
    Principal,
    RawMessage,
    Reject,
    Reply,
    Response,
    Service,
    call_raw,
    ic,
    init,
    nat,
    on_response,
    query,
    record,
    state,
    text,
    update,
)


@record
class Taken:
    available: nat
    accepted: nat


class Till(Service):
    take: Method[[nat], Taken]


@state
class Desk:
    till: Principal
    proxy: Principal
    is_broken: bool = False
    cleaned: nat = 0
    heard: tuple[text, ...] = ()


@record
class Note:
    about: text


@init
def setup(till: Principal, proxy: Principal) -> Desk:
    return Desk(till=till, proxy=proxy)


@update
def ask(desk: Desk, about: text, amount: nat, cycles: nat, seconds: nat) -> text:
    call = Till(desk.till).take(amount).with_cycles(cycles)
    if seconds:
        call = call.bounded(seconds)
    call.via(desk.proxy, taken, Note(about))
    return "on its way"


@on_response
def taken(desk: Desk, note: Note, response: Response[Taken]) -> None:
    match response:
        case Reply(value):
            hear(desk, f"{note.about}: {value.accepted}, {ic.cycles_refunded()} back")
        case Reject(code, message):
            hear(desk, f"{note.about}: reject {code}, {message}")
        case _:
            hear(desk, f"{note.about}: unknown")


def hear(desk: Desk, line: str) -> None:
    desk.heard = (*desk.heard, line)
    if desk.is_broken:
        raise RuntimeError("the desk is broken")


@update
def ask_in_vain(desk: Desk) -> None:
    Till(desk.till).take(0).via(desk.proxy, taken, Note("never"))
    raise RuntimeError("changed its mind")


@update
def ask_quickly(desk: Desk) -> nat:
    """Without a context; the number that `scm_pending` shows."""
    return Till(desk.till).take(0).via(desk.proxy, hurried)


def clean_up(desk: Desk) -> None:
    desk.cleaned += 1


@on_response(valid_for=60, on_trap=clean_up)
def hurried(desk: Desk, response: Response[Taken]) -> None:
    hear(desk, "in time")


@update
def ask_twice(desk: Desk) -> None:
    Till(desk.till).take(1).via(desk.proxy, once)


@on_response
def once(desk: Desk, response: Response[Taken]) -> None:
    hear(desk, "once")
    Till(desk.till).take(2).via(desk.proxy, taken, Note("twice"))


@update
def ask_and_wait(desk: Desk) -> None:
    Till(desk.till).take(3).via(desk.proxy, waited)


@on_response
def waited(desk: Desk, response: Response[Taken]) -> Pending[None]:
    hear(desk, "through the proxy")
    return Till(desk.till).take(4).then(taken_directly)


@on_response
def taken_directly(desk: Desk, response: Response[Taken]) -> None:
    hear(desk, "and without it")


@update
def ask_raw(desk: Desk, method: text, message: bytes) -> None:
    call_raw(desk.till, method, message).via(desk.proxy, raw)


@on_response
def raw(desk: Desk, response: Response[RawMessage]) -> None:
    match response:
        case Reply(message):
            hear(desk, f"{len(message)} bytes")
        case Reject(_, message):
            hear(desk, message)
        case _:
            hear(desk, "unknown")


@update
def break_down(desk: Desk, is_broken: bool) -> None:
    desk.is_broken = is_broken


@query
def heard(desk: Desk) -> tuple[text, ...]:
    return desk.heard


@query
def cleaned(desk: Desk) -> nat:
    return desk.cleaned
