"""The smallest useful canister: a number that survives upgrades."""

from scm import ic, nat, query, state, update


@state
class Counter:
    count: nat = 0


@update
def increment(counter: Counter, by: nat) -> nat:
    """Add to the counter and return its new value."""
    counter.count += by
    return counter.count


@update
def reset(counter: Counter) -> None:
    """Set the counter to zero; only a controller may."""
    ic.require_controller()
    ic.print("reset by", ic.caller())
    counter.count = 0


@query
def value(counter: Counter) -> nat:
    """The counter's value."""
    return counter.count
