"""CBOR of strangers."""

from __future__ import annotations

import cbor2
import pytest

from scm.wire.cbor import decode_cbor, encode_cbor
from scm.wire.errors import MalformedError


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("d9d9f7a0", {}),
        ("a0", {}),
        ("bf616101ff", {"a": 1}),
        ("5f41014102ff", b"\1\2"),
        ("d9d9f7818101", [[1]]),
        ("c24401020304", 0x01020304),
        ("f6", None),
    ],
)
def test_good(encoded: str, expected: object) -> None:
    found = decode_cbor(bytes.fromhex(encoded))
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "d9d9f7",
        "0000",
        "a1",
        "a2616101616102",
        "a10001",
        "81" * 17 + "00",
        "9bffffffffffffffff",
        "5bffffffffffffffff",
        "c001",
        "c58201c301",
        "c4821b7fffffffffffffff01",
        "c5821b7fffffffffffffff01",
        "d81c80",
        "d823622e2a",
        "d9010080",
        "d903e800",
        "61ff",
        "1c",
        "ff",
    ],
)
def test_bad(encoded: str) -> None:
    with pytest.raises(MalformedError):
        decode_cbor(bytes.fromhex(encoded))


def test_what_is_encoded_is_tagged_and_read_back() -> None:
    encoded = encode_cbor({"a": [b"b", {"c": 5}]})
    assert encoded[:3] == bytes.fromhex("d9d9f7")
    assert decode_cbor(encoded) == {"a": [b"b", {"c": 5}]}
    assert cbor2.loads(encoded)
