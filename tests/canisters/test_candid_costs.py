"""What a message of 1 kB can cost a canister at most, whatever it holds: a million fuel.

Each shape below is a message that stands for far more than its size, decoded at every method of a
canister with many types; most of the methods expect something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from scm.candid.did_parser import parse_did
from scm.candid.types import field_hash
from scm.compiler.metadata import read_metadata
from scm.leb128 import write_signed, write_unsigned
from scm.replica.state import Rejected
from scm.replica.trace import Executed
from scm.testing.building import install_canister

COMPILER = "optimizing"
pytestmark = pytest.mark.toolchain

COSTS = Path(__file__).parents[1] / "cases" / "canisters" / "costs"
FUEL_MAX = 1_000_000
MESSAGE_BYTES = 1_000

NULL, BOOL, NAT, INT, NAT8, NAT64, TEXT, PRINCIPAL = -1, -2, -3, -4, -5, -8, -15, -24
NEXT, VALUE, CHILDREN = (field_hash(name) for name in ("next", "value", "children"))

Parts = Sequence[tuple[int, int]]


def opt(ref: int) -> bytes:
    return write_signed(-18) + write_signed(ref)


def vec(ref: int) -> bytes:
    return write_signed(-19) + write_signed(ref)


def record(*parts: tuple[int, int]) -> bytes:
    return _fields(-20, parts)


def variant(*parts: tuple[int, int]) -> bytes:
    return _fields(-21, parts)


def _fields(opcode: int, parts: Parts) -> bytes:
    encoded = [write_unsigned(number) + write_signed(ref) for number, ref in sorted(parts)]
    return write_signed(opcode) + write_unsigned(len(parts)) + b"".join(encoded)


def func(args: Sequence[int], results: Sequence[int]) -> bytes:
    lists = [
        write_unsigned(len(refs)) + b"".join(map(write_signed, refs)) for refs in (args, results)
    ]
    return write_signed(-22) + b"".join(lists) + b"\0"


def service(names: Sequence[bytes], ref: int) -> bytes:
    methods = [write_unsigned(len(name)) + name + write_signed(ref) for name in sorted(names)]
    return write_signed(-23) + write_unsigned(len(names)) + b"".join(methods)


def message(entries: Sequence[bytes], args: Sequence[int], values: bytes = b"") -> bytes:
    table = write_unsigned(len(entries)) + b"".join(entries)
    types = write_unsigned(len(args)) + b"".join(map(write_signed, args))
    return b"DIDL" + table + types + values


def filled(entries: Sequence[bytes], element: bytes) -> bytes:
    """A vec, the last entry, with as many elements as fit."""
    args = [len(entries) - 1]
    room = MESSAGE_BYTES - len(message(entries, args)) - 2
    count = room // len(element)
    return message(entries, args, write_unsigned(count) + element * count)


def hostile_messages() -> Iterator[tuple[str, bytes]]:
    for count in (1_000, 2_000, 100_000, 10**9):
        number = write_unsigned(count)
        yield f"{count} nulls", message([vec(NULL)], [0], number)
        yield f"{count} empty records", message([vec(1), record()], [0], number)
        yield f"{count} records of null", message([vec(1), record((0, NULL))], [0], number)
    for element in (b"\0", b"\1", b"\x14"):
        yield f"vecs of null {element!r}", filled([vec(NULL), vec(0)], element)
    doubling = [record((1, NULL), (2, NULL)), *(record((1, i), (2, i)) for i in range(12))]
    yield "a record of 2^13 nulls", message(doubling, [12])
    yield "many of them", filled([*doubling, opt(12), vec(13)], b"\1")
    yield "250 opts", message([opt(i + 1) for i in range(250)] + [opt(NAT)], [0], b"\1" * 250)
    yield "480 types", message([record()] * 480, [])
    yield "980 arguments", message([], [NULL] * 980)
    yield "opts of opts", message([opt(0)], [0], b"\1" * 990)
    yield "vecs of vecs", message([vec(0)], [0], b"\1" * 990)
    yield "a wide vec of vecs", message([vec(0)], [0], write_unsigned(980) + b"\0" * 980)
    wide = record(*((number, NULL) for number in range(300)))
    yield "300 fields", message([wide, vec(0)], [1], b"\x28")
    names = [bytes([97 + i // 26, 97 + i % 26]) for i in range(150)]
    yield "150 methods", filled([func([], []), service(names, 0), vec(1)], b"\1\0")
    for count in (30, 100):
        chain = [func([count], [count])]
        chain += [record((0, i + 1), (1, i + 1)) for i in range(1, count)] + [record((0, NAT))]
        yield f"funcs over {count} types", filled([*chain, vec(0)], b"\1\1\0\0")
        yield (
            f"opt funcs over {count} types",
            filled([*chain, opt(0), vec(count + 1)], b"\1\1\1\0\0"),
        )
    for ref, value in ((NAT, b"\5"), (TEXT, b"\0"), (BOOL, b"\1")):
        for depth in (20, 60, 120):
            node = value + b"\0" if VALUE < NEXT else b"\0" + value
            for _ in range(depth):
                node = value + b"\1" + node if VALUE < NEXT else b"\1" + node + value
            types = [record((NEXT, 1), (VALUE, ref)), opt(0)]
            yield f"{depth} nodes of {ref}", message(types, [0], node)
            yield f"opt, {depth} nodes of {ref}", message(types, [1], b"\1" + node)
    primitives: list[tuple[int, bytes]]
    primitives = [(NAT, b"\5"), (NAT, b"\xff\x7f"), (INT, b"\x41"), (TEXT, b"\0"), (TEXT, b"\1a")]
    primitives += [(TEXT, b"\2\xc3\xa9"), (PRINCIPAL, b"\1\0"), (BOOL, b"\1"), (NAT8, b"\7")]
    for ref, element in primitives:
        name = f"{ref} {element!r}"
        yield f"vec {name}", filled([vec(ref)], element)
        yield f"opts {name}", filled([opt(ref), vec(0)], b"\1" + element)
        yield f"records {name}", filled([record((0, ref)), vec(0)], element)
        yield (
            f"triples {name}",
            filled([record((0, NAT), (1, ref), (2, NULL)), vec(0)], b"\5" + element),
        )
        yield f"vecs {name}", filled([vec(ref), vec(0)], b"\0")
    for ref in (NAT, INT):
        yield f"one number of {ref}", message([], [ref], b"\xff" * 980 + b"\x3f")
        yield f"one number of zeros of {ref}", message([], [ref], b"\x80" * 980 + b"\0")
    yield "a long count", message([vec(NAT)], [0], b"\x80" * 900 + b"\0")
    tree = [record((CHILDREN, 1)), vec(0)]
    yield "900 leaves", message(tree, [0], write_unsigned(900) + b"\0" * 900)
    yield "a deep tree", message(tree, [0], b"\1" * 120 + b"\0")
    yield "no Candid", b"\xff" * 1_000


@pytest.fixture(scope="module")
def wasm(build_canister):
    return build_canister(COSTS)


def test_no_message_of_one_kilobyte_costs_more_than_a_million(wasm, replica):
    canister = install_canister(replica, wasm)
    section = read_metadata(wasm, "candid:service")
    assert section is not None
    methods = [method.name for method in parse_did(section.decode()).resolved().methods]
    worst: dict[str, int] = {}
    for name, data in hostile_messages():
        assert len(data) <= MESSAGE_BYTES + 20, name
        for method in methods:
            outcome = replica.query(canister.canister_id, method, data)
            if isinstance(outcome, Rejected):
                errors = ("DecodeError: ", "CoercionError: ")
                assert any(error in outcome.message for error in errors), (name, method, outcome)
            fuel = next(
                event.fuel for event in reversed(replica.trace) if isinstance(event, Executed)
            )
            worst[f"{name} at {method}"] = fuel
    assert len(worst) > 3_000
    assert {name: fuel for name, fuel in worst.items() if fuel > FUEL_MAX} == {}


def test_ordinary_messages_are_far_from_the_bound(wasm, replica):
    """Of other types than just the expected ones, so that each value counts."""
    canister = install_canister(replica, wasm)
    pairs = [record((0, NAT8), (1, NAT8)), vec(0)]
    flags = [record((0, NAT)), vec(0)]
    for entries, element, count, method in (
        ([vec(NAT)], b"\5", 100_000, "ints"),
        (pairs, b"\1\2", 50_000, "pairs"),
        (flags, b"\7", 50_000, "nothing"),
        ([vec(TEXT)], b"\1a", 50_000, "texts"),
        ([vec(NAT8)], b"x", 1_000_000, "get_blob"),
    ):
        extra = [*entries, vec(NAT)]  # One type more than the header that is expected.
        data = message(extra, [len(entries) - 1], write_unsigned(count) + element * count)
        outcome = replica.query(canister.canister_id, method, data)
        assert not isinstance(outcome, Rejected), (method, outcome)


def test_large_messages_of_other_types_decode(wasm, replica):
    canister = install_canister(replica, wasm)
    # Fields in another order of types, one too many, one missing.
    ids = {name: field_hash(name) for name in ("id", "owner", "name", "amount", "flag", "more")}
    values = {
        "id": (NAT64, b"\7" * 8),
        "owner": (PRINCIPAL, b"\1\x0a" + b"p" * 10),
        "name": (TEXT, b"\5Alice"),
        "amount": (NAT, b"\xff\7"),
        "flag": (BOOL, b"\1"),
        "more": (0, b"\3abc"),
    }
    names = sorted(ids, key=ids.__getitem__)
    row = record(*((ids[name], values[name][0]) for name in names))
    element = b"".join(values[name][1] for name in names)
    cases = variant((field_hash("Leaf"), NULL), (field_hash("Other"), NULL))
    leaf = bytes([sorted((field_hash("Leaf"), field_hash("Other"))).index(field_hash("Leaf"))])
    for entries, unit, count, method in (
        ([vec(NAT64)], b"\xff" * 8, 100_000, "big_numbers"),
        ([vec(NAT8), row, vec(1)], element, 20_000, "rows"),
        ([vec(NAT8), row, opt(1), vec(2)], b"\1" + element, 20_000, "opt_rows"),
        ([cases, vec(0)], leaf, 10_000, "expressions"),
    ):
        data = message(entries, [len(entries) - 1], write_unsigned(count) + unit * count)
        outcome = replica.query(canister.canister_id, method, data)
        assert not isinstance(outcome, Rejected), (method, outcome)
    text = message([vec(NAT)], [TEXT], write_unsigned(1_000_000) + b"x" * 1_000_000)
    assert not isinstance(replica.query(canister.canister_id, "get_text", text), Rejected)
