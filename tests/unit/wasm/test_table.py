import pytest

from scm.wasm.engine import text_to_wasm
from scm.wasm.table import TableError, function_labels, table_layout


def test_layout_follows_active_segments_of_table_0_in_order():
    module = text_to_wasm("""
    (module (table 20 funcref) (table 5 funcref)
      (func $a) (func $b) (func $c)
      (elem (i32.const 10) func $a $b)
      (elem (table 1) (i32.const 0) func $a)
      (elem func $c)
      (elem declare func $c)
      (elem (i32.const 11) funcref (ref.func $c) (ref.null func)))
    """)
    assert table_layout(module) == {10: 0, 11: 2}


def test_layout_that_depends_on_an_import_is_refused():
    module = text_to_wasm("""
    (module (import "env" "base" (global i32)) (table 20 funcref) (func $a)
      (elem (global.get 0) func $a))
    """)
    with pytest.raises(TableError, match="not a constant"):
        table_layout(module)


def test_labels_prefer_the_name_section():
    module = text_to_wasm("""
    (module (func $inner (export "outer")) (func (export "first") (export "second")) (func))
    """)
    assert function_labels(module) == {0: "inner", 1: "first"}
