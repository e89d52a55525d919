"""What the commands of `scm candid` do: text and bytes in, text and bytes out.

Nothing here prints; mistakes of the user's become errors of `scm.errors`.
"""

from __future__ import annotations

import json
import string
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import asdict, frozen

from scm.candid.decode import decode, decode_untyped
from scm.candid.did import CandidService
from scm.candid.encode import encode
from scm.candid.errors import CandidSyntaxError, CandidTypeError, DecodeError, EncodeError
from scm.candid.lexer import TokenReader
from scm.candid.message_types import read_message_types
from scm.candid.table import MAGIC
from scm.candid.type_parser import parse_types
from scm.candid.types import NO_NAMES, Func, Type, TypeEnv, field_hash
from scm.candid.value_inference import infer_types
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.cli.console import Console
from scm.compiler.deployed import compare_init_args, compare_interfaces, read_interface
from scm.errors import ConfigurationError, InterfaceRefusedError, ScmError

STANDARD_INPUT: Final = "-"
_MESSAGE_HELP: Final = 'give hex, a text `blob "..."`, a file, or `-` for standard input'


@frozen
class TypeOptions:
    """Where the types of a message come from; all absent: from the message or values themselves."""

    types: str | None = None
    did: Path | None = None
    method: str | None = None
    results: bool = False
    init: bool = False


@frozen
class _Typing:
    types: tuple[Type, ...]
    env: TypeEnv


def run_decode(message: str, options: TypeOptions, console: Console) -> int:
    """`scm candid decode`: a message as text."""
    typing = _read_types(options)
    data = _read_message(message)
    try:
        if typing is None:
            types, env = read_message_types(data)
            shown = format_values(decode_untyped(data), types, env, annotate=True)
        else:
            values = decode(data, typing.types, typing.env)
            shown = format_values(values, typing.types, typing.env)
    except DecodeError as error:
        raise ScmError(f"the message does not decode: {error}") from error
    except EncodeError as error:
        raise ScmError(f"the message has no text: {error}") from error
    console.result(shown)
    return 0


def run_encode(values: str, options: TypeOptions, console: Console, *, raw: bool) -> int:
    """`scm candid encode`: textual values as a message."""
    typing = _read_types(options)
    text = _standard_text() if values == STANDARD_INPUT else values
    _check_utf8(text)
    with _mistakes_in("values"):
        if typing is None:
            types, env = infer_types(text), NO_NAMES
        else:
            types, env = typing.types, typing.env
        message = encode(types, parse_values(text, types, env, exact=True), env)
    if raw:
        console.raw_result(message)
    else:
        console.result(message.hex())
    return 0


def run_interface_check(
    old: Path, new: Path, console: Console, *, strict: bool, as_json: bool
) -> int:
    """`scm candid check`: whether callers of `old` can use `new`."""
    before, after = _interface_in(old), _interface_in(new)
    clashes = compare_interfaces(before, after, strict=strict)
    notes = compare_init_args(before, after, strict=strict)
    if as_json:
        document = {
            "compatible": not clashes,
            "breaking": [asdict(clash) for clash in clashes],
            "init_args": [asdict(clash) for clash in notes],
        }
        console.result(json.dumps(document, indent=2))
    else:
        for clash in clashes:
            console.result(f"breaking  {clash}")
        for note in notes:
            console.result(f"note      init arguments: {note}")
    if clashes:
        raise InterfaceRefusedError([str(clash) for clash in clashes], f"callers of `{old}`")
    count = len(before.resolved().methods)
    methods = "1 method" if count == 1 else f"{count} methods"
    console.say(f"callers of `{old}` can use the new interface: {methods} compared")
    return 0


def run_hash(names: Sequence[str], console: Console) -> int:
    """`scm candid hash`: the ids of names; refuses names that can't stand together."""
    owners: dict[int, str] = {}
    collisions = []
    for name in names:
        _check_utf8(name)
        number = field_hash(name)
        console.result(f"{number}  {name}")
        other = owners.setdefault(number, name)
        if other != name:
            collisions.append(f"`{other}` and `{name}`")
    if collisions:
        raise ScmError(
            f"{', '.join(collisions)} have the same id, so no record or variant can have both"
        )
    return 0


