"""Rewrite a message to expected types: all of Candid's coercion, from bytes to bytes.

The sender's types need only be a subtype of ours; everything that follows from that (missing and
extra fields, opt's forgiveness, renumbered tags, the check of references) is decided here.  What
comes out has exactly the expected header, so readers of the result need no type table.
Input bytes that stay as they are get copied in whole ranges.  Compiled into every canister.
Candid spec 0.1.8, "Coercion"; the method comments give the rules.
"""

from typing import Final

from scm.candid.errors import CandidTypeError, CoercionError, DecodeError
from scm.candid.opcodes import (
    OP_FUNC,
    OP_INT,
    OP_NAT,
    OP_NULL,
    OP_OPT,
    OP_PRINCIPAL,
    OP_RECORD,
    OP_RESERVED,
    OP_SERVICE,
    OP_VARIANT,
    OP_VEC,
)
from scm.candid.scan import NO_ROOM, Scanner, default_work
from scm.candid.subtype import SubtypeChecker
from scm.candid.table import Entry, TypeTable, parse_header
from scm.leb128 import write_signed, write_unsigned


def transcode(message: bytes, expected_header: bytes, work: int = -1) -> bytes:
    """Rewrite `message` so that it starts with `expected_header`, a header of `write_header`.

    `work` bounds the effort in units of about one value (negative: `default_work` of the size).
    Raises `DecodeError` if the message is malformed, costs too much, or does not fit the types.
    """
    if message.startswith(expected_header):
        validate(message, work)
        return message
    expected, _ = parse_header(expected_header)
    return expected_header + transcode_values(message, expected, work)


def transcode_values(message: bytes, expected: TypeTable, work: int = -1) -> bytes:
    """Rewrite `message` to the types of a table; returns the values without the header."""
    wire, position = parse_header(message)
    budget = default_work(len(message)) if work < 0 else work
    coercer = _Coercer(Scanner(message, position, wire, budget), expected)
    return coercer.arguments()


def validate(message: bytes, work: int = -1) -> tuple[TypeTable, int]:
    """Check a whole message by its own types; returns its table and the offset of the values.

    Raises `DecodeError` if it is malformed or costs too much.
    """
    wire, position = parse_header(message)
    budget = default_work(len(message)) if work < 0 else work
    scanner = Scanner(message, position, wire, budget)
    for index, ref in enumerate(wire.args):
        try:
            scanner.skip(ref)
        except DecodeError as error:
            error.path = f"arg{index}"
            raise
        except RecursionError:
            raise DecodeError(scanner.position, f"arg{index}", NO_ROOM) from None
    scanner.finish()
    return wire, position


