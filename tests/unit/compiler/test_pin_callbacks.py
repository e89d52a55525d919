"""`scm pin`: modules as other toolchains make them, in; callbacks at their slots, out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.compiler.artefacts import Slot
from scm.compiler.callback_lock import CallbackEntry, CallbackLock
from scm.compiler.metadata import MetadataSection, write_metadata
from scm.compiler.pin_callbacks import PinOptions, pin_callbacks
from scm.compiler.slot_metadata import SECTION_NAME, read_slot_section
from scm.compiler.verify import VerifyError
from scm.errors import ConfigurationError, SourceError
from scm.wasm import engine
from scm.wasm.engine import WasmError, WasmTrap, text_to_wasm
from scm.wasm.globals import export_mutable_globals
from scm.wasm.module import parse_module
from scm.wasm.sections import read_exports
from scm.wasm.table import table_layout

NO_LOCK = CallbackLock()
NAMES = "abcd"
DRAWN = CallbackEntry("drawn", Slot(65_552))
LOST = CallbackEntry("lost", Slot(65_553))
LOCK = CallbackLock((DRAWN, LOST), (5, 10))
CALLBACKS = """
  (table $own 3 3 funcref) (elem $own (i32.const 1) func $helper $drawn) (memory 1)
  (func $helper (param i32))
  (func $drawn (export "scm_callback drawn") (param i32)
    (i32.store8 (i32.const 0) (local.get 0)))
  (func (export "canister_update draw"))
