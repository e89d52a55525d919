from collections import Counter

import pytest

from scm.compiler import limits
from scm.compiler.limits import check_limits, method_name
from scm.errors import LimitError
from scm.leb128 import write_unsigned
from scm.wasm.complexity import function_complexity
from scm.wasm.custom import write_function_names
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import Module, RawSection, SectionId, parse_module
from scm.wasm.sections import Export, ExternKind, write_exports

CALL = b"\x10\x00"
NOP = b"\x01"


def check(text: str) -> None:
    module_bytes = text_to_wasm(text)
    check_limits(parse_module(module_bytes), len(module_bytes))


def with_body(instructions: bytes) -> Module:
    body = b"\x00" + instructions + b"\x0b"
    code = b"\x01" + write_unsigned(len(body)) + body
    return parse_module(text_to_wasm("(module (func $f))")).with_section(SectionId.CODE, code)


def with_sections(*sections: RawSection) -> Module:
    return Module(sections)


def assert_limit(module: Module, limit: str, actual: int, maximum: int) -> None:
    with pytest.raises(LimitError) as caught:
        check_limits(module, 0)
    assert (caught.value.limit, caught.value.actual, caught.value.maximum) == (
        limit, actual, maximum,
    )  # fmt: skip


def test_an_ordinary_module_passes():
    check('(module (memory 1) (table 5 funcref) (func (export "canister_query hi")))')


def test_module_size_is_counted():
    with pytest.raises(LimitError, match="bytes of the module"):
        check_limits(Module(()), limits.MODULE_BYTES_MAX + 1)
    check_limits(Module(()), limits.MODULE_BYTES_MAX)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(module (table 1 funcref) (table 1 funcref))", "number of tables: 2"),
        ("(module (table 1000001 funcref))", "elements of the table: 1,000,001"),
        ("(module (memory i64 98305))", "pages of memory at the start: 98,305"),
    ],
)
def test_memory_and_table_sizes_are_limited(text, message):
    with pytest.raises(LimitError, match=message):
        check(text)


def test_the_largest_memories_and_table_pass():
    check("(module (memory i64 98304) (table 1000000 funcref))")
    check("(module (memory 65536))")


def test_functions_are_counted():
    def functions(count: int) -> Module:
        return with_sections(RawSection(SectionId.FUNCTION, write_unsigned(count) + bytes(count)))

    check_limits(functions(50_000), 0)
    assert_limit(functions(50_001), "number of functions", 50_001, 50_000)


def test_globals_are_counted():
    entry = b"\x7f\x00\x41\x00\x0b"
    module = with_sections(RawSection(SectionId.GLOBAL, write_unsigned(1_001) + entry * 1_001))
    assert_limit(module, "number of globals", 1_001, 1_000)


def methods(names: list[str]) -> Module:
    exports = [Export(name, ExternKind.FUNCTION, 0) for name in names]
    return with_sections(RawSection(SectionId.EXPORT, write_exports(exports)))


def test_public_methods_are_counted():
    check_limits(methods([f"canister_query {n}" for n in range(1_000)]), 0)
    assert_limit(
        methods([f"canister_query {n}" for n in range(1_001)]),
        "number of public methods", 1_001, 1_000,
    )  # fmt: skip


def test_method_names_are_counted_in_bytes_without_their_prefix():
    check_limits(methods(["canister_update " + "é" * 10_000]), 0)
    assert_limit(
        methods(["canister_update " + "é" * 10_000, "canister_query x"]),
        "bytes of all method names together", 20_001, 20_000,
    )  # fmt: skip


def test_code_section_size_is_limited():
    payload = b"\x01" + write_unsigned(limits.CODE_SECTION_BYTES_MAX) + bytes(10 * 1024 * 1024)
    module = with_sections(RawSection(SectionId.CODE, payload))
    assert_limit(module, "bytes of the code section", len(payload), 10 * 1024 * 1024)


def test_instructions_of_a_function_are_counted():
    check_limits(with_body(NOP * 999_999), 0)
    assert_limit(with_body(NOP * 1_000_000), "instructions of function `f`", 1_000_001, 1_000_000)


def test_complexity_of_a_function_is_weighted():
    check_limits(with_body(CALL * 19_999 + NOP * 49), 0)
    assert_limit(
        with_body(CALL * 19_999 + NOP * 50), "complexity of function `f`", 1_000_001, 1_000_000
    )


def test_function_names_are_limited():
    names = with_sections(write_function_names({0: "f" * (1024 * 1024 + 1)}))
    assert_limit(names, "bytes of a function's name", 1024 * 1024 + 1, 1024 * 1024)


@pytest.mark.parametrize(
    ("opcode", "weight"),
    [
        ("02", 50), ("0e", 50), ("11", 50), ("40", 50),  # block br_table call_indirect memory.grow
        ("25", 14), ("d2", 8), ("d1", 6),  # table.get ref.func ref.is_null
        ("a8", 5), ("ac", 5), ("b1", 5), ("b2", 5), ("b6", 5), ("ba", 5),
        ("8b", 4), ("9a", 4), ("fc0a", 4),  # f32.abs f64.neg memory.copy
        ("28", 3), ("35", 3), ("61", 3), ("6d", 3), ("82", 3), ("98", 3), ("a6", 3), ("fc07", 3),
        ("1b", 2), ("23", 2), ("36", 2), ("3f", 2), ("45", 2), ("60", 2), ("62", 2), ("69", 2),
        ("91", 2), ("9f", 2), ("a7", 2), ("bb", 2), ("bd", 2), ("c4", 2),
        ("0b", 1), ("0f", 1), ("12", 1), ("1c", 1), ("24", 1), ("6a", 1), ("67", 1), ("90", 1),
        ("9e", 1), ("be", 1), ("fd0c", 1),
    ],
)  # fmt: skip
def test_weights_follow_the_platform(opcode, weight):
    assert function_complexity(Counter({bytes.fromhex(opcode): 3})) == 3 * weight


@pytest.mark.parametrize(
    ("export_name", "expected"),
    [
        ("canister_update pay now", "pay now"),
        ("canister_query ", ""),
        ("canister_composite_query x", "x"),
        ("canister_update", None),
        ("canister_init", None),
    ],
)
def test_method_names_are_all_behind_the_first_space(export_name, expected):
    assert method_name(export_name) == expected
