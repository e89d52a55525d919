"""One record with every Candid type in it, and the types that it needs."""

from __future__ import annotations

from scm import (
    Principal,
    blob,
    float32,
    float64,
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
    record,
    text,
    variant,
)


@record
class Point:
    x: int_
    y: int_


@record
class Line:
    """A record of records; also what a narrower message must be coerced to."""

    start: Point
    end: Point
    label: text | None = None


@variant
class Nothing:
    pass


@variant
class Exactly:
    value: nat


@variant("between")
class Between:
    low: int_
    high: int_


Amount = Nothing | Exactly | Between


@record
class Tree:
    value: nat
    children: tuple[Tree, ...] = ()


@record
class Everything:
    flag: bool
    n: nat
    n8: nat8
    n16: nat16
    n32: nat32
    n64: nat64
    i: int_
    i8: int8
    i16: int16
    i32: int32
    i64: int64
    f32: float32
    f64: float64
    name: text
    data: blob
    owner: Principal
    maybe: nat | None
    line: Line
    maybe_line: Line | None
    amount: Amount
    lines: tuple[Line, ...]
    maybes: tuple[text | None, ...]
    matrix: tuple[tuple[nat8, ...], ...]
    tree: Tree
