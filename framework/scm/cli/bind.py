"""`scm bind`: its arguments, and what it does with files; the module itself is made elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from scm.errors import ConfigurationError, Diagnostic, InterfaceFileError
from scm.model import Principal

if TYPE_CHECKING:
    from scm.binding.bind import BindOptions
    from scm.cli.console import Console

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

STANDARD_OUTPUT: Final = "-"
LINE_LENGTHS: Final = range(60, 321)
LINE_LENGTH_DEFAULT: Final = 88  # That of `ruff format`.


def add_bind(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `bind` to the commands of `scm`."""
    bind = commands.add_parser(
        "bind",
        help="write a Python client for a .did file",
        description="Write a typed Python module for the interface in FILE, to call its canister."
        " The module's path is printed on standard output.",
        epilog="example: scm bind ledger.did --canister-id ryjl3-tyaaa-aaaaa-aaaba-cai",
    )
    bind.add_argument("file", type=Path, metavar="FILE", help="the .did file")
    bind.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the .py file to write, or - for standard output; by default it is named like FILE, in"
        " the current folder",
    )
    bind.add_argument(
        "--name",
        type=_class_name,
        metavar="CLASS",
        help="what to call the service's class, if not like FILE",
    )
    bind.add_argument(
        "--canister-id",
        type=_principal,
        metavar="ID",
        help="add a constant: the service of this canister",
    )
    bind.add_argument(
        "--line-length",
        type=_line_length,
        default=LINE_LENGTH_DEFAULT,
        metavar="N",
        help=f"how long lines may be (default: {LINE_LENGTH_DEFAULT})",
    )
    add_output_options(bind)


def run_bind(arguments: argparse.Namespace, console: Console) -> int:
    """Bind a file; raises `InterfaceFileError`, or `ConfigurationError` if OUT is another's."""
    from scm.binding.bind import BindOptions
    from scm.binding.names import module_name

    source: Path = arguments.file
    if not source.name.isprintable():
        raise ConfigurationError(
            f"the name {source.name!r} can't stand in a comment", "rename the file"
        )
    usual = f"{module_name(source.stem)}.py"
    output = usual if arguments.output is None else arguments.output
    to_file = output != STANDARD_OUTPUT
    if to_file:
        _check_output(Path(output))
    if arguments.output is None:
        _check_source(Path(output), source.name)
    name = Path(output).name
    options = BindOptions(
        source.name,
        output=name if to_file and name != usual else "",
        service=arguments.name or "",
        canister_id=arguments.canister_id,
        line_length=arguments.line_length,
    )
    text = _bind(source, options)
    if to_file:
        _write(Path(output), text)
    console.result(output if to_file else text.removesuffix("\n"))
    return 0


def _bind(source: Path, options: BindOptions) -> str:
    from scm.binding.bind import bind
    from scm.binding.binder import BindingError
    from scm.candid.did_files import DidFileError, read_did_document
    from scm.compiler.deployed import mistake_in_did, point

    try:
        return bind(read_did_document(source), options)
    except OSError as error:
        raise ConfigurationError(
            f"can't read `{source}`: {error.strerror}", "give a `.did` file"
        ) from error
    except DidFileError as error:
        raise mistake_in_did(error) from error
    except BindingError as error:
        note = error.note
        span = point(note.file or str(source), note.line, note.column)
        helps = (error.help,) if error.help else ()
        diagnostic = Diagnostic("no-binding", error.message, span, helps=helps)
        raise InterfaceFileError(diagnostic) from error


def _check_output(path: Path) -> None:
    from scm.binding.names import hides_module, is_identifier, module_name
    from scm.binding.render import HEADER

    fix = f"name it like `{module_name(path.stem)}.py`, with `-o`"
    if path.suffix != ".py" or not is_identifier(path.stem):
        raise ConfigurationError(f"`{path}` is no name of a Python module", fix)
    if hides_module(path.stem):
        raise ConfigurationError(
            f"`{path}` would be imported in place of the module `{path.stem}`, of Python or scm",
            fix,
        )
    with _writing(path):
        has_folder = path.parent.is_dir()
        is_others = path.exists() and _start_of(path, len(HEADER)) != HEADER.encode()
    if not has_folder:
        raise ConfigurationError(f"there is no folder `{path.parent}`", "make it first")
    if is_others:
        raise ConfigurationError(
            f"`{path}` exists, and was not written by `scm bind`",
            "move it away, or write another file with `-o`",
        )


def _check_source(path: Path, source: str) -> None:
    """Refuse to replace the module of another `.did`, if nobody has named the module to write.

    Names of files may differ where those of modules don't: `a-b.did`, `a_b.did`.
    """
    from scm.binding.render import source_of

    if not path.is_file():
        return
    with _writing(path):
        other = source_of(path.read_bytes().decode(errors="replace"))
    if other not in ("", source):
        raise ConfigurationError(
            f"`{path}` was made of `{other}`, not of `{source}`",
            f"write another file with `-o`, or replace this one with `-o {path}`",
        )


def _start_of(path: Path, size: int) -> bytes:
    """The first bytes of a file; nothing of what is none, such as a pipe, which may never end."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(size)


def _write(path: Path, text: str) -> None:
    data = text.encode()
    with _writing(path):
        # An unchanged file keeps its time, so that nothing is built again because of it.
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"can't write `{path}`: {error.strerror}", "write another file with `-o`"
        ) from error


def _class_name(text: str) -> str:
    from scm.binding.names import is_free_for_class, is_identifier

    if not is_identifier(text):
        raise argparse.ArgumentTypeError(f"`{text}` is no name of a class")
    if not is_free_for_class(text):
        raise argparse.ArgumentTypeError(f"`{text}` is a name of scm or Python itself")
    return text


def _principal(text: str) -> Principal:
    try:
        return Principal.from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _line_length(text: str) -> int:
    if not text.isdecimal() or int(text) not in LINE_LENGTHS:
        low, high = LINE_LENGTHS[0], LINE_LENGTHS[-1]
        raise argparse.ArgumentTypeError(f"expected a number from {low} to {high}, got `{text}`")
    return int(text)
