"""What each instruction costs on the Internet Computer, by its opcode.

The weights are those of the embedder (dfinity/ic, `instruction_to_cost` of
rs/embedders/src/wasm_utils/instrumentation.rs, read as of 2025), found by measuring: no
specification fixes them.  What is not listed costs 1.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_BY_WEIGHT: Final = {
    0: (0x02, 0x03, 0x05, 0x0B),  # block, loop, else, end
    2: (
        *(0x04, 0x0C, 0x0D, 0x0E),  # if, br, br_if, br_table
        *(0x23, 0x24),  # global.get, global.set
        *(*range(0x8D, 0x91), 0x92, 0x93, 0x94, 0x98),  # f32: ceil to nearest, add to mul, copysign
        *(*range(0x9B, 0x9F), 0xA0, 0xA1, 0xA2),  # f64: ceil to nearest, add to mul
    ),
    3: (
        0x12,  # return_call
        *range(0x5B, 0x67),  # Comparisons of floats.
        0x95,  # f32.div
        0xA6,  # f64.copysign
        *(0xB2, 0xB4, 0xB7, 0xB9),  # Signed integers to floats.
    ),
    5: (0x10, 0x25, 0x26, 0xD1, 0x91, 0xA3),  # call, table.get/set, ref.is_null, f32.sqrt, f64.div
    8: (0x9F,),  # f64.sqrt
    10: (0x11, *range(0x6D, 0x71), *range(0x7F, 0x83)),  # call_indirect, div and rem of integers
    16: (0xB3, 0xB5, 0xB8, 0xBA),  # Unsigned integers to floats.
    18: (0x96, 0x97, 0xA4, 0xA5),  # min and max of floats
    20: (0x3F, *range(0xA8, 0xAC), *range(0xAE, 0xB2)),  # memory.size, floats to integers
    60: (0x13,),  # return_call_indirect
    130: (0xD2,),  # ref.func
    300: (0x40,),  # memory.grow
}

_BY_WEIGHT_FC: Final = {
    20: range(0x08),  # Saturating floats to integers.
    # memory.init, .copy, .fill, table.init, .copy, .size, .fill; the bytes or elements come on top.
    100: (0x08, 0x0A, 0x0B, 0x0C, 0x0E, 0x10, 0x11),
    300: (0x09, 0x0D, 0x0F),  # data.drop, elem.drop, table.grow
}

_BY_WEIGHT_SIMD: Final = {
    2: (
        *(38, 40, 48, 50, 58, 60),  # lt_u, gt_u of integers
        *(103, 104, 105, 106, 116, 117, 122, 148),  # Rounding of floats.
        *(109, 125),  # i8x16.shr_u, i16x8.extadd_pairwise_i8x16_u
        *(139, 140, 141, 157, 159),  # i16x8: shifts, extmul_high
        *(171, 172, 173, 181, 188, 189, 190, 191),  # i32x4: shifts, mul, extmul
        *(203, 205),  # i64x2.shl, .shr_u
        *(224, 225, 228, 229, 230),  # f32x4: abs, neg, add, sub, mul
        *(236, 237, 240, 241, 242),  # f64x2
        *(248, 252),  # i32x4.trunc_sat of signed
    ),
    3: (13, 98, 107, 108, 127, 204, 253),
    4: (213, 232, 233, 244, 249, 251),
    5: (227, 245),  # f32x4.sqrt, f64x2.max
    10: (231,),  # f32x4.div
    12: (243,),  # f64x2.div
    14: (239,),  # f64x2.sqrt
}

_SIMD_MEMORY: Final = (*range(12), *range(84, 94))

# What the platform adds to a module, beside what counts: it is compiled, too.
ADDED_GLOBALS: Final = 3
GLOBAL_INSTRUCTIONS: Final = 2
ADDED_INSTRUCTIONS: Final = 20 + 46
"""Two functions: one takes a size off the counter, one counts clean pages of stable memory."""

NATIVE_STABLE_INSTRUCTIONS: Final = {
    "stable_size": 10,
    "stable64_size": 2,
    "stable_grow": 24,
    "stable64_grow": 21,
    "stable_read": 106,
    "stable64_read": 119,
    "stable_write": 91,
    "stable64_write": 107,
}
"""Functions of the System API that it puts into the module (system_api_replacements.rs)."""


@cache
def instruction_weights(*, is_memory_64: bool) -> dict[bytes, int]:
    """Opcode (with its prefix, as it stands in the code) to weight, of all known instructions.

    In a module with a 64-bit memory, loads and stores cost 2.
    """
    weights = {bytes([opcode]): 1 for opcode in range(0xD3)}
    weights |= {bytes([0xFC, opcode]): 1 for opcode in range(0x12)}
    weights |= {simd_opcode(opcode): 1 for opcode in range(0x100)}
    for weight, opcodes in _BY_WEIGHT.items():
        weights |= {bytes([opcode]): weight for opcode in opcodes}
    for weight, prefixed in _BY_WEIGHT_FC.items():
        weights |= {bytes([0xFC, opcode]): weight for opcode in prefixed}
    for weight, vector in _BY_WEIGHT_SIMD.items():
        weights |= {simd_opcode(opcode): weight for opcode in vector}
    if is_memory_64:
        weights |= {bytes([opcode]): 2 for opcode in range(0x28, 0x3F)}
        weights |= {simd_opcode(opcode): 2 for opcode in _SIMD_MEMORY}
    return weights


def simd_opcode(number: int) -> bytes:
    """A vector instruction's opcode as it stands in the code: the prefix, and a LEB128 number."""
    return bytes([0xFD, number] if number < 0x80 else [0xFD, number, 0x01])
