from scm import Pending, Response, every, ic, nat, on_timer, record, state, text


@record
class Reminder:
    about: text


@state
class State:
    total: nat = 0


@on_timer
def remind(state: State, reminder: Reminder) -> None:
    ic.set_timer(remind, reminder, after=60)
    ic.set_timer(sweep, after=60)  ## E: not-a-handler `sweep`
    ic.set_timer(helper, after=60)  ## E: not-a-handler `helper`
    ic.set_timer(lambda state: None, after=60)  ## E: not-a-handler `lambda state: None`


@on_timer
def without_state(reminder: Reminder) -> None:  ## E: timer-signature `without_state`
    pass


@on_timer
def with_response(state: State, response: Response[nat]) -> None:  ## E: timer-signature `with_response`
    pass


@on_timer
def two_contexts(state: State, first: nat, second: nat) -> None:  ## E: timer-signature `two_contexts`
    pass


@on_timer
def replies(state: State) -> nat:  ## E: timer-signature `nat`
    return 1


@on_timer
def replies_later(state: State) -> Pending[nat]:  ## E: timer-signature `Pending[nat]`
    raise NotImplementedError


@on_timer
def untyped(state: State, reminder) -> None:  ## E: missing-type `reminder`
    pass


@every(hours=1, minutes=30)
def sweep(state: State) -> None:
    pass


@every(hours=1)
def with_context(state: State, reminder: Reminder) -> None:  ## E: timer-signature `with_context`
    pass


def helper(state: State) -> None:
    pass
