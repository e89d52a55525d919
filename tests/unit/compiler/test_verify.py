import pytest

from scm.compiler.controls import CONTROLS
from scm.compiler.metadata import MetadataError
from scm.compiler.pin import pin
from scm.compiler.verify import (
    VerifyError,
    read_pins,
    verify_methods,
    verify_module,
    verify_pins,
)
from scm.errors import LimitError
from scm.wasm.custom import custom_section
from scm.wasm.engine import WasmError, text_to_wasm
from scm.wasm.module import encode_module, parse_module

CANISTER = """
(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "call_new" (func (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "stable_grow" (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "__indirect_function_table") 3 funcref)
  (global (export "stack") (mut i32) (i32.const 0))
  (data (i32.const 0) "hi") (data "passive")
  (func (export "canister_init"))
  (func (export "canister_post_upgrade"))
  (func (export "canister_update pay now") (call $reply))
  (func (export "canister_query pay") (call $reply))
  (func (export "done") (param i32) (drop (table.get 0 (i32.const 0))))
  (func (export "late") (param i32))
  (func $private (result i32) (table.size 0))
  (elem (i32.const 0) func $private))
"""

# The "extended constants" proposal, which the platform does not have.
SUM = "(i32.add (i32.const 1) (i32.const 2))"


def verify(text: str) -> None:
    verify_module(text_to_wasm(text))


def test_a_canister_passes_before_and_after_pinning():
    module = text_to_wasm(CANISTER)
    verify_module(module)
    verify_module(pin(module, {"done": 1, "late": 999_999}))


def test_a_64_bit_canister_passes():
    verify("""
    (module (import "ic0" "msg_arg_data_copy" (func (param i64 i64 i64))) (memory i64 1)
      (data (i64.const 0) "x") (func (export "canister_query a")))
    """)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('(import "wasi" "time" (func))', r"imports `wasi\.time`, which the platform"),
        ('(import "ic0" "nonsense" (func))', r"imports `ic0\.nonsense`"),
        (
            '(import "ic0" "time" (func))',
            r"`ic0\.time` has type \(\) -> \(\), expected \(\) -> \(i64\)",
        ),
        ('(import "ic0" "stable_size" (func (result i32))) (memory i64 1)', "stable_size"),
        ('(import "ic0" "trap" (func (param i32 i32))) (memory i64 1)', r"expected \(i64, i64\)"),
        ('(import "ic0" "g" (global i32))', r"imports the global `ic0\.g`"),
        ('(import "env" "mem" (memory 1))', r"imports the memory `env\.mem`"),
        ('(func (export "canister_updat x"))', "`canister_updat x` is no entry point"),
        ('(func (export "canister_update"))', "`canister_update` is no entry point"),
        ('(func (export "canister_start"))', "`canister_start` is reserved"),
        ('(memory (export "stable_memory") 1)', "`stable_memory` is reserved"),
        (
            '(func (export "canister_init") (param i32))',
            r"type \(i32\) -> \(\), expected \(\) -> \(\)",
        ),
        ('(func (export "canister_query a") (result i32) i32.const 0)', r"\(\) -> \(i32\)"),
        (
            '(func (export "canister_query a")) (func (export "canister_update a"))',
            "the method `a` is exported twice",
        ),
        ("(global funcref (ref.null func))", "global 0 is of type funcref"),
        (f"(memory 1) (data (offset {SUM}))", "offset of data segment 0 is not a lone constant"),
        (f"(global i32 {SUM})", "initialiser of global 0"),
        (
            f"(table 9 funcref) (func $f) (elem (offset {SUM}) func $f)",
            "offset of element segment 0",
        ),
        (
            '(import "ic0" "msg_reply" (func)) (table 1 funcref) (func) '
            "(func (table.set 0 (i32.const 0) (ref.null func)))",
            "function 2 uses `table.set`",
        ),
        (
            "(table 1 funcref) (func (drop (table.grow 0 (ref.null func) (i32.const 1))))",
            "function 0 uses `table.grow`",
        ),
    ],
)
def test_broken_rules_are_named(fields, message):
    with pytest.raises(VerifyError, match=message):
        verify(f"(module {fields})")


def test_legacy_imports_of_memory_and_table_are_tolerated():
    verify('(module (import "env" "memory" (memory 1)) (import "env" "table" (table 1 funcref)))')


def test_other_kinds_of_export_may_begin_with_canister():
    verify('(module (memory (export "canister_memory") 1))')


def test_invalid_wasm_is_refused_by_the_engine():
    with pytest.raises(WasmError, match="type mismatch"):
        verify("(module (func (result i32) i64.const 1))")


def test_threads_are_refused():
    with pytest.raises(WasmError):
        verify("(module (memory 1 1 shared))")


def test_limits_and_metadata_are_part_of_it():
    with pytest.raises(LimitError, match="elements of the table"):
        verify("(module (table 1000001 funcref))")
    module = parse_module(text_to_wasm("(module)"))
    with pytest.raises(MetadataError):
        verify_module(encode_module(module.appending([custom_section("icp:x", b"")])))


def test_pins_are_read_from_the_finished_table():
    pinned = pin(text_to_wasm(CANISTER), {"done": 700, "late": 2})
    assert read_pins(pinned) == {2: "late", 700: "done"}
    verify_pins(pinned, {"done": 700, "late": 2})


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ({"done": 2}, "`done` is not at slot 2"),
        ({"done": 5_000}, "`done` is not at slot 5,000"),
        ({"gone": 700}, "no callback function `gone`"),
        ({"canister_init": 700}, "no callback function `canister_init`"),
    ],
)
def test_pins_that_differ_are_refused(pins, message):
    pinned = pin(text_to_wasm(CANISTER), {"done": 700, "late": 2})
    with pytest.raises(VerifyError, match=message):
        verify_pins(pinned, pins)


CONTROLLED = " ".join(f'(func (export "canister_{kind} {name}"))' for kind, name in CONTROLS)
NAMED = (
    f'(module (func (export "canister_update pay")) {CONTROLLED}'
    ' (func (export "canister_query look")))'
)


def test_exports_are_those_of_the_interface():
    verify_methods(text_to_wasm(NAMED), "service : { pay : () -> (); look : () -> () query }")


@pytest.mark.parametrize(
    ("did", "reason"),
    [
        ("service : { pay : () -> () }", "`canister_query look` is in the exports"),
        (
            "service : { pay : () -> (); look : () -> () }",
            "`canister_query look` is in the exports",
        ),
        (
            "service : { pay : () -> (); look : () -> () query; more : () -> () }",
            "`canister_update more` is in the interface, but not exported",
        ),
    ],
)
def test_exports_that_differ_from_the_interface(did, reason):
    with pytest.raises(VerifyError) as caught:
        verify_methods(text_to_wasm(NAMED), did)
    assert reason in str(caught.value)
