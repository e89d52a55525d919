"""Whole programs count what their instructions weigh: IC facts, "Metering scheme".

A block is charged when it begins, but blocks of a program that does not trap run to their ends.  So
the sum must be that of the instructions that were executed, one by one: here an interpreter adds it
up, knowing nothing of blocks.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest

from scm.wasm.engine import (
    Instance,
    compile_module,
    instantiate,
    text_to_wasm,
    validate,
)
from scm.wasm.engine_config import EngineKind
from scm.wasm.metering import meter
from scm.wasm.module import encode_module, parse_module

LIMIT: Final = 1 << 40
LOCALS: Final = 4
TICKS_MAX: Final = 9
"""Turns of all loops of one call of a function, which then returns."""
MASK: Final = 0xFFFF_FFFF
ADDRESSES: Final = 0xFFFC

Tree = tuple[Any, ...]
"""A statement or an expression: its kind, then its parts."""

BINARY: Final[dict[str, Callable[[int, int], int]]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "xor": lambda a, b: a ^ b,
    "lt_u": lambda a, b: int(a < b),
    "div_u": lambda a, b: a // b,
}
WEIGHTS: Final = {"div_u": 10}


def instance_of(wasm: bytes) -> Instance:
    validate(wasm)
    return instantiate(
        compile_module(wasm, kind=EngineKind.COUNTING), {}, fuel=0, kind=EngineKind.COUNTING
    )


def metered(wasm: bytes) -> Instance:
    instance = instance_of(encode_module(meter(parse_module(wasm)).module))
    instance.fuel = LIMIT
    return instance


def unsigned(value: object) -> int:
    assert isinstance(value, int)
    return value & MASK


class Writer:
    """Makes up functions; one calls those before it only."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._function = 0

    def program(self) -> list[list[Tree]]:
        functions = []
        for self._function in range(3):
            functions.append(self._statements(depth=0, labels=0, length=6))
        return functions

    def _statements(self, depth: int, labels: int, length: int) -> list[Tree]:
        return [self._statement(depth, labels) for _ in range(self._random.randint(0, length))]

    def _statement(self, depth: int, labels: int) -> Tree:
        choose = self._random
        kinds = ["set", "set", "store", "fill", "drop", "return"]
        if depth < 4:
            kinds += ["block", "loop", "loop", "if", "if"] * 2
        if labels:
            kinds += ["br", "br_if", "br_if", "br_table"]
        match choose.choice(kinds):
            case "set":
                return "set", choose.randrange(LOCALS), self._expression(0)
            case "store":
                return "store", self._expression(1), self._expression(1)
            case "fill":
                return "fill", self._expression(1), choose.randrange(50)
            case "if":
                arms = (self._statements(depth + 1, labels + 1, 3) for _ in range(2))
                return "if", self._expression(0), *arms
            case "br":
                return "br", choose.randrange(labels)
            case "br_if":
                return "br_if", choose.randrange(labels), self._expression(0)
            case "br_table":
                targets = [choose.randrange(labels) for _ in range(choose.randint(1, 4))]
                return "br_table", targets, self._expression(1)
            case "block" | "loop" as kind:
                return kind, self._statements(depth + 1, labels + 1, 4)
            case kind:
                return kind, self._expression(0)

    def _expression(self, depth: int) -> Tree:
        choose = self._random
        kinds = ["const", "get"]
        if depth < 3:
            kinds += ["binary", "binary", "load", "eqz", "select"]
            kinds += ["call"] if self._function else []
        match choose.choice(kinds):
            case "const":
                return "const", choose.choice([0, 1, 2, 5, 0x7FFF_FFFF, choose.randrange(1 << 31)])
            case "get":
                return "get", choose.randrange(LOCALS)
            case "binary":
                name = choose.choice(list(BINARY))
                left, right = self._expression(depth + 1), self._expression(depth + 1)
                # No division by 0: a trap would leave a block half done.
                return "binary", name, left, right if name != "div_u" else ("const", 3)
            case "select":
                return "select", *(self._expression(depth + 1) for _ in range(3))
            case "call":
                return "call", choose.randrange(self._function), self._expression(depth + 1)
            case kind:
                return kind, self._expression(depth + 1)


def text_of(tree: Tree) -> str:
    """One statement or expression in the text format."""
    match tree:
        case ("const", value):
            return f"(i32.const {value})"
        case ("get", index):
            return f"(local.get {index})"
        case ("binary", name, left, right):
            return f"(i32.{name} {text_of(left)} {text_of(right)})"
        case ("eqz", operand):
            return f"(i32.eqz {text_of(operand)})"
        case ("select", *operands):
            return f"(select {' '.join(map(text_of, operands))})"
        case ("load", address):
            return f"(i32.load {address_of(address)})"
        case ("call", function, argument):
            return f"(call $f{function} {text_of(argument)})"
        case ("set", index, value):
            return f"(local.set {index} {text_of(value)})"
        case ("store", address, value):
            return f"(i32.store {address_of(address)} {text_of(value)})"
        case ("fill", address, size):
            return f"(memory.fill {address_of(address)} (i32.const 9) (i32.const {size}))"
        case ("block", body):
            return f"(block {''.join(map(text_of, body))})"
        case ("loop", body):
            tick = (
                f"(local.set {LOCALS} (i32.add (local.get {LOCALS}) (i32.const 1)))"
                f"(if (i32.eq (local.get {LOCALS}) (i32.const {TICKS_MAX}))"
                "(then (return (i32.const 7))))"
            )
            return f"(loop {tick}{''.join(map(text_of, body))})"
        case ("if", condition, yes, no):
            arms = (f"({arm} {''.join(map(text_of, body))})" for arm, body in
                    (("then", yes), ("else", no)))  # fmt: skip
            return f"(if {text_of(condition)} {' '.join(arms)})"
        case ("br", label):
            return f"(br {label})"
        case ("br_if", label, condition):
            return f"(br_if {label} {text_of(condition)})"
        case ("br_table", labels, index):
            return f"(br_table {' '.join(map(str, labels))} {text_of(index)})"
        case (kind, value):
            return f"({kind} {text_of(value)})"
        case _:
            raise AssertionError(tree)


