"""Candid messages made to hurt a decoder: random, of a bounded size, the same for the same seed.

Most have the types that are expected, or nearly, as whatever does not fit is refused at once; their
values are bytes that mean something at most types, and counts that promise as much as they can.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from scm.candid.opcodes import (
    OP_FUNC,
    OP_FUTURE,
    OP_NULL,
    OP_OPT,
    OP_PRINCIPAL,
    OP_RECORD,
    OP_RESERVED,
    OP_SERVICE,
    OP_VARIANT,
    OP_VEC,
)
from scm.candid.table import parse_header
from scm.leb128 import write_signed, write_unsigned

MESSAGE_BYTES: Final = 1_000

_MAGIC: Final = b"DIDL"
_COUNTS: Final = (0, 1, 2, 20, 100, 300, 500, 900, 990, 2_000, 5_000, 10**6, 10**9, 2**32, 2**64)
_BYTES: Final = bytes([0, 0, 0, 1, 1, 1, 1, 2, 5, 0x20, 0x41, 0x7F, 0x80, 0xFF])
_COMPOSITES: Final = (OP_OPT, OP_OPT, OP_VEC, OP_VEC, OP_RECORD, OP_RECORD, OP_RECORD, OP_VARIANT)
_PRIMITIVES: Final[Sequence[int]] = (OP_NULL, OP_RESERVED, OP_PRINCIPAL, *range(-17, 0))
_REFERENCES: Final = (OP_FUNC, OP_SERVICE, OP_FUTURE)


def hostile_message(random: Random, header: bytes) -> bytes:
    """A message of at most `MESSAGE_BYTES` bytes for a decoder that expects `header`."""
    kind = random.random()
    if kind < 0.3:
        start = header
    elif kind < 0.6:
        start = _with_more_types(random, header)
    else:
        start = _random_header(random, _ids_of(header))
    room = max(MESSAGE_BYTES - len(start), 0)
    if random.random() < 0.3:
        return (start + _elements(random, room))[:MESSAGE_BYTES]
    message = bytearray(start + _values(random, room))
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        at = random.randrange(len(_MAGIC), len(message))
        if random.random() < 0.7:
            message[at] = random.choice((random.choice(_BYTES), random.randrange(256)))
        else:
            message[at : at + 1] = write_unsigned(random.choice(_COUNTS))
    return bytes(message[:MESSAGE_BYTES])


def _with_more_types(random: Random, header: bytes) -> bytes:
    """The expected types and one more, unused or as an argument: not the very same header."""
    table, _ = parse_header(header)
    count = len(table.entries)
    args_at = _args_at(header)
    args = list(table.args)
    entries = header[len(_MAGIC) + len(write_unsigned(count)) : args_at]
    more = _entry(random, count + 1, ())
    if random.random() < 0.3:
        args.append(random.choice((count, OP_NULL)))
    types = b"".join(write_signed(ref) for ref in args)
    return _MAGIC + write_unsigned(count + 1) + entries + more + write_unsigned(len(args)) + types


def _args_at(header: bytes) -> int:
    table, end = parse_header(header)
    types = b"".join(write_signed(ref) for ref in table.args)
    return end - len(types) - len(write_unsigned(len(table.args)))


def _ids_of(header: bytes) -> list[int]:
    """The ids of fields that are expected, so that some of those that are sent match."""
    table, _ = parse_header(header)
    return sorted({number for entry in table.entries for number in entry.ids})


def _random_header(random: Random, ids: Sequence[int]) -> bytes:
    count = random.choice((1, 2, 3, 4, 6, 10, 30, 80))
    entries = b"".join(_entry(random, count, ids) for _ in range(count))
    args = [_ref(random, count) for _ in range(random.choice((1, 1, 1, 2, 5, 40)))]
    types = b"".join(write_signed(ref) for ref in args)
    header = _MAGIC + write_unsigned(count) + entries + write_unsigned(len(args)) + types
    return header[: MESSAGE_BYTES - 20]


def _entry(random: Random, count: int, ids: Sequence[int]) -> bytes:
    rare = random.random() < 0.15
    opcode = random.choice(_REFERENCES if rare else _COMPOSITES)
    start = write_signed(opcode)
    if opcode in (OP_OPT, OP_VEC):
        return start + write_signed(_ref(random, count))
    if opcode in (OP_RECORD, OP_VARIANT):
        known = random.sample(ids, random.randint(0, min(len(ids), 6)))
        chosen = sorted({*known, *random.sample(range(40), random.choice((0, 1, 2, 3, 12)))})
        parts = b"".join(write_unsigned(id) + write_signed(_ref(random, count)) for id in chosen)
        return start + write_unsigned(len(chosen)) + parts
    if opcode == OP_FUNC:
        return start + _refs(random, count) + _refs(random, count) + random.choice((b"\0", b"\1\1"))
    if opcode == OP_SERVICE:
        names = sorted({random.choice(("a", "b", "transfer", "balance")) for _ in range(2)})
        parts = b"".join(
            write_unsigned(len(name)) + name.encode() + write_signed(random.randrange(count))
            for name in names
        )
        return start + write_unsigned(len(names)) + parts
    return start + write_unsigned(3) + b"abc"


def _refs(random: Random, count: int) -> bytes:
    refs = [_ref(random, count) for _ in range(random.choice((0, 1, 2, 5)))]
    return write_unsigned(len(refs)) + b"".join(write_signed(ref) for ref in refs)


def _ref(random: Random, count: int) -> int:
    if random.random() < 0.6:
        return random.randrange(count)
    return random.choice(_PRIMITIVES)


def _elements(random: Random, size: int) -> bytes:
    """A count, and just as many times the same few bytes: with luck, the elements of a vec."""
    unit = bytes(random.choice(_BYTES) for _ in range(random.choice((1, 1, 2, 2, 3, 4, 8))))
    count = max(size - 2, 0) // len(unit)
    return write_unsigned(count) + unit * count


def _values(random: Random, size: int) -> bytes:
    """Bytes of one kind of pattern, or of several, perhaps behind a count."""
    start = write_unsigned(random.choice(_COUNTS)) if random.random() < 0.7 else b""
    kind = random.random()
    if kind < 0.3:
        unit = bytes(random.choice(_BYTES) for _ in range(random.randint(1, 6)))
        filling = unit * (size // len(unit) + 1)
    elif kind < 0.5:
        filling = bytes([random.choice(_BYTES)]) * size
    elif kind < 0.9:
        filling = bytes(random.choices(_BYTES, k=size))
    else:
        filling = random.randbytes(size)
    return (start + filling)[: size if random.random() < 0.8 else random.randint(0, size)]
