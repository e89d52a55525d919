"""The interface of what is deployed, and whether callers of it can live with a new one.

Reads `.did` files and modules; the comparison is pure.  Callers are those of the public methods:
what an upgrade does to calls in flight and to the state is the business of `check.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.candid.clashes import Clash, find_breaking_changes, find_init_changes
from scm.candid.did import CandidService
from scm.candid.did_files import DidFileError, read_did
from scm.candid.did_parser import parse_did
from scm.candid.errors import CandidSyntaxError, CandidTypeError
from scm.compiler.metadata import read_metadata
from scm.errors import (
    ConfigurationError,
    Diagnostic,
    InterfaceFileError,
    InterfaceRefusedError,
    SourceSpan,
)
from scm.wasm.module import WasmFormatError

INTERFACE_SECTION: Final = "candid:service"
MODULE_BYTES_MAX: Final = 100 * 1024 * 1024  # Interface Spec: the largest module.
_GZIP_MAGIC: Final = b"\x1f\x8b"
_WASM_MAGIC: Final = b"\x00asm"


@frozen
class DeployedInterface:
    """What a build has to compare with: a `.did`, `.wasm` or `.wasm.gz`.

    `tell` hears of all breaking changes at once, and whether they are allowed.
    """

    path: Path
    allow_breaking: bool
    tell: Callable[[Sequence[Clash], bool], None]

    def check(self, new_did: str) -> None:
        """Compare with the new interface.

        Raises `InterfaceRefusedError` on breaking changes that are not allowed,
        `ConfigurationError` if the file has no interface.
        """
        clashes = compare_interfaces(read_interface(self.path), parse_did(new_did))
        if clashes:
            self.tell(clashes, self.allow_breaking)
        if clashes and not self.allow_breaking:
            raise InterfaceRefusedError(
                [str(clash) for clash in clashes],
                f"callers of `{self.path}`",
                "keep what callers use: add new methods and optional arguments instead; or build"
                " with `--allow-breaking-interface`",
            )


def compare_interfaces(
    old: CandidService, new: CandidService, *, strict: bool = False
) -> tuple[Clash, ...]:
    """`find_breaking_changes`, where types too large to compare are the user's mistake."""
    with _too_large_to_compare():
        return find_breaking_changes(old, new, strict=strict)


def compare_init_args(
    old: CandidService, new: CandidService, *, strict: bool = False
) -> tuple[Clash, ...]:
    """`find_init_changes`, likewise."""
    with _too_large_to_compare():
        return find_init_changes(old, new, strict=strict)


@contextmanager
def _too_large_to_compare() -> Iterator[None]:
    try:
        yield
    except CandidTypeError as error:
        raise ConfigurationError(f"the interfaces can't be compared: {error}") from error


def read_interface(path: Path) -> CandidService:
    """The interface in a `.did` file, or in the metadata of a module.

    Raises `ConfigurationError` if there is none; `InterfaceFileError` for a mistake in a `.did`.
    """
    try:
        if path.suffix == ".did":
            return read_did(path)
        return parse_did(_interface_of_module(path))
    except DidFileError as error:
        raise mistake_in_did(error) from error
    except CandidSyntaxError as error:
        raise ConfigurationError(f"the interface in `{path}` is damaged: {error}") from error
    except (OSError, ValueError) as error:  # `ValueError`: the path has a null character.
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigurationError(
            f"can't read `{path}`: {reason}",
            "give a `.did` file, or a `.wasm` or `.wasm.gz` that was built with its interface",
        ) from error


def mistake_in_did(error: DidFileError) -> InterfaceFileError:
    """A mistake in a `.did` file, as it is told to those who gave the file."""
    span = point(error.path, error.line, error.column)
    return InterfaceFileError(Diagnostic("did-file", error.message, span))


def point(path: str, line: int, column: int) -> SourceSpan:
    """A place of which only the beginning is known."""
    return SourceSpan(path, line, column, line, column + 1)


def _interface_of_module(path: Path) -> str:
    try:
        module_bytes = read_module(path, "give a `.did`, `.wasm` or `.wasm.gz` file")
        section = read_metadata(module_bytes, INTERFACE_SECTION)
    except WasmFormatError as error:
        raise ConfigurationError(f"`{path}` is not a Wasm module: {error}") from error
    if section is None:
        raise ConfigurationError(
            f"`{path}` does not tell its interface: it has no `{INTERFACE_SECTION}` metadata",
            "give the `.did` file instead",
        )
    return section.decode(errors="replace")


def read_module(path: Path, help: str) -> bytes:
    """The bytes of a module, decompressed.

    Raises `ConfigurationError` if the file is none; `help` tells what else could be given.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"can't read `{path}`: {error.strerror}", help) from error
    if data.startswith(_GZIP_MAGIC):
        data = _decompress(data, path)
    if not data.startswith(_WASM_MAGIC):
        raise ConfigurationError(f"`{path}` is not a Wasm module", help)
    return data


def _decompress(data: bytes, path: Path) -> bytes:
    inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        module_bytes = inflate.decompress(data, MODULE_BYTES_MAX)
    except zlib.error as error:
        raise ConfigurationError(f"`{path}` is not valid gzip: {error}") from error
    if not inflate.eof:
        raise ConfigurationError(f"`{path}` is cut off, or larger than a module can be")
    return module_bytes