class _Coercer:
    """Rewrites values while scanning them.

    The output is `parts`, then the input from `start` up to the scanner's position: as long as the
    output equals the input nothing is done, and a range is copied only where the two part.
    """

    def __init__(self, scanner: Scanner, expected: TypeTable) -> None:
        self._scanner: Final = scanner
        self._wire: Final = scanner.table
        self._expected: Final = expected
        self._wire_entries: Final = scanner.table.entries
        self._expected_entries: Final = expected.entries
        self._parts: Final[list[bytes]] = []
        self._start = scanner.position
        self._opts_open = 0
        self._subtypes: Final = SubtypeChecker(self._wire, expected, strict=False)

    def arguments(self) -> bytes:
        """Arguments: extra ones are skipped, missing ones are null if their types allow it."""
        scanner = self._scanner
        wire_args = self._wire.args
        index = 0
        try:
            for index in range(len(self._expected.args)):
                if index < len(wire_args):
                    self._value(wire_args[index], self._expected.args[index])
                else:
                    self._missing(self._expected.args[index], "argument")
            for index in range(len(self._expected.args), len(wire_args)):
                self._drop(wire_args[index])
        except DecodeError as error:
            error.path = f"arg{index}{error.path}"
            raise
        except RecursionError:
            raise DecodeError(scanner.position, f"arg{index}", NO_ROOM) from None
        scanner.finish()
        self._insert(b"")
        return b"".join(self._parts)

    def _replace(self, at: int, encoded: bytes) -> None:
        """Put `encoded` in the place of the input from `at` up to the scanner's position."""
        if self._start < at:
            self._parts.append(self._scanner.data[self._start : at])
        self._parts.append(encoded)
        self._start = self._scanner.position

    def _insert(self, encoded: bytes) -> None:
        self._replace(self._scanner.position, encoded)

    def _drop(self, wire: int) -> None:
        at = self._scanner.position
        self._scanner.skip(wire)
        if self._scanner.position > at:
            self._replace(at, b"")

    def _mismatch(self, wire: int, expected: int) -> CoercionError:
        position = self._scanner.position
        if self._opts_open:
            return CoercionError(position, "", "")  # will be caught: spare the text
        sent = self._wire.describe(wire)
        return CoercionError(
            position, "", f"expected `{self._expected.describe(expected)}`, got `{sent}`"
        )

    def _value(self, wire: int, expected: int) -> None:
        scanner = self._scanner
        if expected < 0:
            if wire == expected:
                scanner.spend(1)
                scanner.skip_primitive(wire)
            else:
                self._to_primitive(wire, expected)
            return
        scanner.spend(1)
        scanner.enter()
        expected_entry = self._expected_entries[expected]
        opcode = expected_entry.opcode
        if opcode == OP_OPT:
            self._opt(wire, expected_entry.refs[0])
        elif wire < 0 or self._wire_entries[wire].opcode != opcode:
            raise self._mismatch(wire, expected)
        elif opcode == OP_RECORD:
            self._record(self._wire_entries[wire], expected_entry)
        elif opcode == OP_VARIANT:
            self._variant(self._wire_entries[wire], expected_entry)
        elif opcode == OP_VEC:
            self._vec(self._wire_entries[wire].refs[0], expected_entry.refs[0])
        else:
            self._reference(wire, expected, opcode)
        scanner.depth -= 1

    def _to_primitive(self, wire: int, expected: int) -> None:
        """`t <: reserved`, `nat <: int`, `service <: principal`; nothing else changes its type."""
        scanner = self._scanner
        if expected == OP_RESERVED:
            self._drop(wire)
        elif wire == OP_NAT and expected == OP_INT:
            scanner.spend(1)
            if scanner.position < scanner.size and scanner.data[scanner.position] < 0x40:
                scanner.position += 1  # the same byte in both encodings
            else:
                at = scanner.position
                number = scanner.unsigned()
                scanner.spend((scanner.position - at) >> 3)
                self._replace(at, write_signed(number))
        elif expected == OP_PRINCIPAL and self._wire.opcode(wire) == OP_SERVICE:
            scanner.spend(1)
            scanner.skip_principal()
        else:
            raise self._mismatch(wire, expected)

    def _missing(self, expected: int, kind: str) -> None:
        """A missing field or argument is null, if its type is null, opt or reserved."""
        self._scanner.spend(1)
        if not self._expected.is_optional(expected):
            wanted = self._expected.describe(expected)
            raise CoercionError(
                self._scanner.position, "", f"expected `{wanted}`, but the {kind} is missing"
            )
        if expected >= 0:
            self._insert(b"\0")

    def _opt(self, wire: int, expected: int) -> None:
        """Any value fits an opt: null, reserved and what does not coerce become null.

        `expected` is the type inside the expected opt.
        """
        scanner = self._scanner
        opcode = self._wire.opcode(wire)
        if opcode in (OP_NULL, OP_RESERVED):
            self._insert(b"\0")
            return
        opt_at = scanner.position
        start = self._start
        part_count = len(self._parts)
        if opcode != OP_OPT:
            self._insert(b"\1")
        elif scanner.is_present():
            wire = self._wire_entries[wire].refs[0]
        else:
            return
        value_at = scanner.position
        depth = scanner.depth
        self._opts_open += 1
        try:
            self._value(wire, expected)
            self._opts_open -= 1
        except CoercionError:
            # Take back what was written for the value, and pass over it by its own type.
            self._opts_open -= 1
            scanner.depth = depth
            del self._parts[part_count:]
            self._start = start
            scanner.position = value_at
            scanner.skip(wire)
            self._replace(opt_at, b"\0")

    def _record(self, wire: Entry, expected: Entry) -> None:
        """Fields are matched by id; both lists are sorted, so one pass finds all pairs."""
        wire_ids = wire.ids
        wire_count = len(wire_ids)
        at = 0
        index = 0
        try:
            for index in range(len(expected.ids)):
                number = expected.ids[index]
                while at < wire_count and wire_ids[at] < number:
                    self._drop(wire.refs[at])
                    at += 1
                if at < wire_count and wire_ids[at] == number:
                    self._value(wire.refs[at], expected.refs[index])
                    at += 1
                else:
                    self._missing(expected.refs[index], "field")
        except DecodeError as error:
            error.path = f".{expected.label(index)}{error.path}"
            raise
        while at < wire_count:
            self._drop(wire.refs[at])
            at += 1

    def _variant(self, wire: Entry, expected: Entry) -> None:
        """The tag must be one of the expected; its number may differ."""
        scanner = self._scanner
        at = scanner.position
        wire_index = scanner.variant_index(wire)
        index = _find_id(expected.ids, wire.ids[wire_index])
        if index < 0:
            raise CoercionError(
                scanner.position, "", f"unknown tag {wire.ids[wire_index]} of a variant"
            )
        if index != wire_index:
            self._replace(at, write_unsigned(index))
        try:
            self._value(wire.refs[wire_index], expected.refs[index])
        except DecodeError as error:
            error.path = f".{expected.label(index)}{error.path}"
            raise

    def _vec(self, wire: int, expected: int) -> None:
        scanner = self._scanner
        count = scanner.unsigned()
        if wire == expected and wire < 0:
            scanner.skip_items(wire, count)
            return
        index = 0
        try:
            while index < count:
                start = scanner.position
                self._value(wire, expected)
                scanner.spend_on_element(start)
                index += 1
        except DecodeError as error:
            error.path = f"[{index}]{error.path}"
            raise

    def _reference(self, wire: int, expected: int, opcode: int) -> None:
        """A func or service must be declared with a subtype of the expected type."""
        start = self._scanner.position
        if opcode == OP_FUNC:
            self._scanner.skip_func()
        else:
            self._scanner.skip_principal()
        checker = self._subtypes
        before = checker.work
        checker.work_max = before + self._scanner.work
        try:
            reason = checker.explain(wire, expected)
        except CandidTypeError as error:
            raise self._scanner.fail(str(error)) from None
        self._scanner.spend(checker.work - before)
        if reason:
            raise CoercionError(start, "", reason)


def _find_id(ids: list[int], number: int) -> int:
    low = 0
    high = len(ids)
    while low < high:
        middle = (low + high) >> 1
        if ids[middle] < number:
            low = middle + 1
        else:
            high = middle
    return low if low < len(ids) and ids[low] == number else -1
