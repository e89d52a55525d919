"""Timers of every kind, and a log of what they did."""

from scm import (
    Method,
    Pending,
    Reject,
    Reply,
    Response,
    Service,
    StableLog,
    Unknown,
    every,
    ic,
    nat,
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
class Reminder:
    about: text
    number: nat


@state
class Desk:
    fired: StableLog[tuple[text, nat, nat64]] = StableLog()
    sweeps: nat = 0
    broken: bool = False
    total: nat = 0


class Itself(Service):
    """This canister, as it calls itself."""

    add: Method[[nat], nat]


@on_timer
def remind(desk: Desk, reminder: Reminder) -> None:
    desk.fired.append((reminder.about, reminder.number, ic.time()))


@on_timer
def fail(desk: Desk, reminder: Reminder) -> None:
    desk.fired.append((reminder.about, reminder.number, ic.time()))
    if desk.broken:
        raise ValueError(f"cannot {reminder.about}")


@on_timer
def later(desk: Desk) -> None:
    desk.total += 1


@on_timer
def ask(desk: Desk) -> Pending[None]:
    return Itself(ic.self_id()).add(5).then(asked)


@on_response
def asked(desk: Desk, response: Response[nat]) -> None:
    match response:
        case Reply(n):
            desk.total += 100 * n
        case Reject(_, message):
            raise ValueError(message)
        case Unknown():
            pass


@every(minutes=1, seconds=30)
def sweep(desk: Desk) -> None:
    desk.sweeps += 1
    if desk.broken:
        raise ValueError("no sweep")


@update
def add(desk: Desk, by: nat) -> nat:
    desk.total += by
    return by


@update
def set_reminder(desk: Desk, about: text, number: nat, after: nat, name: text) -> nat:
    return ic.set_timer(remind, Reminder(about, number), after=after, name=name)


@update
def set_failing(desk: Desk, about: text, number: nat, after: nat) -> nat:
    return ic.set_timer(fail, Reminder(about, number), after=after)


@update
def set_later(desk: Desk, after: nat) -> nat:
    return ic.set_timer(later, after=after)


@update
def set_ask(desk: Desk, after: nat) -> nat:
    return ic.set_timer(ask, after=after)


@update
def cancel(desk: Desk, timer: nat) -> bool:
    return ic.cancel_timer(timer)


@update
def cancel_named(desk: Desk, name: text) -> bool:
    return ic.cancel_timer(name)


@update
def set_broken(desk: Desk, broken: bool) -> None:
    desk.broken = broken


@query
def fired(desk: Desk) -> list[tuple[text, nat, nat64]]:
    return list(desk.fired)


@query
def counts(desk: Desk) -> tuple[nat, nat]:
    return (desk.sweeps, desk.total)
