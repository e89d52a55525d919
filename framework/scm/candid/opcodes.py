"""Numbers of the Candid binary format: type opcodes and func annotations (Candid spec, "Types").

Plain `Final` ints, so that mypyc folds them into the code that dispatches on them.
"""

from typing import Final

OP_NULL: Final = -1
OP_BOOL: Final = -2
OP_NAT: Final = -3
OP_INT: Final = -4
OP_NAT8: Final = -5
OP_NAT16: Final = -6
OP_NAT32: Final = -7
OP_NAT64: Final = -8
OP_INT8: Final = -9
OP_INT16: Final = -10
OP_INT32: Final = -11
OP_INT64: Final = -12
OP_FLOAT32: Final = -13
OP_FLOAT64: Final = -14
OP_TEXT: Final = -15
OP_RESERVED: Final = -16
OP_EMPTY: Final = -17
OP_OPT: Final = -18
OP_VEC: Final = -19
OP_RECORD: Final = -20
OP_VARIANT: Final = -21
OP_FUNC: Final = -22
OP_SERVICE: Final = -23
OP_PRINCIPAL: Final = -24
# Stands for every opcode below: types of later versions, which are skipped by their length.
OP_FUTURE: Final = -25

# Reference by name; never on the wire.
OP_REF: Final = 0

ANNOTATION_QUERY: Final = 1
ANNOTATION_ONEWAY: Final = 2
ANNOTATION_COMPOSITE_QUERY: Final = 3

_NAMES: Final = (
    *("null", "bool", "nat", "int", "nat8", "nat16", "nat32", "nat64"),
    *("int8", "int16", "int32", "int64", "float32", "float64", "text", "reserved", "empty"),
    *("opt", "vec", "record", "variant", "func", "service", "principal"),
)


def opcode_name(opcode: int) -> str:
    """The Candid keyword of an opcode; `future` for types of later versions."""
    return _NAMES[-opcode - 1] if opcode > OP_FUTURE else "future"


def is_primitive(opcode: int) -> bool:
    """Whether a type is written as its bare opcode instead of through the type table."""
    return OP_EMPTY <= opcode <= OP_NULL or opcode == OP_PRINCIPAL


def primitive_width(opcode: int) -> int:
    """Encoded size of a value in bytes, or -1 where it varies (or is no primitive)."""
    if opcode in (OP_NULL, OP_RESERVED):
        return 0
    if opcode in (OP_BOOL, OP_NAT8, OP_INT8):
        return 1
    if opcode in (OP_NAT16, OP_INT16):
        return 2
    if opcode in (OP_NAT32, OP_INT32, OP_FLOAT32):
        return 4
    if opcode in (OP_NAT64, OP_INT64, OP_FLOAT64):
        return 8
    return -1
