"""A code object -> marshalled bytes, the same for the same code in every process.

`marshal.dumps` also writes what the process happens to know: whether a string is interned, and
whether something else refers to it.  Here a string is written in full at first and by number from
then on, nothing is interned (CPython does that as it loads names), and nothing else is shared.
Source of the format: CPython 3.11, `Python/marshal.c`.
"""

from __future__ import annotations

import struct
from types import CodeType
from typing import Final

_REFERABLE: Final = 0x80
_DIGIT_BITS: Final = 15
_SINGLETONS: Final = {None: b"N", True: b"T", False: b"F"}

# How a local variable is stored: bits of `co_localspluskinds`.
_LOCAL: Final = 0x20
_CELL: Final = 0x40
_FREE: Final = 0x80


def marshal_code(code: CodeType) -> bytes:
    """The bytes from which CPython 3.11 loads the code."""
    writer = _Writer()
    writer.code(code)
    return bytes(writer.output)


class _Writer:
    """Appends to `output`; `_numbers` has the strings that were written already."""

    def __init__(self) -> None:
        self.output = bytearray()
        self._numbers: Final[dict[str | bytes, int]] = {}

    def code(self, code: CodeType) -> None:
        self.output += b"c"
        counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
        for number in (*counts, code.co_stacksize, code.co_flags):
            self._long(number)
        names, kinds = _variables(code)
        for part in (code.co_code, code.co_consts, code.co_names, names, kinds):
            self._value(part)
        for text in (code.co_filename, code.co_name, code.co_qualname):
            self._text(text)
        self._long(code.co_firstlineno)
        self._value(code.co_linetable)
        self._value(code.co_exceptiontable)

    def _value(self, value: object) -> None:
        match value:
            case None | True | False:
                self.output += _SINGLETONS[value]
            case str() | bytes():
                self._text(value)
            case int():
                self._integer(value)
            case float():
                self.output += b"g" + struct.pack("<d", value)
            case complex():
                self.output += b"y" + struct.pack("<dd", value.real, value.imag)
            case tuple():
                self._items(b"(", value)
            case frozenset():
                # A set has no order of its own; what code has in one are plain values.
                self._items(b">", tuple(sorted(value, key=repr)))
            case CodeType():
                self.code(value)
            case _:
                assert value is ..., f"no constant of code: {value!r}"
                self.output += b"."

    def _text(self, text: str | bytes) -> None:
        if text in self._numbers:
            self.output += b"r"
            self._long(self._numbers[text])
            return
        self._numbers[text] = len(self._numbers)
        kind = b"s" if isinstance(text, bytes) else b"u"
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        self.output.append(kind[0] | _REFERABLE)
        self._long(len(content))
        self.output += content

    def _integer(self, number: int) -> None:
        if -(1 << 31) <= number < 1 << 31:
            self.output += b"i"
            self._long(number)
            return
        digits = []
        rest = abs(number)
        while rest:
            digits.append(rest & (1 << _DIGIT_BITS) - 1)
            rest >>= _DIGIT_BITS
        self.output += b"l"
        self._long(len(digits) if number > 0 else -len(digits))
        self.output += struct.pack(f"<{len(digits)}H", *digits)

    def _items(self, kind: bytes, items: tuple[object, ...]) -> None:
        self.output += kind
        self._long(len(items))
        for item in items:
            self._value(item)

    def _long(self, number: int) -> None:
        self.output += struct.pack("<i", number)


def _variables(code: CodeType) -> tuple[tuple[str, ...], bytes]:
    """The names of all local variables in their order, and how each is stored."""
    cells = set(code.co_cellvars)
    kinds = {name: _LOCAL | (_CELL if name in cells else 0) for name in code.co_varnames}
    kinds |= {name: _CELL for name in code.co_cellvars if name not in kinds}
    names = [*kinds, *code.co_freevars]
    return tuple(names), bytes([*kinds.values(), *[_FREE] * len(code.co_freevars)])
