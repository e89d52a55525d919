"""A replica's whole state in a file: a zip of `state.json` and the bytes that it refers to.

A record is an object with its class under `!`; a heap is stored as what its module does not say.
Nothing in the file is ever executed but canisters: classes are looked up among the replica's own.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import zipfile
import zlib
from collections import Counter, deque
from collections.abc import Callable
from enum import Enum
from functools import cache, partial
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import attrs

from scm.model import Principal
from scm.replica.code import code_from_image
from scm.replica.errors import InvalidModule, ReplicaUsageError
from scm.replica.heap import HeapImage
from scm.replica.held_kinds import MessagesOf
from scm.replica.module_checks import load_module
from scm.replica.state import (
    IngressRecord,
    InstalledCode,
    Rejected,
    ReplicaState,
    Replied,
    UserRequest,
)
from scm.replica.trace import ListTracer, RecentTracer
from scm.wasm.engine import WasmError
from scm.wasm.engine_config import EngineKind

FORMAT: Final = "scm replica 4"

_STATE: Final = "state.json"
_INLINE_BYTES_MAX: Final = 64
_EXACT_MAX: Final = 1 << 53
_PART_ITEMS: Final = 1000
_RECORDS: Final = frozenset((IngressRecord, UserRequest, Replied, Rejected))
_MODULES: Final = ("scm.replica.", "scm.candid.values", "scm.wasm.engine_config")
_MEMBER_BYTES_MAX: Final = 1 << 30
_OPTIONAL: Final = frozenset(("cache_directory", "http_handler", "tracer"))
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, ImportError, OSError),
    # RuntimeError stands for nesting, encryption, and what `zipfile` does not know.
    *(RuntimeError, OverflowError, LookupError, TypeError, ValueError, AttributeError),
    *(InvalidModule, WasmError),
)
"""What reading a file may raise that was changed somewhere."""

_TIMESTAMP: Final = (1980, 1, 1, 0, 0, 0)  # The same state gives the same file.


def save_state(state: ReplicaState, path: Path) -> None:
    """Write the state to a file.

    Raises `ReplicaUsageError` while holds are open whose predicates are functions, `OSError`.
    """
    unsaved = [hold for hold in state.holds if not isinstance(hold.predicate, MessagesOf)]
    if unsaved:
        raise ReplicaUsageError(
            f"{_open_holds(len(unsaved))}, and what they hold can't be saved: close them "
            "first, or use `checkpoint`"
        )
    writer = _Writer()
    # A handler is code of the test, which has to supply it again.
    document = {
        "format": FORMAT,
        "state": writer.value(attrs.evolve(state, http_handler=None)),
    }
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _add(archive, _STATE, json.dumps(document).encode())
            for contents, name in writer.blobs.items():
                _add(archive, name, contents)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _open_holds(count: int) -> str:
    return "1 hold is open" if count == 1 else f"{count} holds are open"


def load_state(path: Path, cache_directory: Path | None) -> ReplicaState:
    """Read what `save_state` wrote.

    Raises `ReplicaUsageError` for another file, `OSError` if it can't be read.  A file that was
    changed on purpose may load, and fail later.
    """
    contents = BytesIO(path.read_bytes())
    try:
        with zipfile.ZipFile(contents) as archive:
            document = json.loads(_read_member(archive, _STATE))
            if not isinstance(document, dict) or document.get("format") != FORMAT:
                raise ReplicaUsageError(f"`{path}` was saved by another version of scm")
            read = partial(_read_member, archive)
            state = _Reader(read, cache_directory).value(document["state"])
    except _DAMAGE as error:
        raise ReplicaUsageError(f"`{path}` is no saved replica, or is damaged: {error}") from error
    if not isinstance(state, ReplicaState) or not _has_right_kinds(state):
        raise ReplicaUsageError(f"`{path}` is no saved replica")
    state.cache_directory = cache_directory
    return state


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MEMBER_BYTES_MAX:
        raise ValueError(f"`{name}` is larger than anything in a replica")
    return archive.read(name)


def _has_right_kinds(state: ReplicaState) -> bool:
    """Whether the fields are numbers, dicts and so on as in a new replica."""
    new = ReplicaState(
        random=random.Random(), tracer=ListTracer(), request_queue_capacity=0, cache_directory=None
    )
    return all(
        type(getattr(state, field.name)) is type(getattr(new, field.name))
        for field in attrs.fields(ReplicaState)
        if field.name not in _OPTIONAL
    ) and isinstance(state.tracer, ListTracer | RecentTracer)


def _add(archive: zipfile.ZipFile, name: str, contents: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _TIMESTAMP), contents, zipfile.ZIP_DEFLATED)


class _Writer:
    """Values as JSON; long bytes go into `blobs`, each once."""

    def __init__(self) -> None:
        self.blobs: Final[dict[bytes, str]] = {}

    def value(self, value: object) -> object:
        # Most values are of these, and a match tries one kind after the other.
        if type(value) in _RECORDS:
            return self._record(value)
        match value:
            case Enum():  # Before what it may be as well: text or a number.
                return {"!": _class_name(type(value)), "value": value.value}
            case None | bool() | str():
                return value
            case int():
                return value if abs(value) < _EXACT_MAX else {"!": "int", "value": str(value)}
            case float():
                return {"!": "float", "value": value.hex()}
            case bytes() | bytearray():
                return self._bytes(bytes(value))
            case list():
                return [self.value(item) for item in value]
            case tuple():
                return {"!": "tuple", "items": [self.value(item) for item in value]}
            case deque():
                return {"!": "deque", "items": [self.value(item) for item in value]}
            case set() | frozenset():
                items = [self.value(item) for item in value]
                return {"!": type(value).__name__, "items": sorted(items, key=json.dumps)}
            case dict():
                return self._dict(value)
            case Principal():
                return {"!": "Principal", "hex": value.raw.hex()}
            case random.Random():
                return {"!": "Random", "state": self.value(value.getstate())}
            case Path():
                return None
            case InstalledCode():
                image = value.heap.image()
                return {
                    "!": "code",
                    "wasm": self._bytes(value.module.wasm),
                    "image": self.value(image),
                    "kind": value.module.kind.value,
                }
            case _:
                return self._record(value)

    def _dict(self, value: dict[Any, Any]) -> object:
        """A dict; one that is large in parts, as nothing else runs while JSON is made of one."""
        kind = "Counter" if isinstance(value, Counter) else "dict"
        items = iter(value.items())
        parts = []
        while part := list(islice(items, _PART_ITEMS)):
            parts.append([[self.value(key), self.value(item)] for key, item in part])
        if len(parts) <= 1:
            return {"!": kind, "items": parts[0] if parts else []}
        return {"!": kind, "parts": [self._bytes(json.dumps(part).encode()) for part in parts]}

    def _record(self, value: object) -> object:
        kind = type(value)
        if not attrs.has(kind):
            raise ReplicaUsageError(f"a {kind.__name__} in the replica can't be saved")
        contents = {name: self.value(getattr(value, name)) for name in _field_names(kind)}
        return {"!": _class_name(kind), "fields": contents}

    def _bytes(self, value: bytes) -> object:
        if len(value) <= _INLINE_BYTES_MAX:
            return {"!": "bytes", "hex": value.hex()}
        return {"!": "blob", "name": self.blobs.setdefault(value, f"blobs/{len(self.blobs)}")}


class _Reader:
    """JSON as values; `read` gives the contents of a blob."""

    def __init__(self, read: Callable[[str], bytes], cache_directory: Path | None) -> None:
        self._read: Final = read
        self._cache_directory: Final = cache_directory

    def value(self, item: Any) -> Any:
        if isinstance(item, list):
            return [self.value(part) for part in item]
        if not isinstance(item, dict):
            return item
        match item["!"]:
            case "int":
                return int(item["value"])
            case "float":
                return float.fromhex(item["value"])
            case "bytes":
                return bytes.fromhex(item["hex"])
            case "blob":
                return self._read(item["name"])
            case "Principal":
                return Principal(bytes.fromhex(item["hex"]))
            case "Random":
                generator = random.Random()
                generator.setstate(self.value(item["state"]))
                return generator
            case "dict" | "Counter" as kind:
                parts = item["parts"] if "parts" in item else [item["items"]]
                pairs = dict(chain.from_iterable(map(self._pairs, parts)))
                return Counter(pairs) if kind == "Counter" else pairs
            case "tuple" | "deque" | "set" | "frozenset" as kind:
                parts = [self.value(part) for part in item["items"]]
                return _CONTAINERS[kind](parts)
            case "code":
                kind = EngineKind(item["kind"])
                module = load_module(self.value(item["wasm"]), self._cache_directory, kind)
                image = self.value(item["image"])
                if not isinstance(image, HeapImage):
                    raise ValueError("code without a heap")
                return code_from_image(module, image)
            case name:
                return self._record(name, item)

    def _pairs(self, part: Any) -> list[tuple[Any, Any]]:
        items = part if isinstance(part, list) else json.loads(self.value(part))
        return [(self.value(key), self.value(value)) for key, value in items]

    def _record(self, name: str, item: dict[str, Any]) -> object:
        kind = _class_named(name)
        if issubclass(kind, Enum):
            return kind(item["value"])
        fields = attrs.fields(kind)
        values = {name: self.value(part) for name, part in item["fields"].items()}
        return kind(**{field.alias: values[field.name] for field in fields})


_CONTAINERS: Final[dict[str, Callable[[list[Any]], object]]] = {
    "tuple": tuple,
    "deque": deque,
    "set": set,
    "frozenset": frozenset,
}


@cache
def _field_names(kind: type[attrs.AttrsInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind))


@cache
def _class_name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


@cache
def _class_named(name: str) -> type[Enum] | type[attrs.AttrsInstance]:
    module, _, qualified = name.partition(":")
    found = None
    if module.startswith(_MODULES) and qualified.isidentifier():
        found = getattr(importlib.import_module(module), qualified)
    is_own = getattr(found, "__module__", "") == module
    if is_own and isinstance(found, type) and (issubclass(found, Enum) or attrs.has(found)):
        return found
    raise ReplicaUsageError(f"a saved replica has no `{name!a}`")
