from scm import every, nat, on_timer, state


@state
class State:
    total: nat = 0


@on_timer()  ## E: wrong-decorator `on_timer()`
def called(state: State) -> None:
    pass


@every  ## E: wrong-decorator `every`
def without_interval(state: State) -> None:
    pass


HOUR = 3_600


@every(seconds=HOUR)  ## E: wrong-decorator `every(seconds=HOUR)`
def named_interval(state: State) -> None:
    pass


@every(seconds=0)  ## E: wrong-decorator `every(seconds=0)`
def at_once(state: State) -> None:
    pass


@every(weeks=1)  ## E: wrong-decorator `every(weeks=1)`
def weekly(state: State) -> None:
    pass
