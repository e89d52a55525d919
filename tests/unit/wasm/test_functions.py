import pytest

from scm.wasm.engine import text_to_wasm
from scm.wasm.functions import ExportedFunction, exported_functions
from scm.wasm.module import SectionId, WasmFormatError, parse_module
from scm.wasm.sections import I32, Export, ExternKind, FunctionType, write_exports

MODULE = parse_module(
    text_to_wasm("""
    (module (import "ic0" "msg_reply" (func $imported)) (memory (export "memory") 1)
      (export "again" (func $imported))
      (func (export "own") (param i32)))
    """)
)


def test_functions_are_found_over_imports_and_definitions():
    assert exported_functions(MODULE) == {
        "again": ExportedFunction(0, FunctionType(b"", b"")),
        "own": ExportedFunction(1, FunctionType(bytes((I32,)), b"")),
    }


def test_an_export_of_a_missing_function_is_refused():
    exports = write_exports([Export("ghost", ExternKind.FUNCTION, 2)])
    with pytest.raises(WasmFormatError, match="`ghost` is of a function that does not exist"):
        exported_functions(MODULE.with_section(SectionId.EXPORT, exports))
