"""Readers for whole messages: one pass from the bytes to the values, on the host.

The general way (`decode.py`) decides each coercion while it goes over the bytes.  Nearly all of
that depends on the types alone, so here it is decided before, for each pair of a wire type and an
expected type.  What a reader is not sure of it refuses, and the general way decides; what it
accepts the general way accepts too, with the same values and within the same limits.  To be sure
of that, the work of a message is estimated from above.  Candid spec 0.1.8, "Coercion".
"""

from __future__ import annotations

import struct
from typing import Final

from attrs import evolve, frozen

from scm.candid import readers
from scm.candid.errors import CandidTypeError
from scm.candid.opcodes import (
    OP_FUNC,
    OP_INT,
    OP_NAT,
    OP_NAT8,
    OP_NULL,
    OP_OPT,
    OP_PRINCIPAL,
    OP_RECORD,
    OP_RESERVED,
    OP_SERVICE,
    OP_VARIANT,
    OP_VEC,
    primitive_width,
)
from scm.candid.readers import Message, Reader, RefusedError
from scm.candid.scan import DEPTH_MAX, EMPTY_ELEMENT_WORK, default_work
from scm.candid.subtype import SubtypeChecker
from scm.candid.table import Entry, TypeTable

_NESTING_MAX: Final = 100
_PAIRS_MAX: Final = 2_000
_SUBTYPE_WORK_MAX: Final = 4_000
"""Beyond these, types are not worth a reader."""

_CHARGED_APART: Final = 16
"""The value of an opt or variant that may cost more is charged for only where it is there."""


@frozen
class _Plan:
    """A reader, and bounds on its values: bytes from below, work and nested levels from above."""

    read: Reader
    size_min: int
    work: int
    height: int = 0


_REFUSED: Final = _Plan(readers.refuse, 0, 0)


class MessageReader:
    """Reads the arguments of messages with one wire table at one expected table."""

    def __init__(
        self, wire: TypeTable, expected: TypeTable, *, check_references: bool = True
    ) -> None:
        planner = _Planner(wire, expected, check_references)
        try:
            plans = planner.arguments()
        except RecursionError:
            plans = [_REFUSED]
        self._readers: Final = [plan.read for plan in plans[: len(expected.args)]]
        self._extra: Final = [plan.read for plan in plans[len(expected.args) :]]
        self._work: Final = sum(plan.work for plan in plans) + planner.reference_work
        self._height: Final = max([plan.height for plan in plans], default=0)

    def read(self, message: bytes, start: int, work: int = -1) -> tuple[object, ...]:
        """The values of a message whose header ends at `start`; `work` is as in `decode`.

        Raises `RefusedError`.
        """
        data = Message(message)
        data.depth = self._height
        # Long numbers and texts cost extra: at most two eighths of a unit for each of their bytes.
        data.work = (default_work(len(data)) if work < 0 else work) - self._work - (len(data) >> 2)
        if data.work < 0 or data.depth > DEPTH_MAX:
            raise RefusedError
        values: list[object] = []
        position = start
        try:
            for read in self._readers:
                value, position = read(data, position)
                values.append(value)
            for read in self._extra:
                _, position = read(data, position)
        except (IndexError, OverflowError, RecursionError, ValueError, struct.error):
            raise RefusedError from None
        # Slices that reach beyond the end come out short; here it shows.
        if position != len(data):
            raise RefusedError
        return tuple(values)


class _Knot:
    """The reader of a type that contains itself: each round is charged as it comes."""

    def __init__(self) -> None:
        self.is_used = False
        self.plan = _REFUSED

    def read(self, data: Message, position: int) -> tuple[object, int]:
        plan = self.plan
        data.depth += plan.height
        data.work -= plan.work
        if data.depth > DEPTH_MAX or data.work < 0:
            raise RefusedError
        value, position = plan.read(data, position)
        data.depth -= plan.height
        return value, position


