from scm import nat, query, state

mine = query


@state
class State:
    total: nat = 0


@mine
def total(state: State) -> nat:  ## E: wrong-decorator `total`
    return state.total
