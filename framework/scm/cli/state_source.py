"""Where `scm state` reads from: a file with an image, or a canister of a saved replica."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.candid.errors import CandidSyntaxError, CandidTypeError
from scm.candid.type_parser import parse_types
from scm.candid.types import Field, Func, Opt, Record, Service, Type, Variant, Vec
from scm.compiler.manifest import SECTION_NAME, CollectionField, decode_manifest
from scm.errors import ConfigurationError
from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.stable_exchange import canisters_with_code
from scm.replica.view import CanisterView
from scm.storage.image import Image
from scm.testing.building import compiled_modules_folder
from scm.testing.state import stable_image

_ZIP_MAGIC: Final = b"PK\x03\x04"


@frozen
class Source:
    """An image, and the names of fields and tags by their ids, where they are known."""

    image: Image
    names: dict[int, str]


@contextmanager
def open_source(path: Path, canister: str | None) -> Iterator[Source]:
    """Open a source for reading.

    Raises `ConfigurationError`, what `Replica.load` raises, `OSError`.
    """
    if is_saved(path):
        view = canister_in(load_replica(path), canister, path)
        yield Source(stable_image(view), known_names(view))
        return
    with path.open("rb") as file:
        if canister is not None:
            raise ConfigurationError(f"`{path}` is no saved replica, so it has no canisters")
        file.seek(0, 2)
        if file.tell() == 0:
            raise ConfigurationError(f"`{path}` is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield Source(Image.of(content), {})


def is_saved(path: Path) -> bool:
    """Whether a file is one of `Replica.save`."""
    with path.open("rb") as file:
        return file.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC


def load_replica(path: Path) -> Replica:
    """The replica that was saved in a file."""
    return Replica.load(path, cache_directory=compiled_modules_folder())


def canister_in(replica: Replica, canister: str | None, path: Path) -> CanisterView:
    """The canister that was asked for, or the only one; raises `ConfigurationError`."""
    known = canisters_with_code(replica)
    shown = ", ".join(str(item) for item in known) or "none"
    if canister is None:
        if len(known) != 1:
            raise ConfigurationError(
                f"`{path}` has {len(known)} canisters with code", f"add `--canister ID`: {shown}"
            )
        return replica.canister(known[0])
    try:
        wanted = Principal.from_text(canister)
    except ValueError as error:
        raise ConfigurationError(f"`{canister}` is no canister id: {error}") from error
    if wanted not in known:
        raise ConfigurationError(f"`{path}` has no canister {canister}", f"it has: {shown}")
    return replica.canister(wanted)


def known_names(view: CanisterView) -> dict[int, str]:
    """The names of record fields and variant tags in the canister's state, by their ids."""
    names: dict[int, str] = {}
    for visibility in ("public", "private"):
        section = view.custom_section(f"icp:{visibility} {SECTION_NAME}")
        if section is not None:
            manifest = decode_manifest(section)
            texts = [field.type for field in manifest.state]
            for item in manifest.collections:
                texts += _value_types(item)
            for text in texts:
                _collect(text, names)
    return names


def _value_types(field: CollectionField) -> list[str]:
    inner = _value_types(field.nested) if field.nested else []
    return [field.value, *inner] if field.value else inner


def _collect(text: str, names: dict[int, str]) -> None:
    try:
        types, env = parse_types(text)
    except (CandidSyntaxError, CandidTypeError):
        return  # Ids are shown in place of names then.
    remaining: list[Type] = [*types, *(env.lookup(name) for name in env.names())]
    while remaining:
        match remaining.pop():
            case Opt(inner=inner) | Vec(inner=inner):
                remaining.append(inner)
            case Record(fields=fields) | Variant(fields=fields):
                remaining += [_named(field, names) for field in fields]
            case Func(args=args, results=results):
                remaining += [*args, *results]
            case Service(methods=methods):
                remaining += [method.type for method in methods]


def _named(field: Field, names: dict[int, str]) -> Type:
    if field.name:
        names[field.id] = field.name
    return field.type
