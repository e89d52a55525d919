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
    ic,
    join,
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
    weigh: Method[[text], nat]


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


def refuse() -> None:
    ic.reject("no")  # The build would not let `unlock` do it itself.


def unlock(rescue: Rescue, lock: Lock) -> None:
    """Undo what `lock` did; with an owner called `bad`, fail at it."""
    rescue.locked = ""
    rescue.log = (*rescue.log, f"unlocked {lock.owner}")
    if lock.owner == "bad":
        raise ValueError("bad owner")
    if lock.owner == "refuse":
        refuse()
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


def give_up(rescue: Rescue) -> None:
    rescue.log = (*rescue.log, "too late")


@on_response(valid_for=60, on_trap=give_up)
def hurried(rescue: Rescue, response: Response[nat]) -> nat:
    rescue.log = (*rescue.log, "hurried")
    return 7


@update
def twice(rescue: Rescue, peer: Principal) -> Pending[nat]:
    return Peer(peer).measure("first").then(once, peer)


@on_response
def once(rescue: Rescue, peer: Principal, response: Response[nat]) -> Pending[nat]:
    return Peer(peer).measure("second").then(hurried)


@update
def survey(rescue: Rescue, peer: Principal, words: list[text]) -> Pending[list[text]]:
    """Ask for the sizes of all words at once; `trap` and `nobody` go wrong."""
    nobody = Principal(b"nobody")
    calls = [Peer(nobody if word == "nobody" else peer).weigh(word) for word in words]
    return join(calls).then(surveyed, Lock(f"{len(words)} words"))


@update
def weigh(rescue: Rescue, word: text) -> nat:
    if word == "trap":
        raise ValueError("trap")
    return len(word)


@on_response(on_trap=unlock)
def surveyed(rescue: Rescue, lock: Lock, responses: list[Response[nat]]) -> list[text]:
    rescue.log = (*rescue.log, f"surveyed {lock.owner}")
    found = [lock.owner]
    for response in responses:
        match response:
            case Reply(size):
                found.append(str(size))
            case Reject(code, _):
                found.append(f"rejected {code}")
            case Unknown():
                found.append("unknown")
    if "13" in found and rescue.is_broken:
        raise RuntimeError("broken")
    return found


@update
def relay(rescue: Rescue, peer: Principal) -> Pending[text]:
    """Two joins in a row, the second of none but one call."""
    return join([Peer(peer).weigh("a"), Peer(peer).weigh("bb")]).then(relayed, peer)


@on_response
def relayed(
    rescue: Rescue, peer: Principal, responses: list[Response[nat]]
) -> text | Pending[text]:
    if len(responses) == 1:
        return "done"
    return join([Peer(peer).weigh("ccc")]).then(relayed, peer)


@update
def weigh_kept(rescue: Rescue, peer: Principal, word: text) -> Pending[nat]:
    return Peer(peer).weigh(word).then(weighed, Lock(word))


@on_response(retry=True, on_trap=unlock)
def weighed(rescue: Rescue, lock: Lock, response: Response[nat]) -> nat | Pending[nat]:
    rescue.log = (*rescue.log, f"weighed {lock.owner}")
    if lock.owner == "again":
        return Peer(ic.self_id()).weigh("seven..").then(weighed, Lock("done"))
    if lock.owner == "refused":
        ic.reject("not today")
    if rescue.is_broken:
        raise RuntimeError("scales are broken")
    match response:
        case Reply(size):
            return size
        case Reject(code, _):
            return 100 + code
        case Unknown():
            return 1000
