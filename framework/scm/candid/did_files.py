"""`.did` files that import others: `import "types.did"`, `import service "base.did"`.

An import adds the definitions of the other file, and of those that it imports in turn; with
`service` also the methods of its service.  A file must be complete with its own imports, a name
belongs to one file, and no file imports itself.  What reads a file is a parameter, so nothing else
here touches the disk.  Host only.  Candid spec, "Imports".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os.path import normpath
from pathlib import Path
from typing import Final

from attrs import evolve, field, frozen

from scm.candid.did import CandidService
from scm.candid.did_document import (
    DEFINITION,
    SERVICE_PATH,
    DidDocument,
    Note,
    definition_path,
)
from scm.candid.did_document import Path as NotePath
from scm.candid.did_parser import DidImport, DidParser
from scm.candid.errors import CandidSyntaxError
from scm.candid.lexer import TokenReader
from scm.candid.scan import NO_ROOM
from scm.candid.types import Method, Ref, Service, Type, TypeEnv

_DEPTH_MAX: Final = 100  # of imports in imports; CPython's recursion limit is near


class DidFileError(CandidSyntaxError):
    """A mistake in a `.did` file, told as `path:line:column: message`."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(line, column, message)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


@frozen
class DidSource:
    """The text of a file; `name` is for messages, files of the same `key` are the same file."""

    key: str
    name: str
    text: str = field(repr=False)


DidLoader = Callable[[str, str], DidSource]
"""Finds what a file imports, by its path as written and the name of the importing file.

Raises `OSError` or `UnicodeDecodeError` if it can't be read.
"""


def read_did(path: Path | str) -> CandidService:
    """The interface in a `.did` file, with all that it imports.

    Raises `OSError` if the file itself can't be read, `DidFileError` on any mistake in it or in an
    imported file, with its place.
    """
    return parse_did_source(_load_first(path), load_from_disk)


def read_did_document(path: Path | str) -> DidDocument:
    """`read_did`, with what the files say besides their types."""
    return _Reader(load_from_disk).read(_load_first(path), ()).document


def parse_did_source(source: DidSource, load: DidLoader) -> CandidService:
    """`read_did` for a text at hand; `load` finds the files that it imports."""
    return _Reader(load).read(source, ()).interface


def _load_first(path: Path | str) -> DidSource:
    try:
        return load_from_disk(str(path), "")
    except UnicodeDecodeError as error:
        raise DidFileError(str(path), 1, 1, _not_utf8(error)) from error


def load_from_disk(path: str, importer: str) -> DidSource:
    """A file by its path, which is relative to the folder of the importing file."""
    name = normpath(Path(importer).parent / path)
    text = Path(name).read_text(encoding="utf-8-sig")
    return DidSource(str(Path(name).resolve()), name, text)


@frozen
class _Owned:
    """A type, or a method's, and the file that declares it."""

    item: Type
    source: DidSource


@frozen
class _File:
    """A file with all that it imports; `methods` is None where there is no service."""

    source: DidSource
    types: Mapping[str, _Owned]
    methods: Mapping[str, _Owned] | None
    document: DidDocument

    @property
    def interface(self) -> CandidService:
        """The interface, with all that it imports."""
        return self.document.interface


