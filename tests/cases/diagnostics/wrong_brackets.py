# The annotation is evaluated at the import, where typing raises a `TypeError`.
from scm import QueryMethod, Service, nat, state


@state
class State:
    total: nat = 0


class Ledger(Service):
    price: QueryMethod[[nat]]  ## E: unknown-type `QueryMethod[[nat]]`
