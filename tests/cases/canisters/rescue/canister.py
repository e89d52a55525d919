"""Calls that go wrong in every way: handlers that trap, clean up, or refuse what comes too late."""

from scm import (
    Method,
    Pending,
    Principal,
    Reject,
    Reply,
    Response,
    Service,
    Unknown,
    nat,
    on_response,
    query,
    record,
    state,
    text,
    update,
)


@state
class Rescue:
    locked: text = ""
    is_broken: bool = True
    log: tuple[text, ...] = ()


class Peer(Service):
    measure: Method[[text], nat]


@record
class Lock:
    owner: text


@update
def measure(rescue: Rescue, word: text) -> nat:
    return len(word)


@update
def repair(rescue: Rescue) -> None:
    rescue.is_broken = False


@query
def look(rescue: Rescue) -> tuple[text, tuple[text, ...]]:
    return rescue.locked, rescue.log


def unlock(rescue: Rescue, lock: Lock) -> None:
    """Undo what `lock` did; with an owner called `bad`, fail at it."""
    rescue.locked = ""
    rescue.log = (*rescue.log, f"unlocked {lock.owner}")
    if lock.owner == "bad":
        raise ValueError("bad owner")
    while lock.owner == "endless":
        pass


@update
def lock(rescue: Rescue, peer: Principal, owner: text) -> Pending[nat]:
    rescue.locked = owner
    return Peer(peer).measure(owner).with_cycles(1000).then(locked, Lock(owner))


@on_response(on_trap=unlock)
def locked(rescue: Rescue, lock: Lock, response: Response[nat]) -> nat:
    rescue.log = (*rescue.log, f"handled {lock.owner}")
    if rescue.is_broken:
        raise RuntimeError("broken")
    rescue.locked = ""
    match response:
        case Reply(size):
            return size
        case Reject(_, message):
            rescue.log = (*rescue.log, message)
            return 1000
        case Unknown():
            return 2000


@update
def hurry(rescue: Rescue, peer: Principal) -> Pending[nat]:
    return Peer(peer).measure("hurry").then(hurried)


@on_response(valid_for=60)
def hurried(rescue: Rescue, response: Response[nat]) -> nat:
    rescue.log = (*rescue.log, "hurried")
    return 7


@update
def twice(rescue: Rescue, peer: Principal) -> Pending[nat]:
    return Peer(peer).measure("first").then(once, peer)


@on_response
def once(rescue: Rescue, peer: Principal, response: Response[nat]) -> Pending[nat]:
    return Peer(peer).measure("second").then(hurried)