class _Planner:
    """Makes the plans for pairs of a ref of the wire table and a ref of the expected table."""

    def __init__(self, wire: TypeTable, expected: TypeTable, check_references: bool) -> None:
        self.reference_work = 0
        """What the general way may spend on comparing the types of references."""
        self._wire: Final = wire
        self._expected: Final = expected
        self._check_references: Final = check_references
        self._plans: Final[dict[tuple[int, int], _Plan]] = {}
        self._knots: Final[dict[tuple[int, int], _Knot]] = {}  # of the plans that are in the making
        self._dropper: _Planner | None = None

    def arguments(self) -> list[_Plan]:
        """Plans for the expected arguments, then for the extra ones of the wire."""
        sent = self._wire.args
        expected = self._expected.args
        plans = [
            self.plan(sent[index], ref) if index < len(sent) else self._missing(ref)
            for index, ref in enumerate(expected)
        ]
        return plans + [self._drop(ref) for ref in sent[len(expected) :]]

    def plan(self, wire: int, expected: int) -> _Plan:
        """The plan for one pair."""
        if expected < 0:
            return self._to_primitive(wire, expected)
        key = wire, expected
        if key in self._plans:
            return self._plans[key]
        if key in self._knots:
            self._knots[key].is_used = True
            return _Plan(self._knots[key].read, 0, 0)
        if len(self._knots) >= _NESTING_MAX or len(self._plans) >= _PAIRS_MAX:
            return _REFUSED
        knot = self._knots[key] = _Knot()
        plan = self._composite(wire, expected)
        plan = evolve(plan, work=plan.work + 1, height=plan.height + 1)
        del self._knots[key]
        if knot.is_used:
            knot.plan = plan
            plan = _Plan(knot.read, plan.size_min, 0)
        self._plans[key] = plan
        return plan

    def _drop(self, wire: int) -> _Plan:
        if self._dropper is None:
            self._dropper = _Planner(self._wire, self._wire, False)
        return self._dropper.plan(wire, wire)

    def _missing(self, expected: int) -> _Plan:
        if self._expected.is_optional(expected):
            return _Plan(readers.read_nothing, 0, 1)
        return _REFUSED

    def _to_primitive(self, wire: int, expected: int) -> _Plan:
        if wire == expected or (wire == OP_NAT and expected == OP_INT):
            width = primitive_width(wire)
            # What varies has a byte at least, a principal's tag and length two.
            return _Plan(readers.PRIMITIVES[wire], width if width >= 0 else 1, 1)
        if expected == OP_RESERVED:
            dropped = self._drop(wire)
            return evolve(dropped, read=readers.passing_over([dropped.read], readers.read_nothing))
        if expected == OP_PRINCIPAL and self._wire.opcode(wire) == OP_SERVICE:
            return _Plan(readers.read_principal, 2, 1)
        return _REFUSED

    def _composite(self, wire: int, expected: int) -> _Plan:
        entry = self._expected.entries[expected]
        opcode = entry.opcode
        if opcode == OP_OPT:
            return self._opt(wire, entry)
        if wire < 0 or self._wire.opcode(wire) != opcode:
            return _REFUSED
        sent = self._wire.entries[wire]
        if opcode == OP_RECORD:
            return self._record(sent, entry)
        if opcode == OP_VARIANT:
            return self._variant(sent, entry)
        if opcode == OP_VEC:
            return self._vec(sent.refs[0], entry.refs[0])
        return self._reference(wire, expected, opcode)

    def _opt(self, wire: int, entry: Entry) -> _Plan:
        opcode = self._wire.opcode(wire)
        if opcode in (OP_NULL, OP_RESERVED):
            return _Plan(readers.read_nothing, 0, 0)
        inner = entry.refs[0]
        is_opt = opcode == OP_OPT
        plan = self.plan(self._wire.entries[wire].refs[0] if is_opt else wire, inner)
        read = plan.read
        if self._expected.wraps(entry):
            read = readers.some_reader(read)
        if not is_opt:
            return evolve(plan, read=read)
        plan = _charged_apart(evolve(plan, read=read))
        return evolve(plan, read=readers.opt_reader(plan.read), size_min=1)

    def _record(self, wire: Entry, expected: Entry) -> _Plan:
        """Both lists of fields are sorted by id, so one pass finds all pairs."""
        plans: list[_Plan] = []
        fields: list[Reader] = []
        dropped: list[Reader] = []
        at = 0
        for index, number in enumerate(expected.ids):
            while at < len(wire.ids) and wire.ids[at] < number:
                plans.append(self._drop(wire.refs[at]))
                dropped.append(plans[-1].read)
                at += 1
            if at < len(wire.ids) and wire.ids[at] == number:
                plans.append(self.plan(wire.refs[at], expected.refs[index]))
                at += 1
            else:
                plans.append(self._missing(expected.refs[index]))
            fields.append(readers.passing_over(dropped, plans[-1].read))
            dropped = []
        for ref in wire.refs[at:]:
            plans.append(self._drop(ref))
            dropped.append(plans[-1].read)
        if expected.is_tuple():
            read = readers.tuple_reader(fields)
        else:
            labels = [name or expected.ids[index] for index, name in enumerate(expected.names)]
            read = readers.record_reader(list(zip(labels, fields, strict=True)))
        return _Plan(
            readers.followed_by(read, dropped),
            sum(plan.size_min for plan in plans),
            sum(plan.work for plan in plans),
            max([plan.height for plan in plans], default=0),
        )

    def _variant(self, wire: Entry, expected: Entry) -> _Plan:
        """A tag that is not expected fails only where it comes."""
        known = {number: index for index, number in enumerate(expected.ids)}
        plans: list[_Plan] = []
        tags: list[tuple[str | int, Reader]] = []
        for number, ref in zip(wire.ids, wire.refs, strict=True):
            plan = _REFUSED
            label: str | int = number
            if number in known:
                plan = _charged_apart(self.plan(ref, expected.refs[known[number]]))
                label = expected.names[known[number]] or number
            plans.append(plan)
            tags.append((label, plan.read))
        return _Plan(
            readers.variant_reader(tags),
            1,
            max([plan.work for plan in plans], default=0),
            max([plan.height for plan in plans], default=0),
        )

    def _vec(self, wire: int, expected: int) -> _Plan:
        if expected == OP_NAT8:
            return _Plan(readers.read_blob, 1, 0) if wire == expected else _REFUSED
        if wire == expected and wire in readers.LAYOUTS:
            return _Plan(readers.array_reader(wire), 1, 0)
        item = self.plan(wire, expected)
        work = item.work + (0 if item.size_min else EMPTY_ELEMENT_WORK)
        return _Plan(readers.vec_reader(item.read, item.size_min, work), 1, 0, item.height)

    def _reference(self, wire: int, expected: int, opcode: int) -> _Plan:
        if opcode not in (OP_FUNC, OP_SERVICE):
            return _REFUSED
        if self._check_references:
            # The general way remembers what it has compared, so it spends no more than this.
            checker = SubtypeChecker(self._wire, self._expected, strict=False)
            checker.work_max = _SUBTYPE_WORK_MAX
            try:
                if checker.explain(wire, expected):
                    return _REFUSED
            except CandidTypeError:
                return _REFUSED
            self.reference_work += checker.work
        if opcode == OP_FUNC:
            return _Plan(readers.read_func, 4, 0)
        return _Plan(readers.read_service, 2, 0)


def _charged_apart(plan: _Plan) -> _Plan:
    if plan.work <= _CHARGED_APART:
        return plan
    return evolve(plan, read=readers.charged(plan.read, plan.work), work=0)
