import pytest

from scm.compiler.preconditions import UnsupportedModuleError, check_preconditions
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import parse_module


def test_functions_imported_active_data_and_plain_globals_are_fine():
    text = """
    (module (import "env" "f" (func)) (memory 1) (table 1 funcref)
      (global (mut i64) (i64.const 0)) (global v128 (v128.const i64x2 0 0))
      (data (i32.const 0) "a") (elem func 0) (func (drop (table.get 0 (i32.const 0)))))
    """
    check_preconditions(parse_module(text_to_wasm(text)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("", "0 memories"),
        ('(import "env" "m" (memory 1))', r"imports the memory `env\.m`"),
        ('(import "env" "t" (table 1 funcref)) (memory 1)', r"imports the table `env\.t`"),
        ('(import "env" "g" (global i32)) (memory 1)', r"imports the global `env\.g`"),
        ("(memory 1) (global (mut v128) (v128.const i64x2 0 0))", "global 0 is of type v128"),
        ("(memory 1) (global (mut funcref) (ref.null func))", "global 0 is of type funcref"),
        ('(memory 1) (data (i32.const 0) "a") (data "b")', "data segment 1 is passive"),
        (
            '(memory 1) (data $d (i32.const 0) "a") (func) (func (data.drop $d))',
            "defined function 1 uses `data.drop`",
        ),
        (
            "(memory 1) (table 1 funcref) (func (table.set 0 (i32.const 0) (ref.null func)))",
            "uses `table.set`",
        ),
    ],
)
def test_modules_whose_state_would_be_lost_are_refused(fields, message):
    module = parse_module(text_to_wasm(f"(module {fields})"))
    with pytest.raises(UnsupportedModuleError, match=message):
        check_preconditions(module)


def test_several_memories_and_shared_ones_are_refused():
    for fields, message in (
        ("(memory 1) (memory 1)", "2 memories"),
        ("(memory 1 2 shared)", "shared"),
    ):
        module = parse_module(text_to_wasm(f"(module {fields})"))
        with pytest.raises(UnsupportedModuleError, match=message):
            check_preconditions(module)