class _Reader:
    """Reads files, each once, those that a file imports before itself."""

    def __init__(self, load: DidLoader) -> None:
        self._load: Final = load
        self._files: Final[dict[str, _File]] = {}

    def read(self, source: DidSource, importers: tuple[DidSource, ...]) -> _File:
        if source.key not in self._files:
            try:
                self._files[source.key] = self._parse(source, (*importers, source))
            except DidFileError:
                raise
            except CandidSyntaxError as error:
                raise DidFileError(source.name, error.line, error.column, error.message) from error
            except RecursionError:
                raise DidFileError(source.name, 1, 1, NO_ROOM) from None
        return self._files[source.key]

    def _parse(self, source: DidSource, chain: tuple[DidSource, ...]) -> _File:
        parser = DidParser(TokenReader(source.text))
        own = parser.program()
        imports = [(found, self._imported(found, chain)) for found in parser.imports]
        types = {name: _Owned(own.env.lookup(name), source) for name in own.env.names()}
        for found, file in imports:
            _add(types, file.types, found, "type")
        env = TypeEnv({name: owned.item for name, owned in types.items()})
        parser.check_names(env)
        whole = CandidService(own.service, env, own.init_args)
        notes = {path: evolve(note, file=source.name) for path, note in parser.notes.items()}
        notes = _merged_notes(whole, notes, imports)
        methods = _methods_of(whole, source)
        if not any(found.is_service for found in parser.imports):
            owned = None if own.service is None else methods
            return _File(source, types, owned, DidDocument(whole, notes))
        for found, file in imports:
            if found.is_service:
                _add(methods, _importable_methods(file, found), found, "method")
        service = Service([Method(name, owned.item) for name, owned in methods.items()])
        whole = CandidService(service, env, own.init_args)
        return _File(source, types, methods, DidDocument(whole, notes))

    def _imported(self, found: DidImport, chain: tuple[DidSource, ...]) -> _File:
        importer = chain[-1]
        try:
            source = self._load(found.path, importer.name)
        except OSError as error:
            reason = error.strerror or str(error)
            raise found.token.error(f"can't read `{found.path}`: {reason}") from error
        except UnicodeDecodeError as error:
            raise found.token.error(f"`{found.path}`: {_not_utf8(error)}") from error
        except ValueError as error:  # A path that can't be one: it has a null character.
            raise found.token.error(f"can't read the file: {error}") from error
        keys = [link.key for link in chain]
        if source.key in keys:
            names = [link.name for link in chain[keys.index(source.key) :]]
            circle = " imports ".join(f"`{name}`" for name in [*names, source.name])
            raise found.token.error(f"a file can't import itself: {circle}")
        if len(chain) > _DEPTH_MAX:
            raise found.token.error(f"imports nest deeper than {_DEPTH_MAX}")
        return self.read(source, chain)


def _merged_notes(
    own: CandidService,
    notes: Mapping[NotePath, Note],
    imports: Sequence[tuple[DidImport, _File]],
) -> dict[NotePath, Note]:
    """What is said about all parts of a file and its imports, those first."""
    merged: dict[NotePath, Note] = {}
    for _, file in imports:
        said = file.document.notes.items()
        merged.update({path: note for path, note in said if path[0] == DEFINITION})
    merged.update(notes)
    services = [file.document for found, file in imports if found.is_service]
    if not services:
        return merged
    # The methods of several services are now those of one that has no name.
    joined = {path: note for path, note in merged.items() if path[:1] != SERVICE_PATH}
    joined[SERVICE_PATH] = notes.get(SERVICE_PATH, Note(1, 1))
    for document in (*services, DidDocument(own, merged)):
        joined.update(_notes_of_methods(document))
    return joined


def _notes_of_methods(document: DidDocument) -> dict[NotePath, Note]:
    """What is said about a service's methods, as if the service had no name."""
    found: Type | None = document.interface.service
    start: NotePath = SERVICE_PATH
    while isinstance(found, Ref):
        start = definition_path(found.name)
        found = document.interface.env.lookup(found.name)
    size = len(start)
    return {
        (*SERVICE_PATH, *path[size:]): note
        for path, note in document.notes.items()
        if path[:size] == start and path[size : size + 1] == ("method",)
    }


def _methods_of(interface: CandidService, source: DidSource) -> dict[str, _Owned]:
    return {method.name: _Owned(method.type, source) for method in interface.resolved().methods}


def _importable_methods(file: _File, found: DidImport) -> Mapping[str, _Owned]:
    if file.methods is None:
        raise found.token.error(f"`{file.source.name}` has no service to import")
    if file.interface.init_args is not None:
        raise found.token.error(
            f"the service of `{file.source.name}` can't be imported: it has init arguments"
        )
    return file.methods


def _add(
    known: dict[str, _Owned],
    added: Mapping[str, _Owned],
    found: DidImport,
    kind: str,
) -> None:
    """Add what an import brings; the same file may come by several ways."""
    for name, owned in added.items():
        other = known.setdefault(name, owned)
        if other.source.key != owned.source.key:
            raise found.token.error(
                f"{kind} `{name}` is defined twice: in `{other.source.name}` and in"
                f" `{owned.source.name}`"
            )


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"the file is not UTF-8 text (byte {error.start})"
