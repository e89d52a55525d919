import pytest

from scm.wasm.engine import text_to_wasm, validate
from scm.wasm.functions import ExportedFunction, append_function, exported_functions
from scm.wasm.module import SectionId, WasmFormatError, encode_module, parse_module
from scm.wasm.sections import (
    I32,
    Export,
    ExternKind,
    FunctionType,
    read_exports,
    read_functions,
    write_exports,
)

VOID = FunctionType(b"", b"")
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


@pytest.mark.parametrize("type", ["(param i32)", "(param i64) (result i64)"])
def test_a_function_is_appended_behind_all_others(type):
    source = text_to_wasm(f"""
    (module (import "ic0" "msg_reply" (func)) (type (func {type})) (func (export "own")))
    """)
    expected = FunctionType(bytes((I32,)), b"")
    module, index = append_function(parse_module(source), expected, b"\x00\x00\x0b")
    exports = [*read_exports(module), Export("added", ExternKind.FUNCTION, index)]
    module = module.with_section(SectionId.EXPORT, write_exports(exports))
    validate(encode_module(module))
    assert exported_functions(module)["added"] == ExportedFunction(2, expected)
    assert exported_functions(module)["own"].index == 1


def test_a_module_without_functions_can_get_one():
    module, index = append_function(parse_module(text_to_wasm("(module)")), VOID, b"\x00\x0b")
    validate(encode_module(module))
    assert (index, read_functions(module)) == (0, [0])
