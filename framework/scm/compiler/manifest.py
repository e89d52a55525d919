"""The ABI manifest: what the next version of a canister must stay compatible with, as JSON.

Stored as the metadata `scm:abi`, so that an upgrade can be checked against the deployed module
alone.  Canonical: the same manifest always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, get_args

from attrs import frozen

from scm.compiler.artefacts import (
    CanisterSpec,
    CollectionKind,
    CollectionSpec,
    OptShape,
    Slot,
    SlotEntry,
    SlotPlan,
    message_shapes,
)
from scm.compiler.key_signatures import key_signature
from scm.compiler.machine import EntryPoint, machine_document, read_machine
from scm.compiler.rules_migrations import steps_by_target
from scm.compiler.shapes import ShapeTypes, canister_types, parse_types
from scm.errors import ConfigurationError

MANIFEST_VERSION: Final = 1
SECTION_NAME: Final = "scm:abi"
_MEMORY: Final = "wasm32"
_KINDS: Final[tuple[str, ...]] = get_args(CollectionKind)


@frozen
class MigrationSteps:
    """What each step of a migration takes, as Candid texts; the first has the number `first`."""

    first: int = 1
    types: tuple[str, ...] = ()

    @property
    def latest(self) -> int:
        """How many steps what is stored today has behind it."""
        return self.first - 1 + len(self.types)

    def wanted(self, done: int, today: str) -> str | None:
        """The type that values `done` steps on must have; None if there is no step from there."""
        if done == self.latest:
            return today
        return self.types[done + 1 - self.first] if self.first - 1 <= done < self.latest else None


NO_MIGRATIONS: Final = MigrationSteps()


@frozen
class StateField:
    """A field of the state: its name, its type as Candid text, whether it may be absent.

    `migrations` make its values of older ones.
    """

    name: str
    type: str
    has_default: bool
    migrations: MigrationSteps = NO_MIGRATIONS


@frozen
class CollectionField:
    """A field of the state that is a collection, or what the values of one are (without a name).

    `key` is the signature of its keys, `value` the Candid text of its values' type: both may be "".
    `migrations` are those of the values.
    """

    name: str
    kind: CollectionKind
    key: str
    value: str
    nested: CollectionField | None
    migrations: MigrationSteps = NO_MIGRATIONS


@frozen
class TimerEntry:
    """A timer handler; `context` is a Candid text, `interval_seconds` 0 but for `@every`.

    `formerly`: its older names, under which timers may be set.  `migrations`: what each step of its
    contexts takes (Candid texts), the first one first.
    """

    name: str
    context: str
    interval_seconds: int
    formerly: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()


@frozen
class AbiManifest:
    """What a deployed canister promises to its next version.

    `tools` maps names to versions.  `renamed` has new and old names of state fields, `dropped`
    those of fields that are given up: what this version does to the state of the one before.
    `machine` is None where the version of scm that built the canister did not tell it.
    """

    name: str
    memory: str
    cleanup: Slot
    orphan: Slot
    handlers: tuple[SlotEntry, ...]
    state: tuple[StateField, ...]
    tools: tuple[tuple[str, str], ...]
    collections: tuple[CollectionField, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()
    machine: tuple[EntryPoint, ...] | None = None
    timers: tuple[TimerEntry, ...] = ()


def describe_abi(spec: CanisterSpec, plan: SlotPlan, tools: Mapping[str, str]) -> AbiManifest:
    """The manifest of a canister built from `spec` with the slots of `plan`."""
    types = canister_types(spec)
    steps = steps_by_target(spec.migrations)

    def migrations(name: str) -> MigrationSteps:
        found = steps.get(("field", name), [])
        texts = tuple(types.text([step.old]) for step in found)
        return MigrationSteps(found[0].number, texts) if found else NO_MIGRATIONS

    return AbiManifest(
        name=spec.name,
        memory=_MEMORY,
        cleanup=plan.cleanup,
        orphan=plan.orphan,
        handlers=plan.handlers,
        state=tuple(
            StateField(
                name=field.name,
                type=types.text([field.shape]),
                has_default=field.default is not None or isinstance(field.shape, OptShape),
                migrations=migrations(field.name),
            )
            for field in spec.state.fields
        ),
        tools=tuple(sorted(tools.items())),
        collections=tuple(
            _describe(item, item.name, spec, types, migrations(item.name))
            for item in spec.collections
        ),
        renamed=tuple(sorted(spec.renamed)),
        dropped=tuple(sorted(spec.dropped)),
        machine=spec.machine,
        timers=tuple(
            TimerEntry(
                name=item.name,
                context=types.text(message_shapes(item.context)),
                interval_seconds=item.interval_seconds,
                formerly=item.formerly,
                migrations=tuple(
                    types.text([step.old]) for step in steps.get(("handler", item.name), ())
                ),
            )
            for item in sorted(spec.timers, key=lambda item: item.name)
        ),
    )


def _describe(
    collection: CollectionSpec,
    name: str,
    spec: CanisterSpec,
    types: ShapeTypes,
    migrations: MigrationSteps,
) -> CollectionField:
    classes = {(item.module, item.name): item for item in spec.classes}
    key, value, nested = collection.key, collection.value, collection.nested
    return CollectionField(
        name=name,
        kind=collection.kind,
        key="" if key is None else key_signature(key, classes),
        value="" if value is None else types.text([value]),
        nested=None if nested is None else _describe(nested, "", spec, types, migrations),
        migrations=NO_MIGRATIONS if value is None else migrations,
    )


def encode_manifest(manifest: AbiManifest) -> bytes:
    """The manifest as canonical JSON."""
    document: dict[str, Any] = {
        "version": MANIFEST_VERSION,
        "name": manifest.name,
        "memory": manifest.memory,
        "cleanup": manifest.cleanup,
        "orphan": manifest.orphan,
        "handlers": [
            {
                "name": entry.name,
                "slot": entry.slot,
                "context": entry.context,
                "response": entry.response,
                "reply": entry.reply,
                "status": entry.status,
                **({"formerly": list(entry.formerly)} if entry.formerly else {}),
                **({"answer": entry.answer} if entry.answer else {}),
                **({"migrations": list(entry.migrations)} if entry.migrations else {}),
                **({"join": True} if entry.is_join else {}),
                **({"raw": True} if entry.is_raw else {}),
            }
            for entry in sorted(manifest.handlers, key=lambda entry: entry.slot)
        ],
        "state": [
            {"name": field.name, "type": field.type, "default": field.has_default}
            | _steps_document(field.migrations)
            for field in sorted(manifest.state, key=lambda field: field.name)
        ],
        "collections": [
            _collection_document(item)
            for item in sorted(manifest.collections, key=lambda item: item.name)
        ],
        "renamed": dict(manifest.renamed),
        "dropped": list(manifest.dropped),
        "tools": dict(manifest.tools),
    }
    if manifest.timers:
        document["timers"] = [
            {
                "name": entry.name,
                "context": entry.context,
                "interval": entry.interval_seconds,
                **({"formerly": list(entry.formerly)} if entry.formerly else {}),
                **({"migrations": list(entry.migrations)} if entry.migrations else {}),
            }
            for entry in sorted(manifest.timers, key=lambda entry: entry.name)
        ]
    if manifest.machine is not None:
        document["machine"] = machine_document(manifest.machine)
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _collection_document(collection: CollectionField) -> dict[str, Any]:
    nested = collection.nested
    return {
        "name": collection.name,
        "kind": collection.kind,
        "key": collection.key,
        "value": collection.value,
        "nested": None if nested is None else _collection_document(nested),
    } | _steps_document(collection.migrations)


def _steps_document(steps: MigrationSteps) -> dict[str, Any]:
    return {"migrations": {"first": steps.first, "types": list(steps.types)}} if steps.types else {}


def _read_steps(document: Mapping[str, Any]) -> MigrationSteps:
    steps = document.get("migrations", {})
    return MigrationSteps(int(steps.get("first", 1)), tuple(map(_types, steps.get("types", ()))))


def decode_manifest(data: bytes) -> AbiManifest:
    """Read a manifest; raises `ConfigurationError` if it is none that this version can read."""
    try:
        document = json.loads(data)
        version = document["version"]
        if version != MANIFEST_VERSION:
            raise ConfigurationError(
                f"the canister's manifest has version `{version}`, expected `{MANIFEST_VERSION}`",
                "use the version of scm that built the canister, or a later one",
            )
        return _read_document(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"the canister's manifest is damaged: {error}", "build the canister again"
        ) from error


def _read_document(document: Mapping[str, Any]) -> AbiManifest:
    return AbiManifest(
        name=str(document["name"]),
        memory=str(document["memory"]),
        cleanup=Slot(int(document["cleanup"])),
        orphan=Slot(int(document["orphan"])),
        handlers=tuple(
            SlotEntry(
                name=str(entry["name"]),
                slot=Slot(int(entry["slot"])),
                context=_types(entry["context"]),
                response=_types(entry["response"]),
                reply=_types(entry["reply"]),
                status="retired" if entry["status"] == "retired" else "active",
                formerly=tuple(str(name) for name in entry.get("formerly", ())),
                answer=str(entry.get("answer", "")),
                migrations=tuple(_types(text) for text in entry.get("migrations", ())),
                is_join=bool(entry.get("join", False)),
                is_raw=bool(entry.get("raw", False)),
            )
            for entry in document["handlers"]
        ),
        state=tuple(
            StateField(
                str(field["name"]),
                _types(field["type"]),
                bool(field["default"]),
                _read_steps(field),
            )
            for field in document["state"]
        ),
        tools=tuple(sorted((str(key), str(value)) for key, value in document["tools"].items())),
        # Versions of scm that had no collections don't speak of them.
        collections=tuple(map(_read_collection, document.get("collections", ()))),
        renamed=tuple(
            sorted((str(new), str(old)) for new, old in document.get("renamed", {}).items())
        ),
        dropped=tuple(str(name) for name in document.get("dropped", ())),
        machine=read_machine(document["machine"]) if "machine" in document else None,
        timers=tuple(
            TimerEntry(
                name=str(entry["name"]),
                context=_types(entry["context"]),
                interval_seconds=int(entry["interval"]),
                formerly=tuple(str(name) for name in entry.get("formerly", ())),
                migrations=tuple(_types(text) for text in entry.get("migrations", ())),
            )
            for entry in document.get("timers", ())
        ),
    )


def _read_collection(document: Mapping[str, Any]) -> CollectionField:
    kind, nested = document["kind"], document["nested"]
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of collection {kind!r}")
    return CollectionField(
        name=str(document["name"]),
        kind=kind,
        key=str(document["key"]),
        value=_types(document["value"]) if document["value"] else "",
        nested=None if nested is None else _read_collection(nested),
        migrations=_read_steps(document),
    )


def _types(text: str) -> str:
    parse_types(text)  # Raises a `ValueError` if it can't be compared later.
    return text
