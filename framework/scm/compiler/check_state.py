"""The state's part of the upgrade check: fields and collections that stay, come, go, or change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scm.compiler.artefacts import CollectionKind
from scm.compiler.findings import Finding, field_subject
from scm.compiler.manifest import AbiManifest, CollectionField, MigrationSteps, StateField
from scm.compiler.type_clashes import TypeClash, find_type_clashes

_KINDS: Final[Mapping[CollectionKind, str]] = {
    "map": "a map",
    "set": "a set",
    "list": "a list",
    "heap": "a heap",
    "bytes": "a blob",
    "cell": "a cell",
}
_NEW_NAME: Final = "keep the old type, add a `@migration`, or add a field under a new name"

_Stored = StateField | CollectionField


def check_state(old: AbiManifest, new: AbiManifest) -> Iterator[Finding]:
    """Compare what the old code has stored with what the new code reads."""
    before, after = _by_name(old), _by_name(new)
    new_names = {old_name: name for name, old_name in new.renamed}
    for name, stored in before.items():
        target = new_names.get(name, name)
        if name in new.dropped:
            yield Finding(
                "warning",
                _subject(stored),
                "it is dropped: what it holds is lost with this upgrade",
                "leave it out of `dropped` to keep it in stable memory",
            )
        elif target != name and target in before:
            yield _both_stored(name, target)
        elif target in after:
            yield from _kept(stored, after[target])
        else:
            # The runtime keeps what it does not know, so that a way back finds it again.
            yield Finding(
                "warning",
                _subject(stored),
                "it is gone; its value stays in stable memory, and no one reads it",
                "put it back if its value is still needed",
            )
    moved = {new_names[name] for name in before if name in new_names}
    for name, field in after.items():
        if name not in before and name not in moved:
            yield _new(field)


def _both_stored(old: str, new: str) -> Finding:
    return Finding(
        "unsafe",
        field_subject(new),
        f"`{old}` is renamed to it, but both are stored",
        "undo the renaming, or drop the one that is in the way, in an upgrade before: "
        f"`dropped=({new!r},)`",
    )


def _by_name(manifest: AbiManifest) -> dict[str, _Stored]:
    fields: dict[str, _Stored] = {field.name: field for field in manifest.state}
    return fields | {item.name: item for item in manifest.collections}


def _subject(field: _Stored) -> str:
    return field_subject(field.name)


def _kept(old: _Stored, new: _Stored) -> Iterator[Finding]:
    problems = list(_explain(old, new))
    for path, reason, help in problems:
        yield Finding("needs-migration", _subject(new), reason, help, path)
    if not problems:
        yield Finding("safe", _subject(new))


def _explain(old: _Stored, new: _Stored) -> Iterator[tuple[str, str, str]]:
    """Where what is stored can't be read as `new`, why, and what to do."""
    match old, new:
        case StateField(), StateField():
            for clash in _clashes(old.type, old.migrations, new.type, new.migrations, new.name):
                yield clash.path, f"its type changed: {clash.reason}", _NEW_NAME
        case CollectionField(), CollectionField():
            yield from _explain_collection(old, new, new.name, 0)
        case StateField(), _:
            yield new.name, "it was a value, and is a collection now", _NEW_NAME
        case _:
            yield new.name, "it was a collection, and is a value now", _NEW_NAME


def _clashes(
    old: str, done: MigrationSteps, new: str, known: MigrationSteps, path: str
) -> list[TypeClash]:
    """Why values of an old type can't be read, by migrations or without."""
    if done.latest > known.latest:
        reason = (
            f"it is at step {done.latest} of its migrations, and the new code has steps up to"
            f" {known.latest}: it is older than what is stored"
        )
        return [TypeClash(path, reason)]
    wanted = known.wanted(done.latest, new)
    if wanted is None:
        reason = (
            f"it needs migration {done.latest + 1}, and the new code begins with {known.first}:"
            " upgrade to a version between first"
        )
        return [TypeClash(path, reason)]
    return find_type_clashes(old, wanted, path)


def _explain_collection(
    old: CollectionField, new: CollectionField, path: str, depth: int
) -> Iterator[tuple[str, str, str]]:
    it = ("it", "a value of it", "an inner value of it")[min(depth, 2)]
    its = ("its", "its values'", "its inner values'")[min(depth, 2)]
    if old.kind != new.kind:
        yield path, f"{it} was {_KINDS[old.kind]}, and is {_KINDS[new.kind]} now", _NEW_NAME
    elif old.key != new.key:
        yield (
            f"{path}.key",
            f"{its} keys changed from `{old.key}` to `{new.key}`",
            "keep the type of the keys, which are stored in their order; or add a collection under"
            " a new name, and fill it from the old one",
        )
    elif old.nested is not None and new.nested is not None:
        yield from _explain_collection(old.nested, new.nested, f"{path}[]", depth + 1)
    elif old.nested is not None:
        yield f"{path}[]", f"{its} values were collections, and are not now", _NEW_NAME
    elif new.nested is not None:
        yield f"{path}[]", f"{its} values were no collections, and are now", _NEW_NAME
    elif old.value:
        inner = f"{path}[]"
        for clash in _clashes(old.value, old.migrations, new.value, new.migrations, inner):
            yield (
                clash.path,
                f"the type of {its} values changed: {clash.reason}",
                "keep the old type, give a new field the type `... | None`, or add a collection"
                " under a new name",
            )


def _new(field: _Stored) -> Finding:
    if isinstance(field, CollectionField) or field.has_default:
        return Finding("safe", _subject(field))
    return Finding(
        "needs-migration",
        _subject(field),
        "it is new and has no default, so an upgrade can't fill it",
        "give it a default, or the type `... | None`",
        field.name,
    )