def _read_types(options: TypeOptions) -> _Typing | None:
    ways = [options.types is not None, options.method is not None, options.init]
    if sum(ways) > 1:
        raise ConfigurationError("`--types`, `--method` and `--init` exclude each other")
    if options.results and options.method is None:
        raise ConfigurationError("`--results` are those of a method", "add `--method NAME`")
    if options.did is None:
        if options.types is None and any(ways):
            raise ConfigurationError(
                "`--method` and `--init` need an interface", "add `--did FILE`"
            )
        interface = CandidService(None)
    else:
        interface = _interface_in(options.did)
        if not any(ways):
            raise ConfigurationError(
                f"`{options.did}` has many types", "add `--method NAME`, `--init` or `--types`"
            )
    if options.types is not None:
        _check_utf8(options.types)
        with _mistakes_in("types"):
            return _Typing(*parse_types(options.types, interface.env))
    if options.method is not None:
        function = _find_method(interface, options.method)
        return _Typing(function.results if options.results else function.args, interface.env)
    if not options.init:
        return None
    if interface.init_args is None:
        raise ConfigurationError(f"`{options.did}` does not tell the init arguments")
    return _Typing(interface.init_args, interface.env)


def _find_method(interface: CandidService, name: str) -> Func:
    methods = {method.name: method.type for method in interface.resolved().methods}
    if name not in methods:
        known = ", ".join(f"`{known}`" for known in methods) or "none"
        raise ConfigurationError(f"there is no method `{name}`", f"the methods are {known}")
    function = interface.env.resolve(methods[name])
    assert isinstance(function, Func)
    return function


@contextmanager
def _mistakes_in(what: str) -> Iterator[None]:
    try:
        yield
    except (CandidSyntaxError, CandidTypeError, EncodeError) as error:
        raise ConfigurationError(f"in the {what}: {error}") from error


def _check_utf8(text: str) -> None:
    """Arguments may be any bytes; Python hands on what is no UTF-8 as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            f"the argument is not UTF-8 text (character {error.start + 1})"
        ) from error


def _interface_in(path: Path) -> CandidService:
    if path.is_dir():
        raise ConfigurationError(
            f"`{path}` is a folder, not an interface", "give a `.did`, `.wasm` or `.wasm.gz`"
        )
    return read_interface(path)


def _standard_input() -> bytes:
    if sys.stdin is None:  # If the shell has closed it: `<&-`.
        raise ConfigurationError("there is no standard input", "give the text as an argument")
    return sys.stdin.buffer.read()


def _standard_text() -> str:
    try:
        return _standard_input().decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"standard input is not UTF-8 text (byte {error.start})"
        ) from error


def _read_message(argument: str) -> bytes:
    """Hex and `blob` text first, as they need no file; then a file."""
    if argument == STANDARD_INPUT:
        return _message_in(_standard_input(), "standard input")
    found = _message_as_text(argument)
    if found is not None:
        return found
    if not argument.strip():
        raise ConfigurationError("the message is empty", _MESSAGE_HELP)
    try:
        return _message_in(Path(argument).read_bytes(), f"`{argument}`")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigurationError(
            f"`{argument[:80]}` is neither hex nor a file that can be read: {reason}",
            _MESSAGE_HELP,
        ) from error


def _message_in(data: bytes, place: str) -> bytes:
    if data.startswith(MAGIC):
        return data
    if not data.strip():
        raise ConfigurationError(f"{place} is empty, where a message should be", _MESSAGE_HELP)
    try:
        found = _message_as_text(data.decode())
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise ConfigurationError(
            f"{place} is no message: neither bytes that start with `DIDL`, nor hex, nor a text"
            ' `blob "..."`'
        )
    return found


def _message_as_text(text: str) -> bytes | None:
    """The bytes that a text in hex, or of the form `blob "..."`, stands for; None if it is none."""
    if text.strip().startswith("blob"):
        with _mistakes_in("message"):
            tokens = TokenReader(text)
            tokens.expect("blob")
            token = tokens.take()
            if token.kind != "text" or not tokens.at_end():
                raise token.error("expected one quoted text after `blob`")
            return token.raw
    digits = "".join(text.split())
    digits = digits.removeprefix("0x").removeprefix("0X")
    if not digits or not set(digits) <= set(string.hexdigits):
        return None
    if len(digits) % 2:
        raise ConfigurationError(f"the hex has an odd number of digits, {len(digits)}")
    return bytes.fromhex(digits)
