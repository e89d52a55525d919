"""Patterns within patterns: an expression tree simplified and evaluated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    value: int


@dataclass(frozen=True)
class Name:
    text: str


@dataclass(frozen=True)
class Binary:
    operator: str
    left: Expression
    right: Expression


Expression = Number | Name | Binary


def simplify(node: Expression) -> Expression:
    match node:
        case Binary(operator, left, right):
            left, right = simplify(left), simplify(right)
        case _:
            return node
    match Binary(operator, left, right):
        case Binary("+", Number(0), other) | Binary("+", other, Number(0)):
            return other
        case Binary("*", Number(0), _) | Binary("*", _, Number(0)):
            return Number(0)
        case Binary("*", Number(1), other) | Binary("*", other, Number(1)):
            return other
        case Binary("+", Number(a), Number(b)):
            return Number(a + b)
        case other:
            return other


def show(node: Expression) -> str:
    match node:
        case Number(value=value) if value < 0:
            return f"({value})"
        case Number(value):
            return str(value)
        case Name(text):
            return text
        case Binary(operator, left, right):
            return f"({show(left)}{operator}{show(right)})"


def run() -> str:
    x = Name("x")
    trees: list[Expression] = [Number(3), Binary("+", x, Number(0)), Binary("*", Number(0), x)]
    trees.append(Binary("*", Binary("+", Number(1), Number(0)), Binary("+", x, Number(-2))))
    trees.append(Binary("+", Binary("+", Number(2), Number(2**65)), Binary("*", x, x)))
    return "\n".join(f"{show(tree)} -> {show(simplify(tree))}" for tree in trees)
