"""Mutations of Candid messages: what transport, carelessness and malice make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from scm.leb128 import write_unsigned

MESSAGE_BYTES_MAX: Final = 20_000

_BYTES: Final = bytes([0, 1, 2, 0x3F, 0x40, 0x7F, 0x80, 0xFF, *range(0x68, 0x80)])
_BOMBS: Final = (100, 5_000, 10**6, 10**9, 2**31, 2**32, 2**63, 2**64, 2**64 - 1, 2**200)
_TYPES: Final = b"\x6e\x6d\x6c\x6b\x6a\x69\x68\x67"


def flip_bit(random: Random, message: bytearray) -> None:
    """Change one bit."""
    if message:
        message[random.randrange(len(message))] ^= 1 << random.randrange(8)


def set_byte(random: Random, message: bytearray) -> None:
    """Overwrite a byte with one that means something somewhere."""
    if message:
        message[random.randrange(len(message))] = random.choice(_BYTES)


def insert_bytes(random: Random, message: bytearray) -> None:
    """Insert a few bytes."""
    at = random.randint(0, len(message))
    message[at:at] = bytes(random.choices(_BYTES, k=random.randint(1, 4)))


def delete_range(random: Random, message: bytearray) -> None:
    """Delete a few bytes."""
    at = random.randint(0, len(message))
    del message[at : at + random.choice((1, 1, 2, 8))]


def repeat_range(random: Random, message: bytearray) -> None:
    """Repeat a part, once or often."""
    at = random.randint(0, len(message))
    part = message[at : at + random.choice((1, 2, 5, 20))]
    message[at:at] = part * random.choice((1, 2, 100))


def truncate(random: Random, message: bytearray) -> None:
    """Cut off the end."""
    del message[random.randint(0, len(message)) :]


def plant_bomb(random: Random, message: bytearray) -> None:
    """Put a huge number in the place of a byte: a length, a count, an index."""
    if message:
        at = random.randrange(len(message))
        message[at : at + 1] = write_unsigned(random.choice(_BOMBS))


def lengthen_number(random: Random, message: bytearray) -> None:
    """Write a number of one byte in more bytes than it needs."""
    if message:
        at = random.randrange(len(message))
        if message[at] < 0x80:
            zeros = b"\x80" * random.choice((0, 1, 10, 1000)) + b"\x00"
            message[at : at + 1] = bytes([message[at] | 0x80]) + zeros


def edit_table(random: Random, message: bytearray) -> None:
    """Change a byte near the start: the table's size, an opcode, a reference, an id."""
    if len(message) > 4:
        at = random.randrange(4, min(len(message), 40))
        opcode = -random.randint(1, 26)
        message[at] = random.choice((random.choice(_TYPES), random.randrange(8), opcode & 0x7F))


def add_entry(random: Random, message: bytearray) -> None:
    """Put one more type in front of the table, so that all references shift."""
    if len(message) > 4 and message[4] < 0x7F:
        message[4] += 1
        kind = random.choice(_TYPES)
        part = bytes([random.choice((0x7F, 0x7D, 0x70, 0, message[4] - 1))])
        message[5:5] = bytes([kind]) + (b"\x01\x00" if kind in b"\x6c\x6b" else b"") + part


MUTATIONS: Final[Sequence[Callable[[Random, bytearray], None]]] = (
    *(flip_bit, set_byte, insert_bytes, delete_range, repeat_range, truncate),
    *(plant_bomb, lengthen_number, edit_table, add_entry),
)


def mutate(random: Random, message: bytes, other: bytes, values_at: int) -> bytes:
    """One to four mutations of a message, perhaps spliced with another one first.

    Half of the mutants keep their header, up to `values_at`: what is wrong there hides the rest.
    """
    kept = values_at if random.random() < 0.5 else 0
    mutant = bytearray(message[kept:])
    if random.random() < 0.1:
        cut = random.randint(0, len(mutant))
        mutant[cut:] = other[random.randint(0, len(other)) :]
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        random.choice(MUTATIONS)(random, mutant)
    # Without the magic bytes, nothing else is looked at.
    if not kept and random.random() < 0.95:
        mutant[:4] = b"DIDL"
    return message[:kept] + mutant[:MESSAGE_BYTES_MAX]
