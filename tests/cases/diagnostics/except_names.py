from scm import nat, state, update


@state
class State:
    total: nat = 0


@update
def divide(state: State, by: nat) -> nat:
    try:
        state.total //= by
    except ZeroDivisionError as error:
        raise ValueError("by zero") from error
    except OverflowError as error:  ## E: except-name `OverflowError`
        raise ValueError("too large") from error
    except (KeyError, TypeError) as other:
        raise ValueError("strange") from other
    return state.total


@update
def again(state: State) -> nat:
    try:
        return state.total
    except ValueError as error:
        raise KeyError from error
