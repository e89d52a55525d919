"""`scm pin`: put the callbacks of a module of any toolchain at the slots of its slot file.

In: a finished module and a slot file.  Out: the module with each callback at its slot, and the
entries for the slot file.  Callbacks are exported functions `scm_callback NAME`, or exports that
the user names.  Those exports only lead here, and are removed; the slots are told in metadata.

    (export "scm_callback drawn" (func 7))   ->   (elem (i32.const 65552) func 7)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from attrs import frozen

from scm.compiler import manifest, slot_metadata
from scm.compiler.callback_lock import CallbackEntry, CallbackLock, plan_callbacks
from scm.compiler.metadata import read_all_metadata, write_metadata
from scm.compiler.pin import callback_type, pin
from scm.compiler.verify import verify_module, verify_pins
from scm.errors import ConfigurationError, Diagnostic, InternalError, SourceError
from scm.wasm import engine
from scm.wasm.functions import ExportedFunction, append_function, exported_functions
from scm.wasm.module import Module, SectionId, encode_module, parse_module
from scm.wasm.sections import (
    Export,
    ExternKind,
    imported,
    read_exports,
    read_imports,
    write_exports,
)
from scm.wasm.table import layout_of

CALLBACK_PREFIX: Final = "scm_callback "
ORPHAN_EXPORT: Final = "scm_callback_orphan"

_TRAP: Final = b"\x00\x00\x0b"  # No local variables; `unreachable`, `end`.


@frozen
class PinOptions:
    """What the user asks for; `exports` are callbacks by their plain export names."""

    exports: tuple[str, ...] = ()
    retire: frozenset[str] = frozenset()
    keep_exports: bool = False


def pin_callbacks(
    module_bytes: bytes, lock: CallbackLock, options: PinOptions
) -> tuple[bytes, tuple[CallbackEntry, ...]]:
    """Pin the callbacks of the module; returns it, verified, and all entries for the slot file.

    Raises `SourceError` with everything that is wrong with the module, `ConfigurationError`,
    `WasmError` if it is none, and what `pin` and `verify_module` raise.
    """
    engine.validate(module_bytes)
    module = parse_module(module_bytes)
    _refuse_finished(module)
    callbacks = _find_callbacks(module, options)
    problems = [*_table_problems(module), *_type_problems(module, callbacks)]
    if not callbacks and not lock.entries:
        problems.append(_no_callbacks())
    entries = plan_callbacks(lock, callbacks, options.retire)
    problems += _removed(entries, callbacks, lock)
    targets = {name: function.index for name, function in callbacks.items()}
    if not problems:
        problems += _taken(module, entries, targets)
    if problems:
        raise SourceError(problems)
    ready = _with_exports(module, entries, targets, options)
    pins = {f"{CALLBACK_PREFIX}{entry.name}": int(entry.slot) for entry in entries}
    pinned = pin(encode_module(ready), pins)
    verify_pins(pinned, pins)
    finished = write_metadata(
        pinned if options.keep_exports else _without(pinned, frozenset(pins) | {ORPHAN_EXPORT}),
        [slot_metadata.slot_section(entries)],
    )
    _check_table(pinned, finished)
    verify_module(finished)
    return finished, entries


def _refuse_finished(module: Module) -> None:
    names = {section.name for section in read_all_metadata(module)}
    if slot_metadata.SECTION_NAME in names:
        raise ConfigurationError(
            "the module is pinned already", "give the module as the toolchain made it"
        )
    if manifest.SECTION_NAME in names:
        raise ConfigurationError(
            "the module was built by scm, whose modules are pinned already",
            "install it as it is",
        )


def _find_callbacks(module: Module, options: PinOptions) -> dict[str, ExportedFunction]:
    """The callbacks by name: those of the convention, then those that the user named."""
    functions = exported_functions(module)
    found = {
        export.removeprefix(CALLBACK_PREFIX): function
        for export, function in functions.items()
        if export.startswith(CALLBACK_PREFIX)
    }
    missing = [name for name in options.exports if name not in functions]
    if missing:
        raise SourceError([_missing_export(name, list(functions)) for name in missing])
    for name in options.exports:
        if found.setdefault(name, functions[name]) != functions[name]:
            raise ConfigurationError(
                f"`{name}` and `{CALLBACK_PREFIX}{name}` are exports of different functions",
                f"leave out `--export {name}`, or rename one of them",
            )
    return found


def _missing_export(name: str, known: Sequence[str]) -> Diagnostic:
    near = get_close_matches(name, known, n=1)
    return Diagnostic(
        "missing-export",
        f"the module exports no function `{name}`",
        None,
        helps=(
            f"did you mean `{near[0]}`?"
            if near
            else f'export it: in C by `__attribute__((export_name("{name}")))`',
        ),
    )


def _table_problems(module: Module) -> Iterator[Diagnostic]:
    for entry in imported(read_imports(module), ExternKind.TABLE):
        yield Diagnostic(
            "imported-table",
            f"the module imports its function table, as `{entry.module}.{entry.name}`",
            None,
            notes=("what stands in an imported table can't be told from the module",),
            helps=("let the linker define the table: without `--import-table`",),
        )


def _type_problems(
    module: Module, callbacks: Mapping[str, ExportedFunction]
) -> Iterator[Diagnostic]:
    expected = callback_type(module)
    orphan = exported_functions(module).get(ORPHAN_EXPORT)
    shown = dict(callbacks) if orphan is None else {**callbacks, ORPHAN_EXPORT: orphan}
    for name, function in shown.items():
        if function.type != expected:
            yield Diagnostic(
                "callback-type",
                f"callback `{name}` has type `{function.type}`, expected `{expected}`",
                None,
                notes=("the system calls it with `env`, the number that was given with the call",),
                helps=("in C: `void NAME(uint32_t env)`",),
            )


def _no_callbacks() -> Diagnostic:
    return Diagnostic(
        "no-callbacks",
        "the module exports no callbacks",
        None,
        helps=(
            f'export each as `{CALLBACK_PREFIX}NAME`: in C by `__attribute__((export_name("'
            f'{CALLBACK_PREFIX}NAME")))`',
            "where an export's name can't have a space, say which they are: `--export NAME`",
        ),
    )


def _removed(
    entries: Sequence[CallbackEntry], callbacks: Mapping[str, ExportedFunction], lock: CallbackLock
) -> Iterator[Diagnostic]:
    for entry in entries:
        if entry.status == "active" and entry.name not in callbacks:
            yield Diagnostic(
                "removed-callback",
                f"callback `{entry.name}` is gone from the module",
                lock.span_of(entry.name),
                label="it has a slot here",
                notes=(
                    "a response may still be on its way to it; after an upgrade to this module it"
                    " would find no one",
                ),
                helps=(
                    f"export `{CALLBACK_PREFIX}{entry.name}` again, or name its plain export:"
                    f" `--export {entry.name}`",
                    f"once no call is pending for it, give it up: `scm pin --retire {entry.name}`",
                ),
            )


def _taken(
    module: Module, entries: Sequence[CallbackEntry], targets: Mapping[str, int]
) -> Iterator[Diagnostic]:
    layout = layout_of(module)
    for entry in entries:
        holder = layout.get(entry.slot)
        if holder is not None and holder != targets.get(entry.name):
            yield Diagnostic(
                "taken-slot",
                f"the slot {entry.slot:,} of callback `{entry.name}` holds another function"
                " already",
                None,
                notes=("the toolchain's own table reaches that far",),
                helps=("let the linker begin its table at 1, as it does by default",),
            )


def _with_exports(
    module: Module,
    entries: Sequence[CallbackEntry],
    targets: Mapping[str, int],
    options: PinOptions,
) -> Module:
    """Export what every slot gets as `scm_callback NAME`; the user's plain exports are dropped."""
    exports = read_exports(module)
    retired = [entry.name for entry in entries if entry.name not in targets]
    if retired:
        module, orphan = _orphan(module, exports)
        targets = {**targets, **dict.fromkeys(retired, orphan)}
    dropped = frozenset(() if options.keep_exports else options.exports)
    kept = [
        entry
        for entry in exports
        if entry.name not in dropped and not entry.name.startswith(CALLBACK_PREFIX)
    ]
    added = [
        Export(f"{CALLBACK_PREFIX}{entry.name}", ExternKind.FUNCTION, targets[entry.name])
        for entry in entries
    ]
    return module.with_section(SectionId.EXPORT, write_exports([*kept, *added]))


def _orphan(module: Module, exports: Sequence[Export]) -> tuple[Module, int]:
    """What stands at retired slots: the module's own function for it, else one that traps."""
    for entry in exports:
        if entry.name == ORPHAN_EXPORT:
            return module, entry.index
    return append_function(module, callback_type(module), _TRAP)


def _without(module_bytes: bytes, names: frozenset[str]) -> bytes:
    module = parse_module(module_bytes)
    kept = [entry for entry in read_exports(module) if entry.name not in names]
    return encode_module(module.with_section(SectionId.EXPORT, write_exports(kept)))


def _check_table(pinned: bytes, finished: bytes) -> None:
    """Names were verified while they were exported; what is delivered must have the same table."""
    if layout_of(parse_module(pinned)) != layout_of(parse_module(finished)):
        raise InternalError("pin", "the function table changed after it was verified")
