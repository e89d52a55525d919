"""Time scm's Candid on the host against ic-py, in one process, the same values for both.

Run it as `tools/candid_speed`.  Times are the best of a few runs, in milliseconds.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from attrs import frozen

from scm.candid import (
    BLOB,
    INT,
    NAT,
    NAT64,
    PRINCIPAL,
    TEXT,
    Codec,
    Field,
    Opt,
    Record,
    Some,
    Type,
    Variant,
    VariantValue,
    Vec,
    decode,
    encode,
    tuple_record,
)
from scm.model import Principal

T = TypeVar("T")

COUNT: Final = 1_000
OWNER: Final = Principal(bytes([1, 2, 3, 4, 5, 6, 7, 8, 1, 1]))
PEER: Final = "ic-py==1.0.1"


@frozen
class Shape:
    """A type and a value, as scm has it; for ic-py, `peer_value` makes its value of ours."""

    name: str
    type: Type
    value: object
    peer_type: Callable[..., object]
    peer_value: Callable[..., object] = lambda value: value


def shapes() -> list[Shape]:
    """What is timed: the record of a ledger first."""
    numbers = [10**12 + index for index in range(COUNT)]
    users: list[object] = [
        {"id": 2**40 + index, "owner": OWNER, "name": f"user {index}", "amount": 10**12 + index}
        for index in range(COUNT)
    ]
    names = ("id", "owner", "name", "amount")
    user = Record([*map(Field, names, (NAT64, PRINCIPAL, TEXT, NAT))])
    results = [VariantValue("Ok", n) if n % 2 else VariantValue("Err", "no") for n in range(COUNT)]
    return [
        Shape(
            "vec record {id: nat64; owner: principal; name: text; amount: nat}",
            Vec(user),
            users,
            lambda t: t.Vec(
                t.Record(dict(zip(names, (t.Nat64, t.Principal, t.Text, t.Nat), strict=True)))
            ),
            lambda value: [item | {"owner": str(item["owner"])} for item in value],
        ),
        Shape("vec nat", Vec(NAT), numbers, lambda t: t.Vec(t.Nat)),
        Shape("vec int", Vec(INT), [-n for n in numbers], lambda t: t.Vec(t.Int)),
        Shape("vec nat64", Vec(NAT64), numbers, lambda t: t.Vec(t.Nat64)),
        Shape("vec text", Vec(TEXT), [f"user {n}" for n in numbers], lambda t: t.Vec(t.Text)),
        Shape(
            "vec blob",
            Vec(BLOB),
            [bytes(100)] * 100,
            lambda t: t.Vec(t.Vec(t.Nat8)),
            lambda value: [list(item) for item in value],
        ),
        Shape(
            "vec opt opt nat",
            Vec(Opt(Opt(NAT))),
            [Some(n if n % 3 else None) for n in range(COUNT)],
            lambda t: t.Vec(t.Opt(t.Opt(t.Nat))),
            lambda value: [[[]] if item.value is None else [[item.value]] for item in value],
        ),
        Shape(
            "vec variant {Ok: nat; Err: text}",
            Vec(Variant([Field("Ok", NAT), Field("Err", TEXT)])),
            results,
            lambda t: t.Vec(t.Variant({"Ok": t.Nat, "Err": t.Text})),
            lambda value: [{item.tag: item.value} for item in value],
        ),
        Shape(
            "vec record {text; nat}",
            Vec(tuple_record([TEXT, NAT])),
            [("a", n) for n in range(COUNT)],
            lambda t: t.Vec(t.Tuple(t.Text, t.Nat)),
        ),
    ]


def best_of(action: Callable[[], T], runs: int) -> tuple[float, T]:
    """The least time in milliseconds, and the result."""
    times: list[float] = []
    for _ in range(runs):
        started = time.perf_counter()
        result = action()
        times.append(time.perf_counter() - started)
    return min(times) * 1000, result


def compare(shape: Shape) -> str:
    """One row: the times of both, and how many times faster scm is."""
    peer = importlib.import_module("ic.candid")
    peer_type = shape.peer_type(peer.Types)
    params = [{"type": peer_type, "value": shape.peer_value(shape.value)}]
    peer_encode, sent = best_of(lambda: peer.encode(params), 3)
    peer_decode, _ = best_of(lambda: peer.decode(sent, [peer_type]), 3)
    own_encode, message = best_of(lambda: encode([shape.type], [shape.value]), 20)
    own_decode, values = best_of(lambda: decode(message, [shape.type]), 20)
    codec = Codec([shape.type])
    codec_encode, _ = best_of(lambda: codec.encode([shape.value]), 20)
    codec_decode, _ = best_of(lambda: codec.decode(message), 20)
    assert values == decode(sent, [shape.type]) == (shape.value,)
    lines = [f"{shape.name}, {len(message):,} bytes"]
    for what, theirs, own, kept in (
        ("encode", peer_encode, own_encode, codec_encode),
        ("decode", peer_decode, own_decode, codec_decode),
    ):
        lines.append(
            f"  {what}  ic-py {theirs:7.2f}   scm {own:6.2f} ({theirs / own:5.1f}x)"
            f"   Codec {kept:6.2f} ({theirs / kept:5.1f}x)"
        )
    return "\n".join(lines)


def main() -> int:
    sys.path.append(str(Path(sys.argv[1])))
    print(f"milliseconds, best of a few; scm against {PEER}")
    for shape in shapes():
        print(compare(shape))
    return 0


if __name__ == "__main__":
    sys.exit(main())
