"""A proxy: makes calls for canisters that must not wait for a callee, and delivers the answers.

To be deployed as it is.  Its owners call `forward` (scm does, for `call.via`), which keeps the
request and answers at once; the call is made in a message of its own.  The outcome is delivered to
the owner's `scm_proxied`, again and again until the owner has taken it.

A request is `accepted`, `calling` or `answered`.  From the first and the last it goes on by a
message of the proxy to itself (`work`), at once, and by a timer (`again`) if that message is lost
or leads to nothing; so there is a timer for each request that is not `calling`.
"""

from typing import Annotated

from scm import (
    Method,
    Name,
    Pending,
    Principal,
    RawMessage,
    Reject,
    Reply,
    Response,
    Service,
    StableMap,
    StableSet,
    Unknown,
    blob,
    call_raw,
    ic,
    init,
    nat,
    nat32,
    nat64,
    on_response,
    on_timer,
    query,
    record,
    state,
    text,
    update,
    variant,
)

OUTSTANDING_MAX = 400
"""Calls that wait at a time: the platform takes 500 from the proxy to itself, and to each other."""

REQUESTS_MAX = 4_000
METHOD_BYTES_MAX = 20_000
"""Interface Spec, "ic0.call_new": longer names trap, here again and again."""

ERROR_CHARACTERS_MAX = 200
AGAIN_SECONDS = 2
AGAIN_SECONDS_MAX = 3_600
SYS_UNKNOWN = 6


class Owner(Service):
    """What a canister with calls through this proxy has: the id, and a reply or a reject."""

    proxied: Annotated[Method[[nat64, blob | None, nat32, text], None], Name("scm_proxied")]


@record
class Handle:
    """A request: whose it is, and the number that its owner has given it."""

    owner: Principal
    id: nat64


class Itself(Service):
    work: Method[[Handle], None]


@variant
class Accepted:
    pass


@variant
class Calling:
    pass


@variant
class Answered:
    """`code` is that of a reject, if there is no reply; `cycles` came back with it."""

    reply: blob | None
    code: nat32
    message: text
    cycles: nat


Status = Accepted | Calling | Answered


@record
class Request:
    callee: Principal
    method: text
    message: blob
    seconds: nat32
    cycles: nat
    since_ns: nat64
    status: Status = Accepted()
    attempts: nat32 = 0
    error: text = ""


@record
class Outstanding:
    """What is told of a request: `cycles` are those that it has here; `error` is the last one."""

    owner: Principal
    id: nat64
    callee: Principal
    method: text
    status: text
    since_ns: nat64
    cycles: nat
    attempts: nat32
    error: text


@state
class Proxy:
    owners: StableSet[Principal] = StableSet()
    requests: StableMap[tuple[Principal, nat64], Request] = StableMap()
    calling: nat = 0


@init
def setup(owners: list[Principal]) -> Proxy:
    proxy = Proxy()
    proxy.owners.update(owners)
    return proxy


@update
def set_owners(proxy: Proxy, owners: list[Principal]) -> None:
    """Serve other owners, for controllers; requests that are here come to their end."""
    ic.require_controller()
    proxy.owners.clear()
    proxy.owners.update(owners)


@query
def owners(proxy: Proxy) -> list[Principal]:
    return list(proxy.owners)


@update
def forward(
    proxy: Proxy, id: nat64, callee: Principal, method: text, message: blob, seconds: nat32
) -> nat64:
    """Take over a call with its cycles; wait for its response so many seconds, 0 for ever."""
    owner = ic.caller()
    if owner not in proxy.owners:
        ic.reject(f"{owner} is no owner of this proxy")
    if (owner, id) in proxy.requests:
        ic.reject(f"the request {id} is here already")
    if callee == ic.self_id() or method.startswith("scm_"):
        # From here such a call has rights that its owner has not: to deliver outcomes, for one.
        ic.reject("the proxy calls neither itself nor methods of scm's, `scm_...`")
    if len(method.encode()) > METHOD_BYTES_MAX:
        ic.reject(f"the name of a method has at most {METHOD_BYTES_MAX} bytes")
    if proxy.calling >= OUTSTANDING_MAX or len(proxy.requests) >= REQUESTS_MAX:
        ic.reject("the proxy has as many requests as it can take")
    cycles = ic.accept_cycles(ic.cycles_available())
    now = ic.time()
    proxy.requests[owner, id] = Request(callee, method, message, seconds, cycles, now)
    go_on(Handle(owner, id), AGAIN_SECONDS)
    return id


def go_on(handle: Handle, after: int) -> None:
    """Have `work` called now, and, if that leads to nothing, after so many seconds."""
    ic.set_timer(again, handle, after=after, name=timer_name(handle))
    Itself(ic.self_id()).work(handle).send()


def timer_name(handle: Handle) -> str:
    return f"{handle.owner} {handle.id}"


@on_timer
def again(proxy: Proxy, handle: Handle) -> None:
    """What was tried has led to nothing: try it again, later each time."""
    request = proxy.requests.get((handle.owner, handle.id))
    if request is None or isinstance(request.status, Calling):
        return
    attempts = request.attempts + 1
    put(proxy, handle, request, request.status, attempts, request.error)
    go_on(handle, min(AGAIN_SECONDS << min(attempts, 16), AGAIN_SECONDS_MAX))


