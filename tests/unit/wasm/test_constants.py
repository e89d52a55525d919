import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.wasm.constants import (
    f32_expression,
    f64_expression,
    function_of,
    i32_expression,
    i64_expression,
    integer_of,
    is_lone_instruction,
    read_expression,
)
from scm.wasm.reader import Reader, WasmFormatError


@given(st.integers(0, 2**32 - 1))
def test_i32_patterns_come_back(bits):
    assert integer_of(i32_expression(bits)) == bits


@given(st.integers(0, 2**64 - 1))
def test_i64_patterns_come_back(bits):
    assert integer_of(i64_expression(bits)) == bits


def test_floats_are_written_bit_by_bit():
    assert f32_expression(0x7FA0_0001) == b"\x43\x01\x00\xa0\x7f\x0b"
    assert f64_expression(0x3FF8_0000_0000_0000) == b"\x44" + bytes(6) + b"\xf8\x3f\x0b"


@pytest.mark.parametrize(
    ("expression", "is_lone"),
    [
        (b"\x41\x80\x80\x00\x0b", True),
        (b"\x42\x7f\x0b", True),
        (b"\x43\x0b\x0b\x0b\x0b\x0b", True),
        (b"\x44" + b"\x0b" * 9, True),
        (b"\x23\x05\x0b", True),
        (b"\xd0\x70\x0b", True),
        (b"\xd2\x03\x0b", True),
        (b"\xfd\x0c" + bytes(16) + b"\x0b", True),
        (b"\x41\x01\x41\x02\x6a\x0b", False),
    ],
)
def test_expressions_end_where_they_end(expression, is_lone):
    reader = Reader(expression + b"\xff")
    assert read_expression(reader) == expression
    assert is_lone_instruction(expression) is is_lone


def test_functions_are_told_from_other_references():
    assert function_of(b"\xd2\x83\x00\x0b") == 3
    assert function_of(b"\xd0\x70\x0b") is None


@pytest.mark.parametrize("encoded", [b"\x20\x00\x0b", b"\xfd\x0d", b"\x41", b"", b"\x41\x00"])
def test_anything_else_is_refused(encoded):
    with pytest.raises(WasmFormatError):
        read_expression(Reader(encoded))
