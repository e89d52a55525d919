"""Methods and handlers that are interpreted, among records and a state that are native."""

from scm import (
    Method,
    Pending,
    Reject,
    Reply,
    Response,
    Service,
    StableMap,
    Unknown,
    ic,
    nat,
    on_response,
    on_timer,
    query,
    record,
    state,
    text,
    update,
)


class Me(Service):
    twice: Method[[nat], nat]


@record
class Ctx:
    n: nat


@state
class S:
    seen: nat = 0
    log: StableMap[nat, text] = StableMap()


@update
def twice(s: S, n: nat) -> nat:
    g = (x for x in (n, n))
    return sum(list(g))


@update
def ask(s: S, n: nat) -> Pending[text]:
    match [n, n]:
        case [a, *_]:
            s.seen += a
        case _:
            pass
    return Me(ic.self_id()).twice(n).then(got, Ctx(n))


@on_response
def got(s: S, ctx: Ctx, response: Response[nat]) -> text:
    class Local:
        def show(self) -> str:
            return "local"

    match response:
        case Reply(value):
            s.log[ctx.n] = f"{value}"
            return f"{Local().show()} {ctx.n} {value} {s.seen}"
        case Reject(_, message):
            return message
        case Unknown():
            return "?"


@update
def later(s: S) -> None:
    ic.set_timer(ring, Ctx(7), after=5)


@on_timer
def ring(s: S, ctx: Ctx) -> None:
    g = (x for x in range(ctx.n))
    s.seen += next(g) + next(g) + 100


@query
def seen(s: S) -> nat:
    return s.seen
