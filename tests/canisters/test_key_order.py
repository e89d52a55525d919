"""Keys in a canister: their order in stable memory is Python's, and they come back as they were."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from scm.model import Principal
from scm.replica.replica import Replica
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.client import CanisterHandle

pytestmark = pytest.mark.toolchain
COMPILER = "optimizing"

TYPES = {
    "int_": "int_",
    "nat": "nat",
    **{
        f"{kind}{8 * width}": f"{kind}{8 * width}"
        for kind in ("nat", "int")
        for width in (1, 2, 4, 8)
    },
    "float32": "float32",
    "float64": "float64",
    "text": "text",
    "blob": "blob",
    "principal": "Principal",
    "two": "tuple[text, blob]",
    "three": "tuple[int_, text, nat]",
    "maybe": "text | None",
    "many": "tuple[nat, ...]",
}

HEAD = """
from scm import (
    Principal, StableSet, blob, float32, float64, int8, int16, int32, int64, int_, nat, nat8, nat16,
    nat32, nat64, state, text, update,
)

@state
class Keys:
"""

METHOD = """
@update
def sort_{name}(keys: Keys, values: list[{type}]) -> list[{type}]:
    keys.by_{name}.clear()
    for value in values:
        keys.by_{name}.add(value)
        if value not in keys.by_{name}:
            raise ValueError("it is not there")
    if list(reversed(keys.by_{name})) != list(keys.by_{name})[::-1]:
        raise ValueError("backwards is another order")
    return list(keys.by_{name})
"""


@pytest.fixture(scope="module")
def keys(build_canister: CanisterBuilder, tmp_path_factory: Any) -> CanisterHandle:
    fields = "".join(
        f"    by_{name}: StableSet[{of}] = StableSet()\n" for name, of in TYPES.items()
    )
    methods = "".join(METHOD.format(name=name, type=of) for name, of in TYPES.items())
    folder = tmp_path_factory.mktemp("keys")
    (folder / "canister.py").write_text(HEAD + fields + methods)
    replica = Replica()
    return install_canister(replica, build_canister(folder))


def numbers(source: random.Random) -> Iterator[int]:
    """Numbers of all sizes, and those where the number of bytes or digits changes."""
    for bits in [*range(1, 132), 792, 799, 800, 801, 808, 816, 5000]:
        for near in (-1, 0, 1):
            yield (1 << bits) + near
            yield -(1 << bits) + near
    for _ in range(600):
        number = source.getrandbits(source.choice([3, 8, 15, 30, 31, 60, 62, 63, 64, 65, 300]))
        yield from (number, -number)


def texts(source: random.Random) -> Iterator[str]:
    yield from ("", "\0", "\0\0", "a\0", "a" * 300, "a" * 300 + "\0b", "\0" * 300)
    for letters in ("ab\0", "ab\0\x01z\x7f\x80é漢\U0001f600"):
        for _ in range(400):
            yield "".join(source.choices(letters, k=source.randrange(20)))


def samples(name: str) -> list[Any]:
    source = random.Random(name)
    ints, words = list(numbers(source)), list(texts(source))
    match name:
        case "int_":
            return ints
        case "nat":
            return [number for number in ints if number >= 0]
        case "float32" | "float64":
            size, code = (4, "f") if name == "float32" else (8, "d")
            drawn = [struct.unpack(code, source.randbytes(size))[0] for _ in range(800)]
            ends = [0.0, -0.0, math.inf, -math.inf, 1.5, -1.5]
            return [number for number in [*drawn, *ends] if not math.isnan(number)]
        case "text":
            return words
        case "maybe":
            return [None, *words]
        case "blob":
            return [word.encode() + source.randbytes(source.randrange(3)) for word in words]
        case "two":
            return [(source.choice(words), source.choice(words).encode()) for _ in range(1000)]
        case "three":
            few = words[:9]
            return [
                (source.choice(ints), source.choice(few), abs(source.choice(ints)))
                for _ in range(1000)
            ]
        case "many":
            return [tuple(source.choices([0, 1, 255, 256], k=n % 5)) for n in range(300)]
        case _:
            bits = int(name[3:])
            least, most = (
                (0, 2**bits - 1) if name[0] == "n" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
            )
            drawn = [source.randint(least, most) for _ in range(300)]
            return [least, most, *drawn, *(number for number in ints if least <= number <= most)]


def sorted_once(values: list[Any]) -> list[Any]:
    """The different values in order; None comes first."""
    some = sorted({value for value in values if value is not None})
    return [None, *some] if None in values else some


@pytest.mark.parametrize("name", [name for name in TYPES if name != "principal"])
def test_keys_have_the_order_of_their_values(keys: CanisterHandle, name: str) -> None:
    values = samples(name)
    found = getattr(keys, f"sort_{name}")(values)
    if name == "many":
        found = [tuple(key) for key in found]
    assert list(found) == sorted_once(values)  # A list of nat8 is a blob to tests.


def test_principals_have_the_order_of_their_bytes(keys: CanisterHandle) -> None:
    values = [Principal(raw[:29]) for raw in samples("blob")]
    assert keys.sort_principal(values) == sorted(set(values))
