"""The types of durable collections: written at install, compared at an upgrade.

The catalogue has for each collection, and for each level of nested ones, the parts: the engine's
kind, the signature of the keys, and the Candid header of each schema that values were written in
(decision 16, "Catalogue").  What is stored under an older schema is read through Candid's coercion,
so every one of them must be a subtype of the new code's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from scm.runtime import stable, store
from scm.runtime.migrations import Steps

_KINDS: Final = ("", "a map", "a set", "a list", "a heap", "a blob", "a cell")
_KINDS_WITH_KEYS: Final = (1, 2, 4)


@final
class CollectionTypes:
    """What the code says of a collection, or of what a map's values are (`depth` > 0).

    `header` is that of the values' type; empty if there are none, or collections in their place.
    `steps` make today's values of older ones.
    """

    def __init__(
        self, name: str, depth: int, kind: int, signature: str, header: bytes, steps: Steps
    ) -> None:
        self.name: Final = name
        self.depth: Final = depth
        self.kind: Final = kind
        self.signature: Final = signature
        self.header: Final = header
        self.steps: Final = steps


@final
class ValueMigrator:
    """Makes today's values of those that a collection has of older schemas."""

    def __init__(
        self, name: str, depth: int, steps: Steps, decode: Callable[[bytes], object]
    ) -> None:
        self._name: Final = name
        self._depth: Final = depth
        self._steps: Final = steps
        self._decode: Final = decode
        self._by_schema: list[int] = []  # An upgrade alone changes it, and that begins anew.

    def migrate(self, schema: int, message: bytes) -> object:
        """Today's value of a message of the schema with this number."""
        if not self._by_schema:
            self._by_schema = schema_steps(stable.unpack(store.types_of(self._name, self._depth)))
        return self._steps.migrate(self._by_schema[schema], message, self._decode)


def write_types(collections: list[CollectionTypes]) -> None:
    """Write the types of all collections, where there are none yet."""
    for item in collections:
        _write(item, [], [])


def check_collections(
    collections: list[CollectionTypes],
    plain: tuple[str, ...],
    directory: stable.Directory,
    names: tuple[str, ...],
    reasons: list[str],
) -> None:
    """Add to `reasons` what is stored and does not fit; write the types that are new.

    `plain` are the names of the other fields, whose cells `directory` has; `names` are those of all
    record fields and variant tags, for the message.
    """
    reasons += [
        f"the type of state field `{name}` changed: a collection is stored, and the new code has a "
        "value there"
        for name in plain
        if store.types_of(name, 0)
    ]
    wrong: set[str] = set()  # Where a level does not fit, those inside of it tell nothing.
    for item in collections:
        problem = ""
        if item.depth == 0 and item.name in directory.cells:
            problem = (
                f"the type of state field `{item.name}` changed: a value is stored, and the new "
                "code has a collection there"
            )
        elif item.name not in wrong:
            problem = _explain(item, names)
        if problem:
            wrong.add(item.name)
            reasons.append(problem)


def move_fields(
    directory: stable.Directory,
    renamed: tuple[tuple[str, str], ...],
    dropped: tuple[str, ...],
    reasons: list[str],
) -> None:
    """Give up what is stored for `dropped` fields, and the rest new names: pairs of new and old.

    Adds to `reasons` where both names are stored.  What is not stored has been renamed or dropped
    at an earlier upgrade, or never was.
    """
    for name in dropped:
        if name in directory.cells:
            directory.drop(name)
        if store.types_of(name, 0):
            store.drop(name)
    for new, old in renamed:
        is_cell = old in directory.cells
        if not is_cell and not store.types_of(old, 0):
            continue
        if new in directory.cells or store.types_of(new, 0):
            reasons.append(
                f"state field `{old}` can't be renamed to `{new}`: both are stored; drop one, or "
                "undo the renaming"
            )
        elif is_cell:
            directory.rename(old, new)
        else:
            store.rename(old, new)


def replaced_collection(name: str) -> Exception:
    """The error if a state field holds another collection than its own."""
    return TypeError(
        f"the collection `{name}` of the state was replaced by assignment; empty it with "
        f"`.clear()`, and put into it what it shall hold"
    )


def _explain(item: CollectionTypes, names: tuple[str, ...]) -> str:
    """Why what is stored of a collection does not fit: "" if it does, and its types are written."""
    parts = stable.unpack(store.types_of(item.name, item.depth))
    if not parts:
        _write(item, [], [])
        return ""
    if len(parts) < 2 or len(parts[0]) not in (1, 1 + 4 * (len(parts) - 2)):
        raise stable.StableMemoryError(f"stable memory is damaged: the types of `{item.name}`")
    kind = parts[0][0]
    signature = parts[1].decode("utf-8", "replace")
    if bool(signature) != (kind in _KINDS_WITH_KEYS):
        raise stable.StableMemoryError(f"stable memory is damaged: the types of `{item.name}`")
    headers = parts[2:]
    field = f"state field `{item.name}`"
    if item.depth > 0:
        field = f"the values of {field}" if item.depth == 1 else f"inner values of {field}"
    if kind != item.kind:
        return (
            f"the type of {field} changed: {_kind(kind)} is stored, and the new code has "
            f"{_kind(item.kind)} there"
        )
    if signature != item.signature:
        return (
            f"the keys of {field} changed: `{signature}` is stored, and the new code has "
            f"`{item.signature}`"
        )
    if bool(headers) != bool(item.header):
        before = "values" if headers else "collections"
        after = "values" if item.header else "collections"
        return f"the type of {field} changed: it holds {before}, and {after} in the new code"
    steps = schema_steps(parts)
    for header, step in zip(headers, steps, strict=True):
        problem = item.steps.explain(step, header, names)
        if problem is not None:
            return f"the type of the values of {field} changed: {problem}"
    if headers and (headers[-1] != item.header or steps[-1] != item.steps.latest):
        _write(item, headers, steps)
    return ""


def schema_steps(parts: list[bytes]) -> list[int]:
    """How many migrations the values of each schema have behind them, of a collection's types."""
    steps = parts[0][1:]
    if not steps:
        return [0] * (len(parts) - 2)
    return [int.from_bytes(steps[at : at + 4], "little") for at in range(0, len(steps), 4)]


def _write(item: CollectionTypes, older: list[bytes], older_steps: list[int]) -> None:
    """Write the types of a collection, behind the `older` schemas of its values."""
    headers = [*older, item.header] if item.header else older
    steps = [*older_steps, item.steps.latest] if item.header else older_steps
    first = bytes([item.kind])
    if any(steps):
        first += b"".join([step.to_bytes(4, "little") for step in steps])
    parts = [first, item.signature.encode("utf-8"), *headers]
    store.set_types(item.name, item.depth, stable.pack(parts))


def _kind(kind: int) -> str:
    return _KINDS[kind] if kind < len(_KINDS) else f"something of kind {kind}"
