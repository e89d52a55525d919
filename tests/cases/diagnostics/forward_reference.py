from scm import nat, state, update


@update
def act(state: State) -> None:  ## E: import-failed `State`
    pass


@state
class State:
    total: nat = 0
