"""The smallest canister: a method that does nothing, and one that counts; as `counter.mo`."""

from scm import nat, state, update


@state
class Counter:
    count: nat = 0


@update
def nothing(counter: Counter) -> None:
    pass


@update
def increment(counter: Counter) -> nat:
    counter.count += 1
    return counter.count
