import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.leb128 import write_signed, write_unsigned
from scm.wasm.reader import Reader, WasmFormatError


@given(st.integers(0, 2**32 - 1))
def test_u32_reads_what_leb128_writes(value):
    assert Reader(write_unsigned(value)).u32() == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_s64_reads_what_leb128_writes(value):
    assert Reader(write_signed(value)).s64() == value


def test_u32_accepts_padding_up_to_five_bytes():
    assert Reader(b"\x85\x80\x80\x80\x00").u32() == 5


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        (b"", "unexpected end"),
        (b"\x80", "unexpected end"),
        (b"\x80\x80\x80\x80\x80\x00", "too long"),
        (b"\xff\xff\xff\xff\x7f", "does not fit 32 bits"),
    ],
)
def test_u32_refuses(encoded, message):
    with pytest.raises(WasmFormatError, match=message):
        Reader(encoded).u32()


def test_s32_refuses_a_number_of_33_bits():
    with pytest.raises(WasmFormatError, match="does not fit 32 bits"):
        Reader(write_signed(2**31)).s32()


def test_name_must_be_utf8():
    with pytest.raises(WasmFormatError, match="UTF-8") as caught:
        Reader(b"\x01\xff", base=100).name()
    assert caught.value.offset == 101


def test_vector_with_an_impossible_count_is_refused_before_reading():
    reader = Reader(b"\xff\xff\xff\xff\x0f\x00")
    with pytest.raises(WasmFormatError, match="cannot fit"):
        reader.vector(reader.byte)


def test_expect_end_counts_what_is_left():
    with pytest.raises(WasmFormatError, match="2 bytes too many"):
        Reader(b"ab").expect_end()
