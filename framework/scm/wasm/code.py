"""The code section: where each body is, and which instructions it holds.

Decoding a million instructions one by one takes CPython a second; one regular expression that
matches a run of instructions takes 20 ns each.  The expression stops at `br_table` (whose length
it cannot count) and at every instruction that scm has to know of, and fails on an unknown one:
it never guesses where an instruction begins.

Core specification, "Binary Format / Instructions".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from attrs import frozen

from scm.leb128 import read_unsigned
from scm.wasm.module import Module, SectionId
from scm.wasm.reader import Reader, WasmFormatError
from scm.wasm.sections import read_value_type

MEMORY_INIT: Final = b"\xfc\x08"
DATA_DROP: Final = b"\xfc\x09"
TABLE_SET: Final = b"\x26"
TABLE_INIT: Final = b"\xfc\x0c"
TABLE_COPY: Final = b"\xfc\x0e"
TABLE_GROW: Final = b"\xfc\x0f"
TABLE_FILL: Final = b"\xfc\x11"

NOTABLE_NAMES: Final = {
    MEMORY_INIT: "memory.init",
    DATA_DROP: "data.drop",
    TABLE_SET: "table.set",
    TABLE_INIT: "table.init",
    TABLE_COPY: "table.copy",
    TABLE_GROW: "table.grow",
    TABLE_FILL: "table.fill",
}
TABLE_MUTATORS: Final = frozenset((TABLE_SET, TABLE_INIT, TABLE_COPY, TABLE_GROW, TABLE_FILL))

_BR_TABLE: Final = 0x0E
_LEB: Final = rb"[\x80-\xff]*+[\x00-\x7f]"

# Opcodes with their immediates; `N` stands for one LEB128 number.  Prefixed opcodes must be in
# their shortest form, as every known tool writes them.
_ORDINARY: Final = rb"""
[\x00\x01\x05\x0b\x0f\x1a\x1b\x45-\xc4\xd1]
|[\x02-\x04\x0c\x0d\x10\x12\x20-\x25\x3f-\x42\xd0\xd2]N
|[\x11\x13\x28-\x3e]NN
|\x43.{4}|\x44.{8}
|\x1c\x01.
|\xfc(?:[\x00-\x07]|[\x0b\x0d\x10]N|\x0aNN)
|\xfd(?:[\x00-\x0b\x5c\x5d]NN|[\x0c\x0d].{16}|[\x15-\x22].|[\x54-\x5b]NN.
|[\x0e-\x14\x23-\x53\x5e-\x7f]|[\x80-\xff]\x01)
""".replace(b"\n", b"").replace(b"N", _LEB)
_NOTABLE: Final = rb"\x26N|\xfc(?:[\x09\x0f\x11]N|[\x08\x0c\x0e]NN)".replace(b"N", _LEB)

_RUN: Final = re.compile(rb"(?s)(?:" + _ORDINARY + rb")*+")
_ONE_NOTABLE: Final = re.compile(_NOTABLE)
INSTRUCTION: Final = re.compile(
    rb"(?s)(?=(\xfc.|\xfd[\x80-\xff].|\xfd.|.))(?:" + _ORDINARY + rb"|" + _NOTABLE + rb")"
)
"""One instruction, but for `br_table`; the group is its opcode with its prefix."""

# The start of a body with few local variables: its size, then how many there are of each type.
_SMALL: Final = rb"[\x80-\xff]{0,3}+[\x00-\x7f]"  # A number of at most 28 bits.
_LOCALS: Final = rb"|".join(
    b"%c(?:%b[\x6f\x70\x7b-\x7f]){%d}" % (count, _SMALL, count) for count in range(9)
)
_HEAD: Final = re.compile(rb"(?s)(" + _SMALL + rb")(?:" + _LOCALS + rb")")


@frozen
class FunctionBody:
    """One entry of the code section: `start` and `end` of its instructions in the payload.

    Before them, from `locals_start` on, are the local variables.
    """

    locals_start: int
    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        return self.end - self.start


@frozen
class Code:
    """The code section with its bodies found; `offset` is where the payload was in the module."""

    payload: bytes
    bodies: tuple[FunctionBody, ...]
    offset: int


@frozen
class NotableInstruction:
    """An instruction of `NOTABLE_NAMES` in the body with that index (imports not counted)."""

    body: int
    opcode: bytes


def read_code(module: Module) -> Code:
    """Find the bodies of the code section (none if there is no such section)."""
    section = module.find(SectionId.CODE)
    if section is None:
        return Code(b"", (), 0)
    try:
        bodies = _bodies_of(section.payload)
    except WasmFormatError as error:
        raise WasmFormatError(section.offset + error.offset, error.message) from error
    return Code(section.payload, bodies, section.offset)


@lru_cache(maxsize=2)
def _bodies_of(payload: bytes) -> tuple[FunctionBody, ...]:
    """The bodies in a code section; several passes in a row ask for the same ones."""
    reader = Reader(payload)
    bodies = tuple(reader.vector(lambda: _read_body(reader)))
    reader.expect_end()
    return bodies


def find_notable(code: Code) -> Iterator[NotableInstruction]:
    """Walk all instructions and yield the notable ones; raises `WasmFormatError` on unknown ones.

    3.4 MB with 1.5 million instructions take 0.07 s.
    """
    for index, body in enumerate(code.bodies):
        for _, stop in _runs(code, body):
            if stop < body.end and code.payload[stop] != _BR_TABLE:
                yield NotableInstruction(index, _opcode_at(code.payload, stop))


def count_opcodes(code: Code, body: FunctionBody) -> Counter[bytes]:
    """How often each opcode (with its prefix, if any) occurs in one body."""
    counts: Counter[bytes] = Counter()
    for start, stop in _runs(code, body):
        counts.update(INSTRUCTION.findall(code.payload, start, stop))
        if stop < body.end:
            counts[_opcode_at(code.payload, stop)] += 1
    return counts


def read_instructions(code: Code, body: FunctionBody) -> Iterator[tuple[bytes, bytes]]:
    """Yield opcode (with its prefix, if any) and immediates of each instruction of one body."""
    for start, stop in _runs(code, body):
        for found in INSTRUCTION.finditer(code.payload, start, stop):
            opcode = found[1]
            yield opcode, found[0][len(opcode) :]
        if stop < body.end:
            opcode = _opcode_at(code.payload, stop)
            yield opcode, code.payload[stop + len(opcode) : _after_stop(code, stop, body.end)]


def _runs(code: Code, body: FunctionBody) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of ordinary instructions; unless the body ends there, the
    end is the position of a `br_table` or of a notable instruction."""
    payload, end = code.payload, body.end
    start = body.start
    while True:
        run = _RUN.match(payload, start, end)
        assert run is not None  # It matches at least nothing.
        stop = run.end()
        if stop == end:
            yield start, stop
            return
        # Look at the instruction before yielding it, so that an unknown one is never counted.
        after = _after_stop(code, stop, end)
        yield start, stop
        start = after