def address_of(tree: Tree) -> str:
    return f"(i32.and {text_of(tree)} (i32.const {ADDRESSES}))"


def program_text(functions: list[list[Tree]]) -> str:
    bodies = "".join(
        f'(func $f{index} (export "f{index}") (param i32) (result i32)'
        f"(local {'i32 ' * LOCALS}) {''.join(map(text_of, body))} (local.get 1))"
        for index, body in enumerate(functions)
    )
    return f'(module (memory (export "memory") 2) {bodies})'


class Branch(Exception):  # noqa: N818 - no error
    """To the label of that depth."""

    def __init__(self, depth: int) -> None:
        self.depth = depth


class Return(Exception):  # noqa: N818 - no error
    def __init__(self, value: int) -> None:
        self.value = value


class Interpreter:
    """Runs a program and adds up the weight of each instruction that it executes."""

    def __init__(self, functions: list[list[Tree]]) -> None:
        self._functions = functions
        self.memory = bytearray(2 * 65_536)
        self.count = 0

    def call(self, function: int, argument: int) -> int:
        self.count += 1
        scope = [argument, *[0] * LOCALS]
        try:
            self._run(self._functions[function], scope)
            self.count += 1
        except Return as returned:
            return returned.value
        return scope[1]

    def _run(self, statements: list[Tree], scope: list[int]) -> None:
        for statement in statements:
            self._execute(statement, scope)

    def _execute(self, statement: Tree, scope: list[int]) -> None:
        match statement:
            case ("set", index, value):
                scope[index] = self._value(value, scope)
                self.count += 1
            case ("store", address, value):
                place = self._address(address, scope)
                self.memory[place : place + 4] = self._value(value, scope).to_bytes(4, "little")
                self.count += 1
            case ("fill", address, size):
                place = self._address(address, scope)
                self.memory[place : place + size] = b"\x09" * size
                self.count += 1 + 1 + 100 + size
            case ("block", body):
                self._enter(body, scope)
            case ("loop", body):
                self._loop(body, scope)
            case ("if", condition, yes, no):
                arm = yes if self._value(condition, scope) else no
                self.count += 2
                self._enter(arm, scope)
            case ("br", label):
                self.count += 2
                raise Branch(label)
            case ("br_if", label, condition):
                is_taken = self._value(condition, scope)
                self.count += 2
                if is_taken:
                    raise Branch(label)
            case ("br_table", labels, index):
                chosen = min(self._value(index, scope), len(labels) - 1)
                self.count += 2
                raise Branch(labels[chosen])
            case ("return", value):
                result = self._value(value, scope)
                self.count += 1
                raise Return(result)
            case ("drop", value):
                self._value(value, scope)
                self.count += 1
            case _:
                raise AssertionError(statement)

    def _enter(self, body: list[Tree], scope: list[int]) -> bool:
        """Run what has a label; whether that was branched to."""
        try:
            self._run(body, scope)
        except Branch as branch:
            if branch.depth:
                raise Branch(branch.depth - 1) from None
            return True
        return False

    def _loop(self, body: list[Tree], scope: list[int]) -> None:
        while True:
            # get, 1, add, set; get, maximum, eq, if.
            self.count += 4 + 3 + 2
            scope[LOCALS] += 1
            if scope[LOCALS] == TICKS_MAX:
                self.count += 1 + 1
                raise Return(7)
            if not self._enter(body, scope):
                return

    def _value(self, tree: Tree, scope: list[int]) -> int:
        match tree:
            case ("const", int(value)):
                self.count += 1
                return value
            case ("get", index):
                self.count += 1
                return scope[index]
            case ("binary", name, left, right):
                operands = self._value(left, scope), self._value(right, scope)
                self.count += WEIGHTS.get(name, 1)
                return BINARY[name](*operands) & MASK
            case ("eqz", operand):
                value = self._value(operand, scope)
                self.count += 1
                return int(not value)
            case ("select", *operands):
                first, second, condition = (self._value(item, scope) for item in operands)
                self.count += 1
                return first if condition else second
            case ("load", address):
                place = self._address(address, scope)
                self.count += 1
                return int.from_bytes(self.memory[place : place + 4], "little")
            case ("call", function, argument):
                value = self._value(argument, scope)
                self.count += 5
                return self.call(function, value)
            case _:
                raise AssertionError(tree)

    def _address(self, tree: Tree, scope: list[int]) -> int:
        value = self._value(tree, scope)
        self.count += 1 + 1
        return value & ADDRESSES


@pytest.mark.parametrize("seed", range(60))
def test_random_program_counts_what_it_executes_and_does_what_it_did(seed: int) -> None:
    functions = Writer(seed).program()
    wasm = text_to_wasm(program_text(functions))
    plain, counting = instance_of(wasm), metered(wasm)
    interpreter = Interpreter(functions)
    for argument in (0, 1, 77):
        for function in range(len(functions)):
            result = interpreter.call(function, argument)
            assert unsigned(plain.call(f"f{function}", argument)) == result
            assert unsigned(counting.call(f"f{function}", argument)) == result
            assert LIMIT - counting.fuel == interpreter.count
    assert plain.read_memory(0, 65_536 + 64) == interpreter.memory[: 65_536 + 64]
    assert counting.read_memory(0, 65_536 + 64) == interpreter.memory[: 65_536 + 64]
