import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.leb128 import read_signed, read_unsigned, write_signed, write_unsigned


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8001"), (624_485, "e58e26"), (2**64, "80808080808080808002")],
)
def test_unsigned_numbers_have_one_shortest_form(value, encoded):
    assert write_unsigned(value) == bytes.fromhex(encoded)
    assert read_unsigned(bytes.fromhex(encoded), 0) == (value, len(encoded) // 2)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"),
        (-1, "7f"),
        (63, "3f"),
        (64, "c000"),
        (-64, "40"),
        (-65, "bf7f"),
        (-123_456, "c0bb78"),
    ],
)
def test_signed_numbers_have_one_shortest_form(value, encoded):
    assert write_signed(value) == bytes.fromhex(encoded)
    assert read_signed(bytes.fromhex(encoded), 0) == (value, len(encoded) // 2)


@given(st.integers(0, 2**200), st.binary(max_size=3))
def test_unsigned_numbers_of_any_size_come_back(value, prefix):
    data = prefix + write_unsigned(value) + b"\xff"
    assert read_unsigned(data, len(prefix)) == (value, len(data) - 1)


@given(st.integers(-(2**200), 2**200), st.binary(max_size=3))
def test_signed_numbers_of_any_size_come_back(value, prefix):
    data = prefix + write_signed(value) + b"\xff"
    assert read_signed(data, len(prefix)) == (value, len(data) - 1)


def test_overlong_forms_are_read():
    assert read_unsigned(b"\x85\x80\x00", 0) == (5, 3)
    assert read_signed(b"\xff\xff\x7f", 0) == (-1, 3)


@pytest.mark.parametrize("read", [read_unsigned, read_signed])
@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff\xff"])
def test_truncated_numbers_are_refused(read, data):
    with pytest.raises(ValueError, match="cut off"):
        read(data, 0)


def test_negative_numbers_are_not_unsigned():
    with pytest.raises(ValueError, match="negative"):
        write_unsigned(-1)
