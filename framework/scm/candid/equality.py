"""Whether two types are the same one, whatever their names, and if not, where they part.

Types are compared as the infinite trees that they stand for: `type A = opt A` equals
`type B = opt opt B`.  Field names count by their ids, annotations as a set.  Host only.
Candid spec 0.1.8, "Core Grammar" (lists are identified up to reordering).
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from scm.candid.errors import CandidTypeError
from scm.candid.opcodes import OP_FUNC, OP_OPT, OP_RECORD, OP_SERVICE, OP_VARIANT, OP_VEC
from scm.candid.scan import NO_ROOM
from scm.candid.table import Entry, TypeTable, annotation_name, table_from_types
from scm.candid.types import NO_NAMES, Type, TypeEnv


def explain_equality(
    first: Type,
    second: Type,
    *,
    first_env: TypeEnv = NO_NAMES,
    second_env: TypeEnv = NO_NAMES,
) -> str | None:
    """Where two types differ, with the path to the place; `None` if they are equal.

    Raises `CandidTypeError` on names that the environments lack.
    """
    try:
        comparison = _Comparison(
            table_from_types([first], first_env), table_from_types([second], second_env)
        )
    except RecursionError:
        raise CandidTypeError(NO_ROOM) from None
    return comparison.explain() or None


@frozen
class _Pair:
    """Two refs that must be equal, and how they were reached."""

    first: int
    second: int
    parent: int
    step: str


class _Comparison:
    """A worklist of pairs; as in `subtype.py`, one failing pair decides."""

    def __init__(self, first: TypeTable, second: TypeTable) -> None:
        self._first: Final = first
        self._second: Final = second
        self._pairs: Final[list[_Pair]] = []
        self._seen: Final[set[tuple[int, int]]] = set()

    def explain(self) -> str:
        self._push(self._first.args[0], self._second.args[0], -1, "")
        # The list grows while it is read.
        for at, pair in enumerate(self._pairs):
            reason = self._compare(pair, at)
            if reason:
                return self._path(at) + reason
        return ""

    def _push(self, first: int, second: int, parent: int, step: str) -> None:
        if (first, second) not in self._seen:
            self._seen.add((first, second))
            self._pairs.append(_Pair(first, second, parent, step))

    def _path(self, at: int) -> str:
        steps: list[str] = []
        while at >= 0:
            pair = self._pairs[at]
            steps.append(f"{pair.step}: " if pair.step else "")
            at = pair.parent
        return "".join(reversed(steps))

    def _compare(self, pair: _Pair, at: int) -> str:
        opcode = self._first.opcode(pair.first)
        if opcode != self._second.opcode(pair.second):
            first, second = self._first.describe(pair.first), self._second.describe(pair.second)
            return f"`{first}` is not `{second}`"
        if pair.first < 0:
            return ""
        first_entry = self._first.entries[pair.first]
        second_entry = self._second.entries[pair.second]
        if opcode in (OP_OPT, OP_VEC):
            word = "value of opt" if opcode == OP_OPT else "element of vec"
            self._push(first_entry.refs[0], second_entry.refs[0], at, word)
            return ""
        if opcode == OP_FUNC:
            return self._compare_funcs(first_entry, second_entry, at)
        return self._compare_members(first_entry, second_entry, at)

    def _compare_members(self, first: Entry, second: Entry, at: int) -> str:
        """Fields by id, methods by name."""
        word = {OP_RECORD: "record field", OP_VARIANT: "variant tag", OP_SERVICE: "method"}[
            first.opcode
        ]
        keys: list[list[int] | list[str]] = [
            entry.names if entry.opcode == OP_SERVICE else entry.ids for entry in (first, second)
        ]
        others = {key: index for index, key in enumerate(keys[1])}
        for index, key in enumerate(keys[0]):
            if key not in others:
                return f"only the first has the {word} `{first.names[index] or key}`"
            other = others.pop(key)
            label = first.names[index] or second.names[other] or key
            self._push(first.refs[index], second.refs[other], at, f"{word} `{label}`")
        for key, other in others.items():
            return f"only the second has the {word} `{second.names[other] or key}`"
        return ""

    def _compare_funcs(self, first: Entry, second: Entry, at: int) -> str:
        if first.annotation != second.annotation:
            got = annotation_name(first.annotation) or "update"
            other = annotation_name(second.annotation) or "update"
            return f"the first func is `{got}`, the second `{other}`"
        for word, refs, others in (
            ("argument", first.refs, second.refs),
            ("result", first.results, second.results),
        ):
            if len(refs) != len(others):
                return f"the first func has {_count(word, refs)}, the second {len(others)}"
            for index, (ref, match) in enumerate(zip(refs, others, strict=True)):
                self._push(ref, match, at, f"{word} {index}")
        return ""


def _count(word: str, refs: list[int]) -> str:
    return f"1 {word}" if len(refs) == 1 else f"{len(refs)} {word}s"
