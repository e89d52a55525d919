"""LEB128: known bytes, round trips, over-long and cut-off forms, linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.leb128 import read_signed, read_unsigned, write_signed, write_unsigned

UNSIGNED = [
    (0, "00"),
    (1, "01"),
    (127, "7f"),
    (128, "8001"),
    (16383, "ff7f"),
    (16384, "808001"),
    (624485, "e58e26"),
    (2**56 - 1, "ffffffffffffff7f"),
    (2**56, "808080808080808001"),
    (2**63, "80808080808080808001"),
    (2**126 - 1, "ff" * 17 + "7f"),
    (2**126, "80" * 18 + "01"),
    (60000000000000000, "808098f4e9b5ca6a"),
]
SIGNED = [
    (0, "00"),
    (-1, "7f"),
    (63, "3f"),
    (64, "c000"),
    (-64, "40"),
    (-65, "bf7f"),
    (128, "8001"),
    (-123456, "c0bb78"),
    (2**55 - 1, "ffffffffffffff3f"),
    (2**55, "80808080808080c000"),
    (-(2**55), "8080808080808040"),
    (-(2**63), "8080808080808080807f"),
    (8191, "ff3f"),
    (8192, "80c000"),
    (-8192, "8040"),
    (-8193, "ffbf7f"),
    (2**125 - 1, "ff" * 17 + "3f"),
    (2**125, "80" * 17 + "c000"),
    (-(2**125), "80" * 17 + "40"),
    (-(2**125) - 1, "ff" * 17 + "bf7f"),
    (-60000000000000000, "8080e88b96cab5957f"),
]


@pytest.mark.parametrize(("number", "encoded"), UNSIGNED)
def test_unsigned_numbers_have_known_bytes(number: int, encoded: str) -> None:
    raw = bytes.fromhex(encoded)

    assert write_unsigned(number) == raw
    assert read_unsigned(b"\xff" + raw + b"\xff", 1) == (number, 1 + len(raw))


@pytest.mark.parametrize(("number", "encoded"), SIGNED)
def test_signed_numbers_have_known_bytes(number: int, encoded: str) -> None:
    raw = bytes.fromhex(encoded)

    assert write_signed(number) == raw
    assert read_signed(b"\xff" + raw + b"\xff", 1) == (number, 1 + len(raw))


@given(st.integers(min_value=0) | st.integers(0, 2**600))
def test_unsigned_numbers_round_trip(number: int) -> None:
    raw = write_unsigned(number)

    assert read_unsigned(raw, 0) == (number, len(raw))
    assert len(raw) == max(1, (number.bit_length() + 6) // 7)


@given(st.integers() | st.integers(-(2**600), 2**600))
def test_signed_numbers_round_trip(number: int) -> None:
    raw = write_signed(number)

    assert read_signed(raw, 0) == (number, len(raw))


@given(st.integers(0, 2**70), st.integers(1, 30))
def test_over_long_numbers_are_read(number: int, extra: int) -> None:
    raw = write_unsigned(number)
    padded = raw[:-1] + bytes([raw[-1] | 0x80]) + b"\x80" * (extra - 1) + b"\0"

    assert read_unsigned(padded, 0) == (number, len(padded))


@pytest.mark.parametrize("raw", [b"", b"\x80", b"\xff" * 20])
def test_cut_off_numbers_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="cut off"):
        read_unsigned(raw, 0)
    with pytest.raises(ValueError, match="cut off"):
        read_signed(raw, 0)


def test_negative_numbers_have_no_unsigned_form() -> None:
    with pytest.raises(ValueError, match="negative"):
        write_unsigned(-1)


def test_a_huge_number_takes_linear_time() -> None:
    raw = b"\xff" * 1_000_000 + b"\x3f"
    started = time.process_time()

    number, end = read_signed(raw, 0)

    assert end == len(raw)
    assert write_signed(number) == raw
    assert time.process_time() - started < 5  # quadratic code takes minutes
