"""What agents of other makers are tried on: ../test_agents.py says what they must find."""

from scm import (
    Method,
    Pending,
    Principal,
    Reply,
    Response,
    Service,
    blob,
    ic,
    init,
    int_,
    nat,
    on_response,
    query,
    record,
    state,
    text,
    update,
    variant,
)


@variant("standing")
class Standing:
    pass


@variant("moved")
class Moved:
    to: text


Place = Standing | Moved


@record
class Note:
    about: text
    writer: Principal
    seal: blob
    balance: int_
    places: tuple[Place, ...]
    remark: text | None


class Itself(Service):
    whoami: Method[[], Principal]


@state
class Desk:
    name: text
    total: nat = 0


@init
def setup(name: text) -> Desk:
    return Desk(name=name)


@update
def add(desk: Desk, by: nat) -> nat:
    desk.total += by
    return desk.total


@query
def total(desk: Desk) -> nat:
    return desk.total


@query
def name(desk: Desk) -> text:
    return desk.name


@update
def whoami() -> Principal:
    return ic.caller()


@query
def who() -> Principal:
    return ic.caller()


@update
def echo(note: Note) -> Note:
    return note


@query
def look(note: Note) -> Note:
    return note


@update
def clear(desk: Desk) -> None:
    """Only a controller may."""
    ic.require_controller()
    desk.total = 0


@update
def refuse(reason: text) -> nat:
    ic.reject(reason)


@query
def deny(reason: text) -> nat:
    ic.reject(reason)


@update
def fail(desk: Desk, reason: text) -> nat:
    """Everything is as it was before."""
    desk.total = 1_000_000
    ic.trap(reason)


@query
def stumble(reason: text) -> nat:
    ic.trap(reason)


@update
def ask(desk: Desk) -> Pending[Principal]:
    """Answers when the canister has answered itself; the caller waits meanwhile."""
    return Itself(ic.self_id()).whoami().then(answered)


@on_response
def answered(desk: Desk, response: Response[Principal]) -> Principal:
    match response:
        case Reply(principal):
            return principal
        case _:
            raise RuntimeError("no answer")
