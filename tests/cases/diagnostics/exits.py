import os  ## E: import-failed

from scm import nat, state

os._exit(0)


@state
class State:
    total: nat = 0
