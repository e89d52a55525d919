from scm import every, nat, on_timer, state


@state
class State:
    total: nat = 0


@on_timer()  ## E: wrong-decorator `on_timer()`
def called(state: State) -> None:
    pass


@on_timer(formerly=("was_called", "once_called"))
def now_called(state: State) -> None:
    pass


@on_timer(formerly=("was_called",))  ## E: wrong-decorator `("was_called",)`
def taken_twice(state: State) -> None:
    pass


@on_timer(formerly="was_called")  ## E: wrong-decorator `"was_called"`
def one_name(state: State) -> None:
    pass


@on_timer(retry=True)  ## E: wrong-decorator `on_timer(retry=True)`
def other_word(state: State) -> None:
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
