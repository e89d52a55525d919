"""Constant expressions: find where one ends, read the integer it stands for, write one.

Core specification, "Binary Format / Expressions" and "Validation / Constant Expressions".
"""

from __future__ import annotations

from typing import Final

from scm.leb128 import read_signed, read_unsigned, write_signed
from scm.wasm.reader import Reader

# Additions, subtractions and products of integers: the "extended constants" proposal.
_ARITHMETIC: Final = frozenset((0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E))
_V128_CONST: Final = 12  # behind the vector prefix


class _Opcode:
    END: Final = 0x0B
    GLOBAL_GET: Final = 0x23
    I32_CONST: Final = 0x41
    I64_CONST: Final = 0x42
    F32_CONST: Final = 0x43
    F64_CONST: Final = 0x44
    REF_NULL: Final = 0xD0
    REF_FUNC: Final = 0xD2
    VECTOR_PREFIX: Final = 0xFD


def read_expression(reader: Reader) -> bytes:
    """Read a constant expression up to and with its `end`; raises on any other instruction."""
    start = reader.position
    while (opcode := reader.byte()) != _Opcode.END:
        _skip_immediate(reader, opcode)
    return reader.since(start)


def integer_of(expression: bytes) -> int | None:
    """The unsigned value of a lone `i32.const` or `i64.const`; None for any other expression."""
    bits = {_Opcode.I32_CONST: 32, _Opcode.I64_CONST: 64}.get(expression[0])
    if bits is None:
        return None
    value, position = read_signed(expression, 1)
    return value % (1 << bits) if expression[position] == _Opcode.END else None


def function_of(expression: bytes) -> int | None:
    """The function index of a lone `ref.func`; None for any other expression."""
    if expression[0] != _Opcode.REF_FUNC:
        return None
    index, position = read_unsigned(expression, 1)
    return index if expression[position] == _Opcode.END else None


def is_lone_instruction(expression: bytes) -> bool:
    """Whether one instruction and the `end` are all there is."""
    reader = Reader(expression)
    _skip_immediate(reader, reader.byte())
    return reader.position == len(expression) - 1


def i32_expression(bits: int) -> bytes:
    """`i32.const` of an unsigned 32-bit pattern."""
    return _constant(_Opcode.I32_CONST, write_signed(_as_signed(bits, 32)))


def i64_expression(bits: int) -> bytes:
    """`i64.const` of an unsigned 64-bit pattern."""
    return _constant(_Opcode.I64_CONST, write_signed(_as_signed(bits, 64)))


def f32_expression(bits: int) -> bytes:
    """`f32.const` of a 32-bit pattern."""
    return _constant(_Opcode.F32_CONST, bits.to_bytes(4, "little"))


def f64_expression(bits: int) -> bytes:
    """`f64.const` of a 64-bit pattern."""
    return _constant(_Opcode.F64_CONST, bits.to_bytes(8, "little"))


def _skip_immediate(reader: Reader, opcode: int) -> None:
    match opcode:
        case _Opcode.I32_CONST:
            reader.s32()
        case _Opcode.I64_CONST:
            reader.s64()
        case _Opcode.F32_CONST:
            reader.take(4)
        case _Opcode.F64_CONST:
            reader.take(8)
        case _Opcode.GLOBAL_GET | _Opcode.REF_FUNC:
            reader.u32()
        case _Opcode.REF_NULL:
            reader.s33()
        case _Opcode.VECTOR_PREFIX if reader.u32() == _V128_CONST:
            reader.take(16)
        case _ if opcode not in _ARITHMETIC:
            raise reader.error(f"instruction 0x{opcode:02x} in a constant expression")


def _as_signed(bits: int, width: int) -> int:
    return bits - (1 << width) if bits >> width - 1 else bits


def _constant(opcode: int, immediate: bytes) -> bytes:
    return bytes((opcode,)) + immediate + bytes((_Opcode.END,))
