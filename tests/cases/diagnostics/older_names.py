from scm import Response, every, nat, on_response, on_timer, state, update


@state
class State:
    total: nat = 0


@on_timer(formerly=("stop",))  ## E: wrong-decorator `("stop",)`
def start(state: State) -> None:
    pass


@on_timer(formerly=("start",))  ## E: wrong-decorator `("start",)`
def stop(state: State) -> None:
    pass


@on_timer(formerly=("sweep", "swept"))  ## E: wrong-decorator `("sweep", "swept")`
def clean(state: State) -> None:
    pass


@on_timer(formerly=())  ## E: wrong-decorator `()`
def without_names(state: State) -> None:
    pass


@every(hours=1)
def sweep(state: State) -> None:
    pass


@on_response(formerly=("settled",))  ## E: wrong-decorator `("settled",)`
def paid(state: State, response: Response[nat]) -> nat:
    return 1


@on_response(formerly=("start",))  ## E: wrong-decorator `("start",)`
def settled(state: State, response: Response[nat]) -> nat:
    return 1


@on_response(formerly=("pay", "was_asked"))  ## E: wrong-decorator `("pay", "was_asked")`
def asked(state: State, response: Response[nat]) -> nat:
    return 1


@on_response(formerly=("was_told", "once_told", "was_told"))  ## E: wrong-decorator `("was_told", "once_told", "was_told")`
def told(state: State, response: Response[nat]) -> nat:
    return 1


@on_response(formerly=[])  ## E: wrong-decorator `[]`
def heard(state: State, response: Response[nat]) -> nat:
    return 1


@on_response(formerly=("was_counted", "once_counted"))
def counted(state: State, response: Response[nat]) -> nat:
    return 1


@update
def pay(state: State) -> nat:
    return 1
