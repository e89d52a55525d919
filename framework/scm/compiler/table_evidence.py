"""Which functions of a finished module the system may call by number, and how each is known.

Pure.  The system calls a callback by an index of the function table; only functions of callback
type count, since a call of any other traps.  A function is known by the names under which it is
pinned or exported, by its name in the `name` section, and by the fingerprint of its body.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final, TypeVar

from attrs import frozen

from scm.compiler.pin import callback_type
from scm.compiler.pin_callbacks import CALLBACK_PREFIX
from scm.compiler.slot_metadata import read_slot_section
from scm.wasm import engine
from scm.wasm.custom import read_function_names
from scm.wasm.fingerprints import Fingerprints
from scm.wasm.functions import exported_functions
from scm.wasm.module import parse_module
from scm.wasm.sections import FunctionType, function_type_indices, read_types
from scm.wasm.table import layout_of

_Key = TypeVar("_Key")


@frozen
class KnownFunction:
    """A function of callback type: `names` are its exports, `name` is from the name section."""

    index: int
    names: frozenset[str]
    name: str
    fingerprint: str

    @property
    def label(self) -> str:
        """What to call it in a finding."""
        if self.names:
            return f"`{min(self.names)}`"
        return f"`{self.name}`" if self.name else "a function without a name"

    @property
    def has_name(self) -> bool:
        return bool(self.names or self.name)


@frozen
class TableEvidence:
    """`slots`: function by table index; `functions`: those of callback type in all the module.

    `pinned`: the indices that a module of `scm pin` says its callbacks have; None for any other.
    """

    callback_type: FunctionType
    slots: Mapping[int, KnownFunction]
    functions: Mapping[int, KnownFunction]
    retired: frozenset[str]
    pinned: frozenset[int] | None = None

    def exported(self, name: str) -> frozenset[int]:
        """The functions that are exported or pinned under this name."""
        return self._by_export.get(name, frozenset())

    def named(self, name: str) -> frozenset[int]:
        """The functions that have this name in the name section."""
        return self._by_name.get(name, frozenset())

    def alike(self, fingerprint: str) -> frozenset[int]:
        """The functions of the table that have this fingerprint."""
        return self._by_body.get(fingerprint, frozenset())

    def indices_of(self, functions: frozenset[int]) -> list[int]:
        """Where in the table these functions stand, in order."""
        return sorted(slot for index in functions for slot in self._by_function.get(index, ()))

    @cached_property
    def _by_export(self) -> Mapping[str, frozenset[int]]:
        return _grouped(
            (name, known.index) for known in self.functions.values() for name in known.names
        )

    @cached_property
    def _by_name(self) -> Mapping[str, frozenset[int]]:
        return _grouped((k.name, k.index) for k in self.functions.values() if k.name)

    @cached_property
    def _by_body(self) -> Mapping[str, frozenset[int]]:
        return _grouped((known.fingerprint, known.index) for known in self.slots.values())

    @cached_property
    def _by_function(self) -> Mapping[int, frozenset[int]]:
        return _grouped((known.index, slot) for slot, known in self.slots.items())


def gather_evidence(module_bytes: bytes) -> TableEvidence:
    """Read the table of a module; raises `WasmError` for an invalid one, and `TableError`."""
    engine.validate(module_bytes)
    module = parse_module(module_bytes)
    expected = callback_type(module)
    types = read_types(module)
    layout = layout_of(module)
    section = read_slot_section(module_bytes)
    entries = section or ()
    exports: dict[int, set[str]] = {}
    for export, exported in exported_functions(module).items():
        exports.setdefault(exported.index, set()).add(export.removeprefix(CALLBACK_PREFIX))
    for entry in entries:
        if entry.status == "active" and entry.slot in layout:
            exports.setdefault(layout[entry.slot], set()).add(entry.name)
    names = read_function_names(module)
    fingerprints: Final = Fingerprints(module)
    in_table = frozenset(layout.values())
    functions = {
        index: KnownFunction(
            index,
            frozenset(exports.get(index, ())),
            names.get(index, ""),
            fingerprints.of(index) if index in in_table else "",
        )
        for index, type_index in enumerate(function_type_indices(module))
        if types[type_index] == expected
    }
    slots = {slot: functions[index] for slot, index in layout.items() if index in functions}
    retired = frozenset(entry.name for entry in entries if entry.status == "retired")
    pinned = None if section is None else frozenset(int(entry.slot) for entry in entries)
    return TableEvidence(expected, slots, functions, retired, pinned)


def _grouped(pairs: Iterable[tuple[_Key, int]]) -> dict[_Key, frozenset[int]]:
    groups: dict[_Key, set[int]] = {}
    for key, value in pairs:
        groups.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in groups.items()}
