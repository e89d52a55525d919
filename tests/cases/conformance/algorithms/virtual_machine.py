"""A stack machine with a compiler for it: dispatch by table and by `match`, labels, calls."""

from collections.abc import Callable
from typing import NamedTuple


class Op(NamedTuple):
    name: str
    argument: int = 0


BINARY: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "lt": lambda a, b: int(a < b),
}


def assemble(text: str) -> list[Op]:
    labels: dict[str, int] = {}
    rows: list[list[str]] = []
    for line in text.split(";"):
        words = line.split()
        if words[0].endswith(":"):
            labels[words.pop(0)[:-1]] = len(rows)
        rows.append(words)
    return [
        Op(row[0], labels[row[1]] if row[1] in labels else int(row[1]))
        if len(row) > 1
        else Op(row[0])
        for row in rows
    ]


def execute(program: list[Op], limit: int = 10_000) -> list[int]:
    stack: list[int] = []
    memory: dict[int, int] = {}
    calls: list[int] = []
    at = 0
    for _ in range(limit):
        name, argument = program[at]
        at += 1
        match name:
            case "push":
                stack.append(argument)
            case "load":
                stack.append(memory.get(argument, 0))
            case "store":
                memory[argument] = stack.pop()
            case "jump":
                at = argument
            case "unless":
                at = at if stack.pop() else argument
            case "call":
                calls.append(at)
                at = argument
            case "ret":
                at = calls.pop()
            case "halt":
                return stack
            case "dup":
                stack.append(stack[-1])
            case operator if operator in BINARY:
                right, left = stack.pop(), stack.pop()
                stack.append(BINARY[operator](left, right))
            case _:
                raise ValueError(f"unknown {name} at {at - 1}")
    raise TimeoutError("too many steps")


FACTORIAL = (
    "push 25; store 0; push 1; store 1; loop: push 1; load 0; lt; unless end; load 1; load 0; mul;"
    "store 1; load 0; push 1; sub; store 0; jump loop; end: load 1; halt"
)


def run() -> str:
    lines = [str(execute(assemble(FACTORIAL)))]
    lines.append(
        str(execute(assemble("push 7; call square; call square; halt; square: dup; mul; ret")))
    )
    for text in ("push 1; what", "again: jump again", "add"):
        try:
            execute(assemble(text))
        except (ValueError, TimeoutError, IndexError) as error:
            lines.append(f"{type(error).__name__} {error}")
    lines.append(str(assemble("push -5; halt")))
    return "\n".join(lines)
