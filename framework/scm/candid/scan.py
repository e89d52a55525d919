"""A cursor over the values of a message that validates and skips them by their wire types.

Everything hostile bytes can do is bounded here: reads stay in the message, nesting has a limit,
and each value costs work out of a budget that grows with the message, so that a few bytes can't
stand for a billion zero-sized values.  Compiled into every canister.  Candid spec, "Memory".
"""

from typing import Final

from scm.candid.errors import DecodeError
from scm.candid.opcodes import (
    OP_BOOL,
    OP_EMPTY,
    OP_FUNC,
    OP_INT,
    OP_NAT,
    OP_OPT,
    OP_PRINCIPAL,
    OP_RECORD,
    OP_SERVICE,
    OP_TEXT,
    OP_VARIANT,
    OP_VEC,
    primitive_width,
)
from scm.candid.table import Entry, TypeTable
from scm.leb128 import read_unsigned
from scm.model import PRINCIPAL_BYTES_MAX

DEPTH_MAX: Final = 256
"""How deep values may nest: what fits a canister's stack and CPython's recursion limit."""

NO_ROOM: Final = "the caller's stack leaves no room for what nests so deep"
"""What a `RecursionError` means here: it comes from within all limits if the caller is deep."""

WORK_BASE: Final = 20_000
WORK_PER_BYTE: Final = 20
# An element without bytes costs this much more: in memory it is as big as any other.
EMPTY_ELEMENT_WORK: Final = 10


def default_work(message_size: int) -> int:
    """The work budget of a message: about one unit a value, however small its encoding."""
    return WORK_BASE + WORK_PER_BYTE * message_size


class Scanner:
    """The position in a message, the work and depth left."""

    def __init__(self, data: bytes, position: int, table: TypeTable, work: int) -> None:
        self.data: Final = data
        self.size: Final = len(data)
        self.position = position
        self.work = work
        self.depth = 0
        self.table: Final = table
        self._entries: Final = table.entries

    def fail(self, message: str) -> DecodeError:
        """An error here, for the caller to raise."""
        return DecodeError(self.position, "", message)

    def spend(self, work: int) -> None:
        """Take from the budget; raises `DecodeError` when it is used up."""
        self.work -= work
        if self.work < 0:
            raise self.fail("decoding takes more work than a message of this size may cost")

    def enter(self) -> None:
        """Go one level deeper; the caller restores `depth`."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.fail(f"values nest deeper than {DEPTH_MAX}")

    def byte(self) -> int:
        """Read one byte."""
        position = self.position
        if position >= self.size:
            raise self.fail("the message is cut off")
        self.position = position + 1
        return self.data[position]

    def unsigned(self) -> int:
        """Read an unsigned LEB128 number."""
        position = self.position
        if position < self.size and self.data[position] < 0x80:
            self.position = position + 1
            return self.data[position]
        try:
            number, self.position = read_unsigned(self.data, position)
        except ValueError:
            raise self.fail("the message is cut off") from None
        self.spend((self.position - position) >> 3)
        return number

    def advance(self, size: int) -> None:
        """Pass over bytes."""
        if size > self.size - self.position:
            raise self.fail("the message is cut off")
        self.position += size

    def skip_leb128(self) -> None:
        """Pass over a LEB128 number of either kind."""
        start = self.position
        while self.byte() >= 0x80:
            pass
        self.spend((self.position - start) >> 3)

    def skip_text(self) -> None:
        """Pass over a text, which must be UTF-8 without surrogates."""
        size = self.unsigned()
        start = self.position
        self.advance(size)
        self.spend(size >> 3)
        try:
            self.data[start : self.position].decode()
        except UnicodeDecodeError:
            self.position = start
            raise self.fail("text is not valid UTF-8") from None

    def skip_principal(self) -> None:
        """Pass over a principal or service reference."""
        if self.byte() != 1:
            self.position -= 1
            raise self.fail("an opaque reference has no meaning here")
        size = self.unsigned()
        if size > PRINCIPAL_BYTES_MAX:
            raise self.fail(f"a principal has at most {PRINCIPAL_BYTES_MAX} bytes")
        self.advance(size)

    def skip_func(self) -> None:
        """Pass over a func reference."""
        if self.byte() != 1:
            self.position -= 1
            raise self.fail("an opaque reference has no meaning here")
        self.skip_principal()
        self.skip_text()

    def variant_index(self, entry: Entry) -> int:
        """Read which alternative of a wire variant follows."""
        start = self.position
        index = self.unsigned()
        if index >= len(entry.refs):
            self.position = start
            raise self.fail(f"the variant has only {len(entry.refs)} tags")
        return index

    def is_present(self) -> bool:
        """Read the tag of an opt."""
        tag = self.byte()
        if tag > 1:
            self.position -= 1
            raise self.fail(f"the tag of an opt is 0 or 1, got {tag}")
        return tag == 1

    def finish(self) -> None:
        """Check that nothing follows the values."""
        if self.position < self.size:
            raise self.fail(f"{self.size - self.position} bytes are left over")

    def skip(self, ref: int) -> None:
        """Validate a value of a wire type and pass over it."""
        self.spend(1)
        if ref < 0:
            self.skip_primitive(ref)
            return
        self.enter()
        entry = self._entries[ref]
        opcode = entry.opcode
        if opcode == OP_RECORD:
            for inner in entry.refs:
                self.skip(inner)
        elif opcode == OP_OPT:
            if self.is_present():
                self.skip(entry.refs[0])
        elif opcode == OP_VEC:
            self.skip_items(entry.refs[0], self.unsigned())
        elif opcode == OP_VARIANT:
            self.skip(entry.refs[self.variant_index(entry)])
        elif opcode == OP_FUNC:
            self.skip_func()
        elif opcode == OP_SERVICE:
            self.skip_principal()
        else:
            self._skip_future()
        self.depth -= 1

    def skip_primitive(self, opcode: int) -> None:
        """Validate a value of a primitive type and pass over it."""
        if opcode == OP_TEXT:
            self.skip_text()
        elif opcode in (OP_NAT, OP_INT):
            self.skip_leb128()
        elif opcode == OP_PRINCIPAL:
            self.skip_principal()
        elif opcode == OP_BOOL:
            if self.byte() > 1:
                self.position -= 1
                raise self.fail(f"a bool is 0 or 1, got {self.data[self.position]}")
        elif opcode == OP_EMPTY:
            raise self.fail("the type `empty` has no values")
        else:
            self.advance(primitive_width(opcode))

    def skip_items(self, ref: int, count: int) -> None:
        """Validate and pass over the elements of a vec."""
        width = primitive_width(ref) if ref < 0 else -1
        if width == 0:
            self.spend(count)
        elif width > 0 and ref != OP_BOOL:
            self.advance(count * width)
        else:
            for _ in range(count):
                start = self.position
                self.skip(ref)
                self.spend_on_element(start)

    def spend_on_element(self, start: int) -> None:
        """Charge extra for an element of a vec, begun at `start`, that had no bytes."""
        if self.position == start:
            self.spend(EMPTY_ELEMENT_WORK)

    def _skip_future(self) -> None:
        size = self.unsigned()
        self.unsigned()  # how many references go with it; none exist outside the message
        self.advance(size)
