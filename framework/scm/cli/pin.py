"""`scm pin`: its arguments, and which files it reads and writes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from scm.errors import ConfigurationError

if TYPE_CHECKING:
    from scm.cli.console import Console
    from scm.compiler.callback_lock import CallbackEntry

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

LOCK_DEFAULT: Final = Path("slots.lock")

_DESCRIPTION: Final = """\
Put the callbacks that MODULE exports as `scm_callback NAME` at their slots of
the function table. With --plan: give callbacks their slots before there is a
module.
"""
_EXAMPLES: Final = """\
examples:
  scm pin --plan drawn refused --header slots.h
  scm pin raffle.wasm --header slots.h -o raffle.pinned.wasm
"""


def add_pin(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `pin` to the commands of `scm`."""
    pin = commands.add_parser(
        "pin",
        help="pin the callbacks of a module of any toolchain",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    pin.add_argument(
        "subjects",
        nargs="+",
        metavar="MODULE|NAME",
        help="a .wasm or .wasm.gz; with --plan the callbacks' names",
    )
    pin.add_argument(
        "--lock",
        type=Path,
        default=LOCK_DEFAULT,
        metavar="FILE",
        help=f"the slot file (default: {LOCK_DEFAULT})",
    )
    pin.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="where to write the module (default: .pinned.wasm beside MODULE)",
    )
    pin.add_argument("--plan", action="store_true", help="no module: slots for these names")
    pin.add_argument(
        "--header", type=Path, metavar="FILE", help="also write the slots as a C header"
    )
    pin.add_argument("--rust", type=Path, metavar="FILE", help="also write them as a Rust module")
    pin.add_argument(
        "--export",
        action="append",
        default=[],
        metavar="NAME",
        help="the export NAME is a callback too",
    )
    pin.add_argument(
        "--retire",
        action="append",
        default=[],
        metavar="NAME",
        help="give up the callback NAME, for which no call is pending any more",
    )
    pin.add_argument(
        "--keep-exports", action="store_true", help="leave the callbacks exported, by name"
    )
    add_output_options(pin)


def run_pin(arguments: argparse.Namespace, console: Console) -> int:
    """Pin a module, or plan; raises what `pin_callbacks` raises, and `ConfigurationError`."""
    if arguments.plan:
        return _plan(arguments, console)
    if len(arguments.subjects) != 1:
        raise ConfigurationError(
            f"{len(arguments.subjects)} modules are given, expected one",
            "to give callbacks their slots by name, add `--plan`",
        )
    return _pin(Path(arguments.subjects[0]), arguments, console)


def _plan(arguments: argparse.Namespace, console: Console) -> int:
    from scm.compiler.callback_lock import plan_callbacks, read_callback_lock

    if arguments.output or arguments.export or arguments.keep_exports:
        raise ConfigurationError(
            "`-o`, `--export` and `--keep-exports` are about a module, and `--plan` has none",
            "leave them out",
        )
    for name in arguments.subjects:
        if not name or name.endswith((".wasm", ".wasm.gz")):
            raise ConfigurationError(
                f"`{name}` is not the name of a callback", "leave out `--plan` to pin a module"
            )
    lock = read_callback_lock(arguments.lock)
    entries = plan_callbacks(lock, arguments.subjects, frozenset(arguments.retire))
    _write_slots(arguments, entries, console)
    console.result(str(arguments.lock))
    return 0


def _pin(path: Path, arguments: argparse.Namespace, console: Console) -> int:
    from scm.compiler.callback_lock import read_callback_lock
    from scm.compiler.deployed import read_module
    from scm.compiler.pin_callbacks import PinOptions, pin_callbacks
    from scm.wasm.engine import WasmError
    from scm.wasm.module import WasmFormatError

    module_bytes = read_module(path, "give a `.wasm` or `.wasm.gz` file")
    options = PinOptions(
        exports=tuple(arguments.export),
        retire=frozenset(arguments.retire),
        keep_exports=arguments.keep_exports,
    )
    output: Path = arguments.output or path.with_name(f"{path.name.partition('.')[0]}.pinned.wasm")
    if output.exists() and output.samefile(path):
        raise ConfigurationError(
            f"`{output}` can't be read and written at once", "give another file with `-o`"
        )
    try:
        pinned, entries = pin_callbacks(module_bytes, read_callback_lock(arguments.lock), options)
    except (WasmError, WasmFormatError) as error:
        raise ConfigurationError(f"`{path}` is not a Wasm module: {error}") from error
    changed = _write_slots(arguments, entries, console)
    output.write_bytes(pinned)
    if changed:
        names = " and ".join(f"`{item}`" for item in changed)
        console.say(f"{names} changed: compile again, so that calls name these slots")
    console.result(str(output))
    return 0


def _write_slots(
    arguments: argparse.Namespace, entries: Sequence[CallbackEntry], console: Console
) -> list[Path]:
    """Write the slot file and the files of constants; the latter that changed."""
    from scm.compiler.callback_lock import write_callback_lock
    from scm.compiler.lock_text import replace_file
    from scm.compiler.slot_constants import c_header, rust_module

    wanted = [
        (path, text(entries))
        for path, text in ((arguments.header, c_header), (arguments.rust, rust_module))
        if path is not None
    ]
    for path, _ in wanted:
        _refuse_foreign(path)
    for entry in entries:
        retired = "  (retired)" if entry.status == "retired" else ""
        console.say(f"{entry.slot:>7,}  {entry.name}{retired}")
    write_callback_lock(arguments.lock, entries)
    return [path for path, text in wanted if replace_file(path, text)]


def _refuse_foreign(path: Path) -> None:
    from scm.compiler.slot_constants import GENERATED

    if not path.exists():
        return
    with path.open("rb") as file:
        first_line = file.readline(200)
    if first_line and GENERATED.encode() not in first_line:
        raise ConfigurationError(
            f"`{path}` was not written by `scm pin`, and is not overwritten",
            "give another file, or remove it",
        )