"""
REFUSED = '(func (export "refused") (param i32) (i32.store8 (i32.const 1) (local.get 0)))'


def module(fields: str = "", callbacks: str = CALLBACKS) -> bytes:
    return text_to_wasm(f"(module {callbacks} {fields})")


def refused(module_bytes: bytes, lock: CallbackLock = NO_LOCK, **options: object) -> list[str]:
    """The codes and texts of what is wrong."""
    with pytest.raises(SourceError) as caught:
        pin_callbacks(module_bytes, lock, PinOptions(**options))  # type: ignore[arg-type]
    assert all(diagnostic.helps for diagnostic in caught.value.diagnostics)
    return [f"{item.code}: {item.message}" for item in caught.value.diagnostics]


def exports_of(module_bytes: bytes) -> set[str]:
    return {entry.name for entry in read_exports(parse_module(module_bytes))}


def run(module_bytes: bytes) -> engine.Instance:
    return engine.instantiate(engine.compile_module(module_bytes), {}, fuel=10_000)


def test_callbacks_are_called_through_their_slots():
    memory = '(export "memory" (memory 0))'
    pinned, entries = pin_callbacks(
        module(REFUSED + memory), NO_LOCK, PinOptions(exports=("refused",))
    )
    assert [(entry.name, entry.slot) for entry in entries] == [
        ("drawn", 65_552),
        ("refused", 65_553),
    ]
    assert table_layout(pinned) == {1: 0, 2: 1, 65_552: 1, 65_553: 3}
    instance = run(with_table_export(pinned))
    instance.call_table(65_552, 11)
    instance.call_table(65_553, 22)
    assert instance.read_memory(0, 2) == bytes((11, 22))


def with_table_export(module_bytes: bytes) -> bytes:
    return export_mutable_globals(module_bytes)[0]


@given(st.lists(st.permutations(NAMES), min_size=2, max_size=4), st.data())
def test_versions_in_any_order_of_functions_keep_every_slot(versions, data):
    lock = NO_LOCK
    slots: dict[str, int] = {}
    for order in versions:
        fields = "".join(
            f'(func (export "scm_callback {name}") (param i32)'
            f" (i32.store8 (local.get 0) (i32.const {ord(name)})))"
            for name in order
        )
        others = data.draw(st.lists(st.sampled_from(range(len(order))), max_size=3))
        own = f"(table 9 funcref) (elem (i32.const 1) func {' '.join(map(str, others))})"
        memory = '(memory (export "memory") 1)'
        pinned, entries = pin_callbacks(module(fields + own, callbacks=memory), lock, PinOptions())
        lock = CallbackLock(entries, (1,) * len(entries))
        known = {entry.name: int(entry.slot) for entry in entries}
        assert known | slots == known
        slots = known
        instance = run(with_table_export(pinned))
        for place, (name, slot) in enumerate(slots.items()):
            instance.call_table(slot, place)
            assert instance.read_memory(place, 1) == name.encode()


def test_exports_that_led_to_the_callbacks_are_removed():
    options = PinOptions(exports=("refused",))
    pinned, entries = pin_callbacks(module(REFUSED), NO_LOCK, options)
    assert exports_of(pinned) == {"canister_update draw"}
    assert read_slot_section(pinned) == entries


def test_exports_are_kept_on_demand():
    options = PinOptions(exports=("refused",), keep_exports=True)
    pinned, _ = pin_callbacks(module(REFUSED), NO_LOCK, options)
    assert exports_of(pinned) == {
        "canister_update draw",
        "refused",
        "scm_callback drawn",
        "scm_callback refused",
    }


def test_slots_of_the_slot_file_are_kept():
    lock = CallbackLock((CallbackEntry("drawn", Slot(70_000)),), (5,))
    pinned, entries = pin_callbacks(module(REFUSED), lock, PinOptions(exports=("refused",)))
    assert [entry.slot for entry in entries] == [70_000, 70_001]
    assert table_layout(pinned) == {1: 0, 2: 1, 70_000: 1, 70_001: 3}


def test_a_retired_slot_traps():
    pinned, entries = pin_callbacks(module(), LOCK, PinOptions(retire=frozenset({"lost"})))
    assert [entry.status for entry in entries] == ["active", "retired"]
    instance = run(with_table_export(pinned))
    with pytest.raises(WasmTrap, match="unreachable"):
        instance.call_table(65_553, 0)
    again, _ = pin_callbacks(module(), CallbackLock(entries, (5, 10)), PinOptions())
    assert again == pinned


def test_a_retired_slot_holds_the_modules_own_function_for_that():
    orphan = '(func (export "scm_callback_orphan") (param i32))'
    options = PinOptions(retire=frozenset({"lost"}))
    pinned, _ = pin_callbacks(module(orphan), LOCK, options)
    assert table_layout(pinned)[65_553] == 3
    assert exports_of(pinned) == {"canister_update draw"}


def test_callbacks_of_a_module_of_64_bits_are_pinned_alike():
    wide = """(memory i64 1) (table i64 1 funcref)
      (func (export "scm_callback drawn") (param i64))"""
    options = PinOptions(retire=frozenset({"lost"}))
    pinned, _ = pin_callbacks(module(callbacks=wide), LOCK, options)
    assert table_layout(pinned) == {65_552: 0, 65_553: 1}


def test_the_same_module_gives_the_same_bytes():
    assert pin_callbacks(module(), NO_LOCK, PinOptions()) == pin_callbacks(
        module(), NO_LOCK, PinOptions()
    )


def test_a_callback_that_is_gone_is_refused_with_its_line():
    with pytest.raises(SourceError) as caught:
        pin_callbacks(module(), LOCK, PinOptions())
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == (
        "removed-callback",
        "callback `lost` is gone from the module",
    )
    assert diagnostic.span is not None
    assert (diagnostic.span.path, diagnostic.span.line) == ("slots.lock", 10)


@pytest.mark.parametrize(
    ("fields", "options", "problem"),
    [
        ("", {"exports": ("refuse",)}, "missing-export: the module exports no function `refuse`"),
        (
            '(func (export "scm_callback wide") (param i64))',
            {},
            "callback-type: callback `wide` has type `(i64) -> ()`, expected `(i32) -> ()`",
        ),
        (
            "",
            {"exports": ("canister_update draw",)},
            "callback-type: callback `canister_update draw` has type `() -> ()`,"
            " expected `(i32) -> ()`",
        ),
        (
            '(func (export "scm_callback_orphan"))',
            {},
            "callback-type: callback `scm_callback_orphan` has type `() -> ()`,"
            " expected `(i32) -> ()`",
        ),
    ],
)
def test_wrong_callbacks_are_named(fields, options, problem):
    assert refused(module(fields), **options) == [problem]


def test_near_names_are_offered():
    with pytest.raises(SourceError) as caught:
        pin_callbacks(module(REFUSED), NO_LOCK, PinOptions(exports=("refuse",)))
    assert caught.value.diagnostics[0].helps == ("did you mean `refused`?",)


def test_all_that_is_wrong_is_told_at_once():
    wrong = '(func (export "scm_callback wide") (param i64)) (func (export "scm_callback f"))'
    assert len(refused(module(wrong), LOCK)) == 3


def test_a_module_without_callbacks_is_refused():
    assert refused(module(callbacks="")) == ["no-callbacks: the module exports no callbacks"]


def test_an_imported_table_is_refused():
    callbacks = """(import "env" "table" (table 1 funcref))
      (func (export "scm_callback drawn") (param i32))"""
    assert refused(module(callbacks=callbacks)) == [
        "imported-table: the module imports its function table, as `env.table`"
    ]


def test_a_slot_that_the_toolchain_has_filled_is_refused():
    callbacks = CALLBACKS.replace("3 3 funcref", "70000 funcref").replace(
        "(i32.const 1)", "(i32.const 65552)"
    )
    assert refused(module(callbacks=callbacks)) == [
        "taken-slot: the slot 65,552 of callback `drawn` holds another function already"
    ]


def test_one_name_for_two_functions_is_refused():
    with pytest.raises(ConfigurationError, match="are exports of different functions"):
        pin_callbacks(
            module('(func (export "drawn") (param i32))'), NO_LOCK, PinOptions(exports=("drawn",))
        )


@pytest.mark.parametrize(
    ("section", "message"),
    [(SECTION_NAME, "is pinned already"), ("scm:abi", "was built by scm")],
)
def test_finished_modules_are_refused(section, message):
    finished = write_metadata(module(), [MetadataSection(section, b"{}")])
    with pytest.raises(ConfigurationError, match=message):
        pin_callbacks(finished, NO_LOCK, PinOptions())


def test_what_the_platform_would_reject_is_refused():
    wasi = """(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32)
      (result i32))) (func (export "scm_callback drawn") (param i32))"""
    with pytest.raises(VerifyError, match="fd_write"):
        pin_callbacks(module(callbacks=wasi), NO_LOCK, PinOptions())


def test_what_is_no_module_is_refused():
    with pytest.raises(WasmError):
        pin_callbacks(b"\0asm\x01\0\0\0\x63", NO_LOCK, PinOptions())


@pytest.mark.parametrize(
    "contents",
    [b"", b"[]", b"{}", b'{"version":1}', b'{"version":1,"callbacks":{"a":"x"},"retired":{}}'],
)
def test_damaged_metadata_is_refused(contents):
    damaged = write_metadata(module(), [MetadataSection(SECTION_NAME, contents)])
    with pytest.raises(ConfigurationError, match="`scm:slots` metadata"):
        read_slot_section(damaged)


def test_metadata_of_another_version_is_refused():
    later = write_metadata(module(), [MetadataSection(SECTION_NAME, b'{"version":2}')])
    with pytest.raises(ConfigurationError, match="has version `2`, expected `1`"):
        read_slot_section(later)


def test_a_module_of_another_tool_has_no_such_metadata():
    assert read_slot_section(module()) is None
