"""What goes wrong: exceptions, traps, rejects, and what reaches the log."""

from store import Workbench

from scm import ic, int_, nat, query, text, update


@update
def divide(bench: Workbench, by: int_) -> int_:
    """Counts, then fails if `by` is zero."""
    bench.counter += 1
    return quotient(100, by)


def quotient(value: int, by: int) -> int:
    return value // by  # line: division


@update
def fail(bench: Workbench, message: text) -> None:
    bench.counter += 1
    raise ValueError(message)  # line: failure


@update
def fail_with_cause(bench: Workbench) -> None:
    try:
        quotient(1, 0)
    except ZeroDivisionError as error:
        raise RuntimeError("no quotient") from error  # line: effect


@update
def trap(bench: Workbench, message: text) -> None:
    bench.counter += 1
    ic.trap(message)


@update
def reject(bench: Workbench, message: text) -> None:
    bench.counter += 1
    ic.reject(message)


@update
def exit_process(bench: Workbench) -> None:
    bench.counter += 1
    raise SystemExit("enough")


@update
def recurse(bench: Workbench, depth: nat) -> nat:
    bench.counter += 1
    return descend(depth)


def descend(depth: int) -> int:
    if depth == 0:
        return 0
    return 1 + descend(depth - 1)


@update
def loop(bench: Workbench) -> None:
    """Never ends: the platform's instruction limit stops it."""
    bench.counter += 1
    while True:
        bench.counter += 1


@query
def count_in_vain(bench: Workbench) -> nat:
    """A query's changes are dropped."""
    bench.counter += 1
    return bench.counter


@update
def speak(text: text) -> None:
    print("print:", text)
    ic.print("ic.print:", text, 7)


@update
def speak_then_fail(text: text) -> None:
    print(text)
    raise ValueError("after speaking")
