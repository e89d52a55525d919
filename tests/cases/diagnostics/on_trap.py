from scm import Method, Pending, Principal, Response, Service, nat, on_response, query, state, update

SECONDS = 5


@state
class Lock:
    owner: nat = 0


class Peer(Service):
    ask: Method[[], nat]


@update
def ask(lock: Lock, peer: Principal) -> Pending[nat]:
    return Peer(peer).ask().then(first, lock.owner)


def unlock(lock: Lock, owner: nat) -> None:
    lock.owner = 0


def unlock_all(lock: Lock) -> None:
    lock.owner = 0


def unlock_text(lock: Lock, owner: str) -> None:
    lock.owner = 0


def unlock_late(lock: Lock, owner: nat) -> nat:
    return 0


@on_response(on_trap=unlock, valid_for=60)
def first(lock: Lock, owner: nat, response: Response[nat]) -> nat:
    return owner


@on_response(on_trap=unlock_all)  ## E: wrong-on-trap `unlock_all`
def second(lock: Lock, owner: nat, response: Response[nat]) -> nat:
    return owner


@on_response(on_trap=unlock_text)  ## E: wrong-on-trap `unlock_text`
def third(lock: Lock, owner: nat, response: Response[nat]) -> nat:
    return owner


@on_response(on_trap=unlock_late)  ## E: wrong-on-trap `unlock_late`
def fourth(lock: Lock, owner: nat, response: Response[nat]) -> nat:
    return owner


@on_response(on_trap=total)  ## E: wrong-on-trap `total`
def fifth(lock: Lock, response: Response[nat]) -> nat:
    return 0


@on_response(on_trap=lambda lock: None)  ## E: wrong-on-trap `lambda lock: None`
def sixth(lock: Lock, response: Response[nat]) -> nat:
    return 0


@on_response(valid_for=SECONDS)  ## E: wrong-decorator `SECONDS`
def seventh(lock: Lock, response: Response[nat]) -> nat:
    return 0


@on_response(valid_for=0)  ## E: wrong-decorator `0`
def eighth(lock: Lock, response: Response[nat]) -> nat:
    return 0


@on_response(again=True)  ## E: wrong-decorator `on_response(again=True)`
def ninth(lock: Lock, response: Response[nat]) -> nat:
    return 0


@on_response(retry=1)  ## E: wrong-decorator `1`
def tenth(lock: Lock, response: Response[nat]) -> nat:
    return 0


@on_response(retry=True)  ## E: wrong-decorator `True`
def eleventh(lock: Lock, responses: list[Response[nat]]) -> nat:
    return 0


@query
def total(lock: Lock) -> nat:
    return lock.owner
