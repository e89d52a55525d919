from scm import nat, state


@state
class State:
    total nat = 0  ## E: syntax-error `nat`
