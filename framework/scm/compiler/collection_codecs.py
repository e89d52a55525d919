"""Collections -> the table in `codecs.c` that the engine reads (`runtime/c/collections.h`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from attrs import frozen

from scm.compiler.artefacts import ClassSpec, CollectionKind, CollectionSpec, Shape
from scm.compiler.codec_shapes import c_string, runs_code
from scm.compiler.key_codecs import KeyCodecs, NativeClasses
from scm.compiler.key_signatures import key_signature
from scm.compiler.shapes import ClassKey
from scm.errors import InternalError

ENGINE_KINDS: Final[Mapping[CollectionKind, int]] = {
    "map": 1,
    "set": 2,
    "list": 3,
    "heap": 4,
    "bytes": 5,
    "cell": 6,
}
"""As in `runtime/store.py`."""

DEPTH_MAX: Final = 255


class Messages(Protocol):
    """What the table needs of `CodecSource`: the number of a message."""

    def message(self, shapes: Sequence[Shape]) -> int: ...


@frozen
class Level:
    """A collection, or what a map's values are: a row of the table, by its number."""

    number: int
    depth: int
    spec: CollectionSpec
    signature: str


class CollectionCodecs:
    """The table of a canister's collections, and the functions that it points to."""

    def __init__(
        self, collections: Iterable[CollectionSpec], native: NativeClasses, messages: Messages
    ) -> None:
        self._keys: Final = KeyCodecs(native)
        self._messages: Final = messages
        self._classes: Final = native.classes
        self.levels: Final = _levels(collections, native.classes)
        """The rows: each collection, and after it what it is made of."""

        # Whoever writes the messages must have all of them.
        for level in self.levels:
            if level.spec.value is not None:
                messages.message([level.spec.value])

    def lines(self) -> list[str]:
        """The functions and the table, as C."""
        rows = [line for level in self.levels for line in self._row(level)]
        rows = rows or ['    {"", 0, 0, "", NULL, NULL, NULL, NULL, NULL, NULL, 1, -1},']
        return [
            *self._keys.functions(),
            "const scm_collection scm_collections[] = {",
            *rows,
            "};",
            f"const uint32_t scm_collection_count = {len(self.levels)};",
            "",
        ]

    def _row(self, level: Level) -> list[str]:
        spec = level.spec
        keys, values = "NULL, NULL, NULL", "NULL, NULL, NULL"
        if spec.key is not None:
            # Behind a heap's priority stands a sequence number.
            number = self._keys.number(spec.key, is_last=spec.kind != "heap")
            start = self._keys.start(spec.key) if spec.kind != "heap" else "NULL"
            keys = f"write_key_{number}, read_key_{number}, {start}"
        if spec.value is not None:
            number = self._messages.message([spec.value])
            values = f"&scm_codec_messages[{number}], write_message_{number}, read_message_{number}"
        kind = f"SCM_{spec.kind.upper()}"
        is_plain = int(spec.value is None or not runs_code(spec.value, self._classes))
        nested = level.number + 1 if spec.nested is not None else -1
        return [
            f"    {{{c_string(spec.name)}, {kind}, {level.depth}, {c_string(level.signature)},",
            f"     {keys},",
            f"     {values}, {is_plain}, {nested}}},",
        ]


def _levels(
    collections: Iterable[CollectionSpec], classes: Mapping[ClassKey, ClassSpec]
) -> tuple[Level, ...]:
    found: list[Level] = []
    for collection in collections:
        for depth, spec in enumerate(collection.levels()):
            if depth > DEPTH_MAX:
                raise InternalError("translate", f"`{spec.name}` nests too deeply")
            signature = "" if spec.key is None else key_signature(spec.key, classes)
            found.append(Level(len(found), depth, spec, signature))
    return tuple(found)
