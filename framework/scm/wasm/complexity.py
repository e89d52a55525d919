"""The platform's measure of how long a function takes to compile: a weight for each instruction.

Source: `validation.rs` of the Internet Computer's replica; no specification has it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Final

COMPLEXITY_PER_BYTE_MAX: Final = 25
"""What a body costs at most per byte: the dearest instructions take two (`call`, `block`)."""


def function_complexity(counts: Counter[bytes]) -> int:
    """The platform's measure of how long a function takes to compile."""
    weights = _weights()
    return sum(weights.get(opcode, 1) * count for opcode, count in counts.items())


@cache
def _weights() -> dict[bytes, int]:
    """Opcode to weight, for those that do not weigh 1."""
    one_byte = {
        # block loop if, br br_if br_table, call call_indirect, memory.grow
        50: (0x02, 0x03, 0x04, 0x0C, 0x0D, 0x0E, 0x10, 0x11, 0x40),
        14: (0x25,),  # table.get
        8: (0xD2,),  # ref.func
        7: (0x26,),  # table.set
        6: (0xD1,),  # ref.is_null
        # Trapping truncations, conversions, i64.extend_i32, f32.demote.
        5: (0xA8, 0xA9, 0xAA, 0xAB, *range(0xAC, 0xBB)),
        4: (0x8B, 0x8C, 0x99, 0x9A),  # float abs and neg
        # Loads, f64.eq, integer division and remainder, copysign.
        3: (*range(0x28, 0x36), 0x61, *range(0x6D, 0x71), *range(0x7F, 0x83), 0x98, 0xA6),
        2: (
            0x1B,  # select
            0x23,  # global.get
            *range(0x36, 0x40),  # stores, memory.size
            *range(0x45, 0x61),  # comparisons
            *range(0x62, 0x67),
            0x69,  # popcnt
            0x7B,
            *range(0x8D, 0x90),  # ceil floor trunc
            0x91,  # sqrt
            *range(0x9B, 0x9E),
            0x9F,
            0xA7,  # i32.wrap_i64
            0xBB,  # f64.promote_f32
            0xBC,  # i32.reinterpret_f32
            0xBD,  # i64.reinterpret_f64
            *range(0xC0, 0xC5),  # sign extensions
        ),
    }
    weights = {
        bytes((opcode,)): weight for weight, opcodes in one_byte.items() for opcode in opcodes
    }
    weights |= {bytes((0xFC, saturating)): 3 for saturating in range(8)}
    return weights | {b"\xfc\x0a": 4, b"\xfc\x0b": 3}  # memory.copy, memory.fill
