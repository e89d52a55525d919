"""A canister for tests: values of every type in and out, kept, and sent along with calls."""

import faults as faults
import library as library
import platform_calls as platform_calls
import raw_calls as raw_calls
from shapes import Amount, Between, Everything, Exactly, Line, Nothing
from store import Workbench

from scm import (
    Method,
    Pending,
    Reject,
    Reply,
    Response,
    Service,
    Unknown,
    float64,
    ic,
    init,
    int8,
    int16,
    int32,
    int64,
    int_,
    nat,
    nat8,
    nat16,
    nat32,
    nat64,
    on_response,
    query,
    record,
    text,
    update,
)


class Itself(Service):
    echo: Method[[Everything], Everything]


@record
class Both:
    context: Everything
    reply: Everything
    are_equal: bool


@init
def setup(title: text, counter: nat | None) -> Workbench:
    return Workbench(title=title, counter=counter if counter is not None else 0)


@query
def echo(everything: Everything) -> Everything:
    return everything


@update
def keep(bench: Workbench, everything: Everything) -> None:
    bench.kept = everything


@query
def kept(bench: Workbench) -> Everything | None:
    return bench.kept


@update
def send(bench: Workbench, everything: Everything) -> Pending[Both]:
    """Send the value to ourselves, and the same value along with the call."""
    return Itself(ic.self_id()).echo(everything).then(returned, everything)


@on_response
def returned(bench: Workbench, context: Everything, response: Response[Everything]) -> Both:
    match response:
        case Reply(value):
            return Both(context, value, are_equal=context == value)
        case Reject(_, message):
            raise RuntimeError(message)
        case Unknown():
            raise RuntimeError("a call without a bound has an answer")


@query
def to_nat(value: int_) -> nat:
    return value


@query
def to_nat8(value: int_) -> nat8:
    return value


@query
def to_nat16(value: int_) -> nat16:
    return value


@query
def to_nat32(value: int_) -> nat32:
    return value


@query
def to_nat64(value: int_) -> nat64:
    return value


@query
def to_int8(value: int_) -> int8:
    return value


@query
def to_int16(value: int_) -> int16:
    return value


@query
def to_int32(value: int_) -> int32:
    return value


@query
def to_int64(value: int_) -> int64:
    return value


@query
def multiply(a: int_, b: int_) -> int_:
    return a * b


@query
def reverse(items: list[text]) -> list[text]:
    return [*reversed(items)]


@query
def sort(items: tuple[nat, ...]) -> tuple[nat, ...]:
    return tuple(sorted(items))


@query
def length(line: Line) -> int_:
    return abs(line.end.x - line.start.x) + abs(line.end.y - line.start.y)


@query
def describe(amount: Amount) -> text:
    match amount:
        case Nothing():
            return "nothing"
        case Exactly(value):
            return f"exactly {value}"
        case Between(low, high):
            return f"between {low} and {high}"


@query
def show(line: Line | None) -> text:
    """How the value reads in a log."""
    return repr(line)


@update
def set_small(bench: Workbench, value: int_) -> None:
    bench.counter += 1
    bench.small = value


@update
def set_ratio(bench: Workbench, ratio: float64) -> None:
    bench.ratio = ratio


@query
def ratio(bench: Workbench) -> float64:
    return bench.ratio


@update
def set_amount(bench: Workbench, amount: Amount) -> Amount:
    """Returns what was there before."""
    before = bench.amount
    bench.amount = amount
    return before


@update
def add_name(bench: Workbench, name: text) -> nat:
    bench.names = (*bench.names, name)
    return len(bench.names)


@query
def names(bench: Workbench) -> tuple[text, ...]:
    return bench.names


@query
def title(bench: Workbench) -> text:
    return bench.title


@query
def counter(bench: Workbench) -> nat:
    return bench.counter
