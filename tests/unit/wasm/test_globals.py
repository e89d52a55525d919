import pytest

from scm.wasm import engine
from scm.wasm.engine import text_to_wasm
from scm.wasm.globals import bits_of_float, export_mutable_globals, float_of_bits


def run(module_bytes: bytes) -> engine.Instance:
    return engine.instantiate(engine.compile_module(module_bytes), {}, fuel=10_000)


def test_mutable_globals_become_readable():
    module = text_to_wasm("""
    (module (global i32 (i32.const 1))
      (global $a (mut i32) (i32.const 2))
      (global $b (mut f64) (f64.const 2.5))
      (func (export "bump") (global.set $a (i32.const -7))))
    """)
    exported, names = export_mutable_globals(module)
    assert names == ("scm:global:1", "scm:global:2")
    instance = run(exported)
    instance.call("bump")
    assert [instance.read_global(name) for name in names] == [-7, bits_of_float("f64", 2.5)]


def test_memory_and_table_are_exported_beside_the_existing_exports():
    module = text_to_wasm('(module (memory (export "mem") 2) (table 3 funcref))')
    exported, names = export_mutable_globals(module)
    assert names == ()
    exports = [
        (item.name, item.kind) for item in engine.module_exports(engine.compile_module(exported))
    ]
    assert exports == [("mem", "memory"), ("scm:memory", "memory"), ("scm:table", "table")]
    assert run(exported).table_size == 3


def test_exporting_twice_changes_nothing():
    module = text_to_wasm("(module (memory 1) (global (mut i64) (i64.const 0)))")
    once, names = export_mutable_globals(module)
    assert export_mutable_globals(once) == (once, names)


def test_a_module_without_state_only_gains_an_empty_export_section():
    exported, names = export_mutable_globals(text_to_wasm("(module)"))
    assert names == ()
    engine.validate(exported)


@pytest.mark.parametrize(
    ("kind", "text", "bits"),
    [
        ("i32", "-1", -1),
        ("i64", "-9223372036854775808", -(1 << 63)),
        ("f32", "nan:0x200001", 0x7FA0_0001),
        ("f32", "-nan:0x200001", 0xFFA0_0001),
        ("f32", "-0", 0x8000_0000),
        ("f64", "nan:0x4000000000001", 0x7FF4_0000_0000_0001),
        ("f64", "-inf", 0xFFF0_0000_0000_0000),
    ],
)
def test_globals_travel_without_a_change_of_their_bits(kind: str, text: str, bits: int):
    zero = f"(global (mut {kind}) ({kind}.const 0))"
    module = text_to_wasm(f"(module (global (mut {kind}) ({kind}.const {text})) {zero})")
    exported, (first, second) = export_mutable_globals(module)
    instance = run(exported)
    assert instance.read_global(first) == bits
    instance.write_global(second, instance.read_global(first))
    assert instance.read_global(second) == bits


@pytest.mark.parametrize("kind", ["f32", "f64"])
def test_a_float_is_written_as_the_number_that_it_is(kind: str):
    module = text_to_wasm(f"(module (global (mut {kind}) ({kind}.const 0)))")
    exported, (name,) = export_mutable_globals(module)
    instance = run(exported)
    instance.write_global(name, -2.5)
    assert float_of_bits(kind, instance.read_global(name)) == -2.5
