import pytest

from scm.compiler.preconditions import UnsupportedModuleError
from scm.compiler.snapshot import SavedGlobal, take_snapshot
from scm.errors import SnapshotError
from scm.wasm.engine import text_to_wasm
from scm.wasm.sections import F32, F64, I32, I64

IC0 = """
  (import "ic0" "msg_arg_data_size" (func $size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
  (import "ic0" "debug_print" (func $print (param i32 i32)))
  (import "ic0" "trap" (func $trap (param i32 i32)))
  (import "ic0" "time" (func $time (result i64)))
  (memory 1)
  (data (i32.const 0) "hello oh no")
"""


def boot_module(instructions: str, extra: str = "") -> bytes:
    return text_to_wasm(f'(module {IC0} {extra} (func (export "boot") {instructions}))')


def test_memory_and_globals_are_observed_after_the_boot():
    module = text_to_wasm("""
    (module (memory 1)
      (global $i (mut i32) (i32.const 0)) (global i32 (i32.const 9))
      (global $l (mut i64) (i64.const 0))
      (global $f (mut f32) (f32.const 0)) (global $d (mut f64) (f64.const 0))
      (func (export "boot")
        (drop (memory.grow (i32.const 2)))
        (i32.store8 (i32.const 131072) (i32.const 7))
        (global.set $i (i32.const -1)) (global.set $l (i64.const -2))
        (global.set $f (f32.const -0)) (global.set $d (f64.const inf))))
    """)
    snapshot = take_snapshot(module, "boot")
    assert snapshot.memory_pages == 3
    assert len(snapshot.memory) == 3 * 65_536
    assert snapshot.memory[131_072] == 7
    assert snapshot.memory.count(0) == 3 * 65_536 - 1
    assert snapshot.globals == (
        SavedGlobal(0, I32, 0xFFFF_FFFF),
        SavedGlobal(2, I64, 0xFFFF_FFFF_FFFF_FFFE),
        SavedGlobal(3, F32, 0x8000_0000),
        SavedGlobal(4, F64, 0x7FF0_0000_0000_0000),
    )


def test_the_boot_reads_its_argument():
    module = boot_module(
        "(call $copy (i32.const 100) (i32.const 1) (i32.sub (call $size) (i32.const 1)))"
    )
    snapshot = take_snapshot(module, "boot", b"abcd")
    assert snapshot.memory[99:104] == b"\0bcd\0"


def test_the_start_function_runs_before_the_boot():
    module = text_to_wasm("""
    (module (memory 1) (start $start)
      (func $start (i32.store8 (i32.const 0) (i32.const 1)))
      (func (export "boot") (i32.store8 (i32.const 1) (i32.load8_u (i32.const 0)))))
    """)
    assert take_snapshot(module, "boot").memory[:3] == b"\1\1\0"


def test_a_64_bit_memory_is_observed():
    module = text_to_wasm("""
    (module (import "ic0" "debug_print" (func $print (param i64 i64))) (memory i64 1)
      (data (i64.const 0) "hi")
      (func (export "boot") (call $print (i64.const 0) (i64.const 2))))
    """)
    assert take_snapshot(module, "boot").printed == ("hi",)


def test_lines_printed_are_kept():
    module = boot_module("(call $print (i32.const 0) (i32.const 5))")
    assert take_snapshot(module, "boot").printed == ("hello",)


def test_a_wrong_range_prints_a_placeholder():
    module = boot_module("(call $print (i32.const -1) (i32.const 5))")
    assert take_snapshot(module, "boot").printed == ("(text outside of memory)",)


def test_printing_in_the_start_function_gives_a_placeholder():
    module = boot_module("", "(start $s) (func $s (call $print (i32.const 0) (i32.const 5)))")
    assert take_snapshot(module, "boot").printed == ("(text of the start function)",)


@pytest.mark.parametrize(
    ("instructions", "message"),
    [
        ("(drop (call $time))", "boot called ic0.time"),
        ("(call $trap (i32.const 6) (i32.const 5))", "boot trapped: oh no"),
        ("unreachable", "boot trapped: unreachable"),
        ("(drop (i32.load (i32.const -4)))", "boot trapped: heap out of bounds"),
        ("(loop (br 0))", "boot did not end within 50,000 instructions"),
        ("(call $copy (i32.const 0) (i32.const 3) (i32.const 2))", "behind the end"),
        ("(call $copy (i32.const -1) (i32.const 0) (i32.const 2))", "outside its memory"),
    ],
)
def test_a_failing_boot_says_why_after_what_it_printed(instructions, message):
    module = boot_module("(call $print (i32.const 0) (i32.const 5))" + instructions)
    with pytest.raises(SnapshotError, match=message) as caught:
        take_snapshot(module, "boot", b"abcd", fuel=50_000)
    assert caught.value.printed == ("hello",)
    assert str(caught.value).endswith("\nhello")


def test_a_trap_names_the_functions_on_the_stack():
    module = boot_module("(call $inner)", "(func $inner unreachable)")
    with pytest.raises(SnapshotError) as caught:
        take_snapshot(module, "boot")
    assert caught.value.frames[0] == "inner"


def test_imports_of_other_modules_may_exist_but_not_be_called():
    module = text_to_wasm("""
    (module (import "wasi" "fd_write" (func $write)) (memory 1)
      (func (export "quiet")) (func (export "loud") (call $write)))
    """)
    assert take_snapshot(module, "quiet").printed == ()
    with pytest.raises(SnapshotError, match=r"boot called wasi\.fd_write"):
        take_snapshot(module, "loud")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(module (memory 1))", "exports no function `boot`"),
        ('(module (memory (export "boot") 1))', "exports no function `boot`"),
        ('(module (memory 1) (func (export "boot") (param i32)))', r"type \(i32\) -> \(\)"),
    ],
)
def test_the_boot_export_must_be_a_plain_function(text, message):
    with pytest.raises(SnapshotError, match=message):
        take_snapshot(text_to_wasm(text), "boot")


def test_what_a_snapshot_cannot_hold_is_refused_before_anything_runs():
    module = boot_module("unreachable", '(data "passive")')
    with pytest.raises(UnsupportedModuleError, match="data segment 1 is passive"):
        take_snapshot(module, "boot")
