"""Keys as bytes: there and back, in the order of the values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.candid.values import VariantValue
from scm.storage.key_shapes import SignatureError, parse_signature
from scm.storage.keys import KeyEncodingError, decode_key, encode_key

ENCODED = [
    ("int", 0, "80"),
    ("int", 1, "8101"),
    ("int", -1, "7ffe"),
    ("int", 256, "820100"),
    ("int", 1 << 800, "e5" + "0000000000000065" + "01" + "00" * 100),
    ("nat16", 258, "0102"),
    ("int8", -1, "7f"),
    ("bool", True, "01"),
    ("float64", 1.5, "bff8000000000000"),
    ("float64", -0.0, "8000000000000000"),
    ("text", "a\0", "6100"),
    ("(text,bool)", ("a\0", False), "6100ff000000"),
    ("(a:text,b:int)", {"a": "x", "b": 2}, "7800008102"),
    ("opt(blob)", None, "00"),
    ("opt(blob)", b"", "01"),
    ("vec(nat8)", [7, 8], "0107010800"),
    ("null", None, ""),
    ("variant(No(),Yes(value:nat8))", VariantValue("Yes", 9), "0109"),
    ("variant(No(),Yes(value:nat8))", VariantValue("No"), "00"),
    ("variant(At(x:nat8,y:nat8))", VariantValue("At", {"x": 1, "y": 2}), "000102"),
]


@pytest.mark.parametrize(("signature", "value", "encoded"), ENCODED)
def test_keys_are_encoded_as_decided(signature: str, value: object, encoded: str) -> None:
    shape = parse_signature(signature)
    assert encode_key(shape, value).hex() == encoded
    assert decode_key(shape, bytes.fromhex(encoded)) == value


ints = st.integers() | st.integers(-(10**300), 10**300)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": ints,
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float64": st.floats(allow_nan=False),
    "text": st.text(),
    "(text,int)": st.tuples(st.text("\0\x01a"), ints),
    "vec(blob)": st.lists(st.binary(max_size=3), max_size=3),
}


@pytest.mark.parametrize("signature", VALUES)
@given(data=st.data())
def test_order_of_bytes_is_that_of_values(signature: str, data: st.DataObject) -> None:
    shape = parse_signature(signature)
    one, other = data.draw(VALUES[signature]), data.draw(VALUES[signature])
    first, second = encode_key(shape, one), encode_key(shape, other)
    assert (first < second, first == second) == (one < other, one == other)
    assert decode_key(shape, first) == one


@given(content=st.binary(max_size=40))
@pytest.mark.parametrize("signature", [item[0] for item in ENCODED])
def test_any_bytes_are_a_key_or_refused(signature: str, content: bytes) -> None:
    shape = parse_signature(signature)
    try:
        value = decode_key(shape, content)
    except KeyEncodingError:
        return
    assert encode_key(shape, value) == content


@pytest.mark.parametrize(
    "text",
    ["", "natural", "(int", "vec()", "opt(int", "variant(a)", "(a:int,int)", "int8x", "((" * 99],
)
def test_no_signature(text: str) -> None:
    with pytest.raises(SignatureError):
        parse_signature(text)