@update
def work(proxy: Proxy, handle: Handle) -> Pending[None] | None:
    """The next step of a request, for the proxy itself."""
    if ic.caller() != ic.self_id():
        ic.reject("`work` is for the proxy itself")
    request = proxy.requests.get((handle.owner, handle.id))
    if request is None:
        return None
    match request.status:
        case Accepted():
            if proxy.calling >= OUTSTANDING_MAX:
                return None
            proxy.calling += 1
            put(proxy, handle, request, Calling(), 0, "")
            call = call_raw(request.callee, request.method, request.message)
            call = call.with_cycles(request.cycles)
            if request.seconds:
                call = call.bounded(min(request.seconds, 300))
            return call.then(answered, handle)
        case Answered(reply, code, message, cycles):
            delivery = Owner(handle.owner).proxied(handle.id, reply, code, message)
            return delivery.with_cycles(cycles).then(delivered, handle)
        case Calling():
            return None


def put(
    proxy: Proxy, handle: Handle, request: Request, status: Status, attempts: int, error: str
) -> None:
    proxy.requests[handle.owner, handle.id] = Request(
        request.callee,
        request.method,
        # Once it is made it is not made again: its message is not needed any more.
        request.message if isinstance(status, Accepted) else b"",
        request.seconds,
        status.cycles if isinstance(status, Answered) else request.cycles,
        request.since_ns,
        status,
        attempts,
        error,
    )


def is_lost(proxy: Proxy, handle: Handle) -> None:
    """To keep an answer has failed, for want of instructions or memory: its owner hears so."""
    request = proxy.requests.get((handle.owner, handle.id))
    if request is not None and isinstance(request.status, Calling):
        proxy.calling = max(proxy.calling - 1, 0)
        put(proxy, handle, request, Answered(None, SYS_UNKNOWN, "", 0), 0, "its answer was lost")
        ic.set_timer(again, handle, after=AGAIN_SECONDS, name=timer_name(handle))


@on_response(on_trap=is_lost)
def answered(proxy: Proxy, handle: Handle, response: Response[RawMessage]) -> None:
    """The callee's answer; only kept here, so that little can fail that would lose it."""
    request = proxy.requests.get((handle.owner, handle.id))
    if request is None or isinstance(request.status, Calling):
        proxy.calling = max(proxy.calling - 1, 0)  # Below, where `recount` has left it out.
    if request is None:
        ic.print(f"the answer to request {handle.id} of {handle.owner} came after `forget`")
        return
    cycles = ic.cycles_refunded()
    match response:
        case Reply(message):
            outcome = Answered(message, 0, "", cycles)
        case Reject(code, text):
            outcome = Answered(None, code, text, cycles)
        case Unknown():
            outcome = Answered(None, SYS_UNKNOWN, "", cycles)
    put(proxy, handle, request, outcome, 0, "")
    go_on(handle, AGAIN_SECONDS)


@on_response
def delivered(proxy: Proxy, handle: Handle, response: Response[None]) -> None:
    request = proxy.requests.get((handle.owner, handle.id))
    if request is None or not isinstance(request.status, Answered):
        return
    match response:
        case Reply():
            ic.cancel_timer(timer_name(handle))
            del proxy.requests[handle.owner, handle.id]
        case Reject(_, message):
            error = message[:ERROR_CHARACTERS_MAX]
            put(proxy, handle, request, request.status, request.attempts, error)
        case Unknown():
            pass


@query
def outstanding(proxy: Proxy) -> list[Outstanding]:
    """The requests of whoever asks; for controllers those of all owners."""
    who = ic.caller()
    sees_all = ic.is_controller(who)
    return [
        shown(owner, id, request)
        for (owner, id), request in proxy.requests.items()
        if sees_all or owner == who
    ]


def shown(owner: Principal, id: int, request: Request) -> Outstanding:
    match request.status:
        case Accepted():
            status = "accepted"
        case Calling():
            status = "calling"
        case Answered():
            status = "answered"
    return Outstanding(
        owner,
        id,
        request.callee,
        request.method,
        status,
        request.since_ns,
        request.cycles,
        request.attempts,
        request.error,
    )


@update
def forget(proxy: Proxy, owner: Principal, id: nat64) -> bool:
    """Give a request up, for its owner or controllers; its cycles stay here.

    The owner's call waits on: a controller of the owner answers it (`scm_answer`) or discards it.
    """
    if ic.caller() != owner:
        ic.require_controller()
    if (owner, id) not in proxy.requests:
        return False
    ic.cancel_timer(timer_name(Handle(owner, id)))
    del proxy.requests[owner, id]
    return True


@update
def recount(proxy: Proxy) -> nat:
    """Count anew the calls that wait, and return the number: for controllers, after a snapshot.

    Those whose request was given up (`forget`) are left out.
    """
    ic.require_controller()
    proxy.calling = sum(isinstance(request.status, Calling) for request in proxy.requests.values())
    return proxy.calling
