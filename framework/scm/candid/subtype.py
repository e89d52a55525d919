"""Subtyping: whether every value of one type is also one of another, and if not, why and where.

Coinductive, so recursive types are fine: a pair of types holds if nothing it leads to fails.
No rule has a second chance (the only one that could, opt's, accepts anything), so one failing
pair decides; that is why a plain worklist does.  A canister stops at the first clash; who compares
interfaces wants all of them (`find_all`, see `clashes.py`).  Compiled into every canister.
Candid spec 0.1.8, "Subtyping".
"""

from collections.abc import Sequence
from typing import Final

from scm.candid.errors import CandidTypeError
from scm.candid.opcodes import (
    OP_EMPTY,
    OP_FUNC,
    OP_FUTURE,
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
from scm.candid.table import Entry, TypeTable, annotation_name, parse_header, table_from_types
from scm.candid.types import NO_NAMES, Type, TypeEnv, field_hash

WORK_MAX: Final = 5_000_000
"""Fields and methods compared before a check gives up; real interfaces take a few thousand."""


def explain_subtype(
    sub: Type,
    super: Type,
    *,
    sub_env: TypeEnv = NO_NAMES,
    super_env: TypeEnv = NO_NAMES,
    strict: bool = False,
) -> str | None:
    """Why `sub` is no subtype of `super`, with the path to the clash; `None` if it is one.

    With `strict`, an opt must hold a subtype too: the spec lets any value pass at an opt type by
    turning it into null, which is right for callers and loses data in an upgrade.
    """
    checker = SubtypeChecker(
        table_from_types([sub], sub_env), table_from_types([super], super_env), strict=strict
    )
    return checker.explain(checker.sub.args[0], checker.super.args[0]) or None


def explain_headers(
    sub_header: bytes,
    super_header: bytes,
    *,
    strict: bool = False,
    names: Sequence[str] = (),
) -> str | None:
    """`explain_subtype` for the argument tuples of two headers; `names` gives back field names.

    Raises `DecodeError` if either is no header.
    """
    sub, _ = parse_header(sub_header)
    super, _ = parse_header(super_header)
    name_fields(sub, names)
    name_fields(super, names)
    return SubtypeChecker(sub, super, strict=strict).explain_args() or None


def name_fields(table: TypeTable, names: Sequence[str]) -> None:
    """Put names to the ids of a table that came from the wire, wherever one fits."""
    known = {field_hash(name): name for name in names}
    for entry in table.entries:
        for index, number in enumerate(entry.ids):
            entry.names[index] = entry.names[index] or known.get(number, "")


class _Pair:
    """A claim to check, `sub <: super`; `flipped`: `sub` is a ref of the checker's super table."""

    def __init__(self, sub: int, super: int, flipped: bool, parent: int, step: str) -> None:
        self.sub: Final = sub
        self.super: Final = super
        self.flipped: Final = flipped
        self.parent: Final = parent
        self.step: Final = step


class SubtypeChecker:
    """Checks refs of one table against refs of another and remembers what it has found."""

    def __init__(self, sub: TypeTable, super: TypeTable, *, strict: bool) -> None:
        self.sub: Final = sub
        self.super: Final = super
        self.work = 0
        """Effort so far; a check that starts or continues above `work_max` is given up."""
        self.work_max = WORK_MAX
        self._strict: Final = strict
        self._proved: Final[set[int]] = set()
        self._refuted: Final[dict[int, str]] = {}
        self._pairs: list[_Pair] = []
        self._seen: set[int] = set()
        self._clashes: list[tuple[int, str]] = []
        self._collects = False

    def explain(self, sub: int, super: int) -> str:
        """Why a ref of the sub table is no subtype of one of the super table; `''` if it is.

        Raises `CandidTypeError` if that takes more than `work_max`.
        """
        key = self._key(sub, super, False)
        if key in self._proved:
            return ""
        if key in self._refuted:
            return self._refuted[key]
        self._start(False)
        self._push(sub, super, False, -1, "")
        reason = self._run()
        if reason:
            self._refuted[key] = reason
        return reason

    def explain_args(self) -> str:
        """`explain` for the argument tuples of the tables."""
        self._start(False)
        self._tuples(self.sub.args, self.super.args, False, -1, "argument")
        return self._run()

    def find_all(self, sub: int, super: int) -> list[tuple[str, str]]:
        """Every clash between two refs as path and reason, outer ones first.

        Two types that clash are listed once, where they first meet.  Raises `CandidTypeError` if
        that takes more than `work_max`.
        """
        self._start(True)
        self._push(sub, super, False, -1, "")
        self._run()
        return [(self._path(at), reason) for at, reason in self._clashes]

    def _start(self, collects: bool) -> None:
        self._collects = collects
        self._clashes = []
        self._pairs = []
        self._seen = set()

    def _clash(self, at: int, reason: str) -> bool:
        """Note a clash in the pair number `at`; tells whether that is enough."""
        self.work += 1
        self._clashes.append((at, reason))
        return not self._collects

    def _key(self, sub: int, super: int, flipped: bool) -> int:
        # Refs start at -24; the key must be unique, no more.
        row = len(self.sub.entries) + len(self.super.entries) + 32
        return ((sub + 32) * row + super + 32) * 2 + (1 if flipped else 0)

    def _push(self, sub: int, super: int, flipped: bool, parent: int, step: str) -> None:
        self.work += 1
        key = self._key(sub, super, flipped)
        if key not in self._seen and key not in self._proved:
            self._seen.add(key)
            self._pairs.append(_Pair(sub, super, flipped, parent, step))

    def _run(self) -> str:
        """Check all pairs, or up to the first clash; returns that one."""
        at = 0
        while at < len(self._pairs) and (self._collects or not self._clashes):
            if self.work > self.work_max:
                raise CandidTypeError("comparing these types takes too much work")
            self._check(self._pairs[at], at)
            at += 1
        if not self._clashes:
            self._proved.update(self._seen)
            return ""
        at, reason = self._clashes[0]
        path = self._path(at)
        return f"{path}: {reason}" if path else reason

    def _path(self, at: int) -> str:
        steps: list[str] = []
        while at >= 0:
            pair = self._pairs[at]
            if pair.step:
                steps.append(pair.step)
            at = pair.parent
        steps.reverse()
        return ": ".join(steps)

    def _check(self, pair: _Pair, at: int) -> None:
        subs = self.super if pair.flipped else self.sub
        supers = self.sub if pair.flipped else self.super
        opcode = subs.opcode(pair.sub)
        super_opcode = supers.opcode(pair.super)
        if super_opcode == OP_RESERVED or opcode == OP_EMPTY:
            return
        if super_opcode == OP_OPT:
            self._check_opt(pair, at, subs, supers)
        elif opcode == super_opcode and opcode != OP_FUTURE:
            if pair.sub >= 0:
                sub, super = subs.entries[pair.sub], supers.entries[pair.super]
                self._check_parts(pair.flipped, at, sub, super, supers)
        elif (opcode != OP_NAT or super_opcode != OP_INT) and (
            opcode != OP_SERVICE or super_opcode != OP_PRINCIPAL
        ):
            got, wanted = subs.describe(pair.sub), supers.describe(pair.super)
            self._clash(at, f"`{got}` is not a subtype of `{wanted}`")

    def _check_opt(self, pair: _Pair, at: int, subs: TypeTable, supers: TypeTable) -> None:
        opcode = subs.opcode(pair.sub)
        if self._strict and opcode != OP_NULL and opcode != OP_RESERVED:
            inner = supers.entries[pair.super].refs[0]
            sub = subs.entries[pair.sub].refs[0] if opcode == OP_OPT else pair.sub
            self._push(sub, inner, pair.flipped, at, "value of opt")

    def _check_parts(
        self, flipped: bool, at: int, sub: Entry, super: Entry, supers: TypeTable
    ) -> None:
        opcode = sub.opcode
        if opcode == OP_VEC:
            self._push(sub.refs[0], super.refs[0], flipped, at, "element of vec")
        elif opcode == OP_RECORD:
            self._check_record(flipped, at, sub, super, supers)
        elif opcode == OP_VARIANT:
            self._check_variant(flipped, at, sub, super)
        elif opcode == OP_FUNC:
            self._check_func(flipped, at, sub, super)
        else:
            self._check_service(flipped, at, sub, super)

    def _check_record(
        self, flipped: bool, at: int, sub: Entry, super: Entry, supers: TypeTable
    ) -> None:
        other = 0
        self.work += len(sub.ids)
        for index, number in enumerate(super.ids):
            while other < len(sub.ids) and sub.ids[other] < number:
                other += 1
            if other < len(sub.ids) and sub.ids[other] == number:
                step = f"record field `{_label(super, index, sub, other)}`"
                self._push(sub.refs[other], super.refs[index], flipped, at, step)
            elif not supers.is_optional(super.refs[index]):
                wanted = supers.describe(super.refs[index])
                lack = f"record field `{super.label(index)}` of type `{wanted}` is missing"
                if self._clash(at, lack):
                    return

    def _check_variant(self, flipped: bool, at: int, sub: Entry, super: Entry) -> None:
        other = 0
        self.work += len(super.ids)
        for index, number in enumerate(sub.ids):
            while other < len(super.ids) and super.ids[other] < number:
                other += 1
            if other < len(super.ids) and super.ids[other] == number:
                step = f"variant tag `{_label(super, other, sub, index)}`"
                self._push(sub.refs[index], super.refs[other], flipped, at, step)
            elif self._clash(at, f"variant tag `{sub.label(index)}` is not expected"):
                return

    def _check_func(self, flipped: bool, at: int, sub: Entry, super: Entry) -> None:
        if sub.annotation != super.annotation:
            got = annotation_name(sub.annotation) or "update"
            wanted = annotation_name(super.annotation) or "update"
            if self._clash(at, f"the func is `{got}`, expected `{wanted}`"):
                return
        if not self._tuples(super.refs, sub.refs, not flipped, at, "argument"):
            self._tuples(sub.results, super.results, flipped, at, "result")

    def _tuples(
        self, subs: list[int], supers: list[int], flipped: bool, at: int, kind: str
    ) -> bool:
        """Arguments or results; tells whether that was enough, as `_clash` does."""
        table = self.sub if flipped else self.super
        for index, ref in enumerate(supers):
            if index < len(subs):
                self._push(subs[index], ref, flipped, at, f"{kind} {index}")
            elif not table.is_optional(ref):
                lack = f"{kind} {index} of type `{table.describe(ref)}` is missing"
                if self._clash(at, lack):
                    return True
        return False

    def _check_service(self, flipped: bool, at: int, sub: Entry, super: Entry) -> None:
        methods = {name: sub.refs[index] for index, name in enumerate(sub.names)}
        self.work += len(methods)
        for index, name in enumerate(super.names):
            if name in methods:
                self._push(methods[name], super.refs[index], flipped, at, f"method `{name}`")
            elif self._clash(at, f"method `{name}` is missing"):
                return


def _label(super: Entry, index: int, sub: Entry, other: int) -> str:
    return super.names[index] or sub.names[other] or str(super.ids[index])
