import pytest

from scm.compiler.pin import PinError, pin
from scm.compiler.verify import read_pins
from scm.errors import LimitError
from scm.wasm import engine
from scm.wasm.engine import TableSlot, text_to_wasm
from scm.wasm.module import SectionId, parse_module
from scm.wasm.sections import EXTERNREF, FUNCREF, Limits, TableType, all_tables
from scm.wasm.table import TableError, table_layout

CALLBACKS = """
  (memory (export "memory") 1)
  (func (export "reply") (param i32) (i32.store8 (i32.const 0) (local.get 0)))
  (func (export "reject") (param i32) (i32.store8 (i32.const 1) (local.get 0)))
  (func (export "other") (param i64))
  (func $internal (export "internal") (result i32) (i32.const 7))
"""


def callbacks(fields: str = "") -> bytes:
    return text_to_wasm(f"(module {CALLBACKS} {fields})")


def run(module_bytes: bytes) -> engine.Instance:
    exported = engine.compile_module(module_bytes)
    return engine.instantiate(exported, {}, fuel=10_000)


def test_pinned_functions_are_called_through_their_slots():
    module = callbacks('(table (export "table") 1 funcref) (elem (i32.const 0) func $internal)')
    instance = run(pin(module, {"reply": 4_000, "reject": 4_001}))
    instance.call_table(4_000, 11)
    instance.call_table(4_001, 22)
    assert instance.read_memory(0, 2) == bytes((11, 22))
    assert instance.call_table(0) == 7
    assert instance.table_entry(3_999) is TableSlot.EMPTY
    assert instance.table_size == 4_002


def test_one_function_may_have_two_slots_under_two_names():
    module = callbacks('(func $f (export "a") (export "b") (param i32))')
    assert table_layout(pin(module, {"a": 5, "b": 9})) == {5: 4, 9: 4}


def test_a_module_without_table_gets_one():
    pinned = pin(callbacks(), {"reply": 3})
    engine.validate(pinned)
    assert all_tables(parse_module(pinned)) == [TableType(FUNCREF, Limits(4))]


@pytest.mark.parametrize(
    ("table", "limits"),
    [
        ("(table 2 2 funcref)", Limits(11, 11)),
        ("(table 2 funcref)", Limits(11)),
        ("(table 2 500 funcref)", Limits(11, 500)),
        ("(table 100 funcref)", Limits(100)),
        ('(import "env" "table" (table 2 2 funcref))', Limits(11, 11)),
    ],
)
def test_the_table_grows_as_far_as_needed(table, limits):
    module = text_to_wasm(f"(module {table} {CALLBACKS})")
    pinned = pin(module, {"reply": 10})
    engine.validate(pinned)
    assert all_tables(parse_module(pinned)) == [TableType(FUNCREF, limits)]


def test_slots_in_a_row_share_a_segment():
    pinned = pin(callbacks('(func (export "third") (param i32))'), {
        "third": 8, "reply": 6, "reject": 7,
    })  # fmt: skip
    assert table_layout(pinned) == {6: 0, 7: 1, 8: 4}
    section = parse_module(pinned).find(SectionId.ELEMENT)
    assert section is not None
    assert section.payload[0] == 1


def test_pinning_twice_changes_nothing():
    once = pin(callbacks(), {"reply": 6, "reject": 9})
    assert pin(once, {"reject": 9, "reply": 6}) == once
    assert pin(once, {}) == once


def test_pins_can_be_added_to_a_pinned_module():
    pinned = pin(pin(callbacks(), {"reply": 6}), {"reply": 6, "reject": 2})
    assert read_pins(pinned) == {2: "reject", 6: "reply"}


def test_a_64_bit_module_has_64_bit_callbacks():
    module = text_to_wasm("""
    (module (memory i64 1) (func (export "wide") (param i64)) (func (export "narrow") (param i32)))
    """)
    assert read_pins(pin(module, {"wide": 2})) == {2: "wide"}
    with pytest.raises(PinError, match=r"`narrow` has type \(i32\) -> \(\), expected \(i64\)"):
        pin(module, {"narrow": 2})


def test_a_64_bit_table_gets_64_bit_offsets():
    module = text_to_wasm(f"(module (table i64 1 funcref) {CALLBACKS})")
    pinned = pin(module, {"reply": 5})
    engine.validate(pinned)
    assert read_pins(pinned) == {5: "reply"}


def test_other_sections_are_copied_byte_for_byte():
    module = parse_module(callbacks("(table 1 funcref)"))
    pinned = parse_module(pin(callbacks("(table 1 funcref)"), {"reply": 6}))
    changed = {SectionId.TABLE, SectionId.ELEMENT}
    assert pinned.keeping(lambda s: s.id not in changed) == module.keeping(
        lambda s: s.id not in changed
    )


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ({"absent": 1}, "exports no function `absent`"),
        ({"memory": 1}, "exports no function `memory`"),
        ({"other": 1}, r"`other` has type \(i64\) -> \(\), expected \(i32\) -> \(\)"),
        ({"internal": 1}, r"`internal` has type \(\) -> \(i32\)"),
        ({"reply": 5, "reject": 5}, "`reply` and `reject` have the same slot 5"),
        ({"reply": -1}, "slot of `reply` is negative"),
    ],
)
def test_what_cannot_be_pinned_is_named(pins, message):
    with pytest.raises(PinError, match=message):
        pin(callbacks(), pins)


def test_a_taken_slot_is_refused():
    module = callbacks("(table 9 funcref) (elem (i32.const 4) func $internal $internal)")
    with pytest.raises(PinError, match="slot 5 of `reply` already holds function 3"):
        pin(module, {"reply": 5})


def test_a_slot_past_the_platform_limit_is_refused():
    with pytest.raises(LimitError) as caught:
        pin(callbacks(), {"reply": 1_000_000})
    assert (caught.value.actual, caught.value.maximum) == (1_000_001, 1_000_000)


def test_the_last_allowed_slot_works():
    assert read_pins(pin(callbacks(), {"reply": 999_999})) == {999_999: "reply"}


def test_a_table_of_foreign_references_is_refused():
    module = callbacks("(table 1 externref)")
    assert all_tables(parse_module(module))[0].element_type == EXTERNREF
    with pytest.raises(PinError, match="does not hold functions"):
        pin(module, {"reply": 1})


def test_a_table_filled_from_an_imported_base_is_refused():
    module = text_to_wasm(f"""
    (module (import "env" "base" (global i32)) {CALLBACKS}
      (table 9 funcref) (elem (global.get 0) func $internal))
    """)
    with pytest.raises(TableError, match="not a constant"):
        pin(module, {"reply": 5})