def _after_stop(code: Code, position: int, end: int) -> int:
    if code.payload[position] == _BR_TABLE:
        return after_br_table(code, position, end)
    notable = _ONE_NOTABLE.match(code.payload, position, end)
    if notable is None:
        opcode = code.payload[position : position + 2].hex(" ")
        raise WasmFormatError(code.offset + position, f"unknown instruction {opcode}")
    return notable.end()


def after_br_table(code: Code, position: int, end: int) -> int:
    """Where the `br_table` at `position` ends."""
    reader = Reader(code.payload[position:end], code.offset + position)
    reader.byte()
    # As many labels as the count says, and the default one.
    for _ in range(reader.u32() + 1):
        reader.u32()
    return position + reader.position


def _opcode_at(payload: bytes, position: int) -> bytes:
    is_prefixed = payload[position] in b"\xfc\xfd"
    return payload[position : position + 1 + is_prefixed]


def _read_body(reader: Reader) -> FunctionBody:
    if head := reader.match(_HEAD):
        size, _ = read_unsigned(head[1], 0)
        locals_start = head.end(1)
    else:
        size = reader.u32()
        locals_start = reader.position
        for _ in range(reader.u32()):
            reader.u32()
            read_value_type(reader)
    start, end = reader.position, locals_start + size
    if start > end:
        raise reader.error("local variables run over the end of the function body")
    reader.skip(end - start)
    return FunctionBody(locals_start, start, end)
