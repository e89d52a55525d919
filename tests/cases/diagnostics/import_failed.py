from scm import nat, state

print("what is printed at import is not an answer")
LIMIT = int("ten")  ## E: import-failed


@state
class State:
    total: nat = 0
