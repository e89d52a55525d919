from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.wasm import engine, sections
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import Module, RawSection, SectionId, WasmFormatError, parse_module
from scm.wasm.sections import (
    EXTERNREF,
    FUNCREF,
    I32,
    I64,
    Export,
    ExternKind,
    FunctionType,
    Global,
    GlobalType,
    Import,
    Limits,
    TableType,
)

EVERYTHING = text_to_wasm("""
(module
  (type (func (param i32 i64) (result f64)))
  (import "ic0" "time" (func (result i64)))
  (import "env" "table" (table 2 10 funcref))
  (import "env" "memory" (memory 1))
  (import "env" "base" (global i32))
  (table 3 externref)
  (global $counter (export "counter") (mut i64) (i64.const -1))
  (global f32 (f32.const 1.5))
  (global (mut v128) (v128.const i32x4 1 2 3 4))
  (global funcref (ref.null func))
  (global i32 (global.get 0))
  (func (type 0) f64.const 0)
  (func $main)
  (export "main" (func $main))
  (start $main))
""")

value_types = st.binary(max_size=4).map(lambda b: bytes(0x7F - x % 5 for x in b))
limits = st.booleans().flatmap(
    lambda is_64: st.builds(
        Limits,
        st.integers(0, 2**32 - 1),
        st.none() | st.integers(0, 2 ** (64 if is_64 else 32) - 1),
        st.just(is_64),
        st.booleans(),
    )
)
table_types = st.builds(TableType, st.sampled_from((FUNCREF, EXTERNREF)), limits)
global_types = st.builds(GlobalType, st.sampled_from((I32, I64)), st.booleans())
expressions = st.sampled_from((b"\x41\x05\x0b", b"\x23\x00\x0b", b"\x41\x01\x41\x02\x6a\x0b"))
u32 = st.integers(0, 2**32 - 1)
names = st.text(max_size=5)
imports = st.one_of(
    st.builds(Import, names, names, st.just(ExternKind.FUNCTION), u32),
    st.builds(Import, names, names, st.just(ExternKind.TABLE), table_types),
    st.builds(Import, names, names, st.just(ExternKind.MEMORY), limits),
    st.builds(Import, names, names, st.just(ExternKind.GLOBAL), global_types),
    st.builds(Import, names, names, st.just(ExternKind.TAG), u32),
)


@pytest.mark.parametrize(
    ("section_id", "items", "write", "read"),
    [
        (
            SectionId.TYPE,
            st.builds(FunctionType, value_types, value_types),
            sections.write_types,
            sections.read_types,
        ),
        (SectionId.IMPORT, imports, sections.write_imports, sections.read_imports),
        (SectionId.FUNCTION, u32, sections.write_functions, sections.read_functions),
        (
            SectionId.TABLE,
            table_types | st.builds(TableType, st.just(FUNCREF), limits, expressions),
            sections.write_tables,
            sections.read_tables,
        ),
        (SectionId.MEMORY, limits, sections.write_memories, sections.read_memories),
        (
            SectionId.GLOBAL,
            st.builds(Global, global_types, expressions),
            sections.write_globals,
            sections.read_globals,
        ),
        (
            SectionId.EXPORT,
            st.builds(Export, names, st.sampled_from(ExternKind), u32),
            sections.write_exports,
            sections.read_exports,
        ),
    ],
    ids=lambda value: value.name if isinstance(value, SectionId) else "",
)
def test_section_reads_what_it_writes(section_id, items, write, read):
    @given(st.lists(items, max_size=4))
    def round_trip(entries):
        assert read(Module((RawSection(section_id, write(entries)),))) == entries

    round_trip()


def test_reads_a_module_of_the_text_format():
    module = parse_module(EVERYTHING)
    assert sections.read_types(module)[0] == FunctionType(bytes((I32, I64)), bytes((sections.F64,)))
    assert [entry.kind for entry in sections.read_imports(module)] == [0, 1, 2, 3]
    assert sections.all_tables(module) == [
        TableType(FUNCREF, Limits(2, 10)),
        TableType(EXTERNREF, Limits(3)),
    ]
    assert sections.all_memories(module) == [Limits(1)]
    assert [t.is_mutable for t in sections.all_global_types(module)] == [
        False, True, False, True, False, False
    ]  # fmt: skip
    assert sections.read_exports(module) == [
        Export("counter", ExternKind.GLOBAL, 1),
        Export("main", ExternKind.FUNCTION, 2),
    ]
    assert sections.read_start(module) == 2
    assert len(sections.function_type_indices(module)) == 3


def test_writers_reproduce_the_text_format_byte_for_byte():
    module = parse_module(EVERYTHING)
    writers: tuple[tuple[SectionId, Callable[..., bytes], Callable[[Module], object]], ...] = (
        (SectionId.TYPE, sections.write_types, sections.read_types),
        (SectionId.IMPORT, sections.write_imports, sections.read_imports),
        (SectionId.FUNCTION, sections.write_functions, sections.read_functions),
        (SectionId.TABLE, sections.write_tables, sections.read_tables),
        (SectionId.GLOBAL, sections.write_globals, sections.read_globals),
        (SectionId.EXPORT, sections.write_exports, sections.read_exports),
    )
    for section_id, write, read in writers:
        section = module.find(section_id)
        assert section is not None
        assert write(read(module)) == section.payload


def test_memory64_limits_are_read():
    module = parse_module(text_to_wasm("(module (memory i64 3 5000000000))"))
    assert sections.all_memories(module) == [Limits(3, 5_000_000_000, is_64=True)]


def test_missing_sections_are_empty():
    module = Module(())
    assert sections.read_types(module) == []
    assert sections.read_start(module) is None


@pytest.mark.parametrize(
    ("section_id", "read"),
    [
        (SectionId.TYPE, sections.read_types),
        (SectionId.IMPORT, sections.read_imports),
        (SectionId.FUNCTION, sections.read_functions),
        (SectionId.TABLE, sections.read_tables),
        (SectionId.GLOBAL, sections.read_globals),
        (SectionId.EXPORT, sections.read_exports),
        (SectionId.START, sections.read_start),
    ],
)
def test_every_truncated_payload_is_a_format_error(section_id, read):
    section = parse_module(EVERYTHING).find(section_id)
    assert section is not None
    for size in range(len(section.payload)):
        with pytest.raises(WasmFormatError):
            read(Module((RawSection(section_id, section.payload[:size]),)))


@given(st.sampled_from(tuple(SectionId)), st.binary(max_size=40))
def test_noise_raises_nothing_but_format_errors(section_id, payload):
    module = Module((RawSection(section_id, payload),))
    for read in (
        sections.read_types,
        sections.read_imports,
        sections.read_functions,
        sections.read_tables,
        sections.read_memories,
        sections.read_globals,
        sections.read_exports,
        sections.read_start,
    ):
        with suppress(WasmFormatError):
            read(module)


@pytest.mark.parametrize(
    ("section_id", "read", "payload", "message"),
    [
        (SectionId.TYPE, sections.read_types, b"\x01\x5f\x00", "not a function type"),
        (SectionId.TYPE, sections.read_types, b"\x01\x60\x01\x63\x00", "unknown value type"),
        (SectionId.MEMORY, sections.read_memories, b"\x01\x08\x00", "limits flags"),
        (SectionId.GLOBAL, sections.read_globals, b"\x01\x7f\x02\x41\x00\x0b", "mutability"),
        (SectionId.GLOBAL, sections.read_globals, b"\x01\x7f\x00\x20\x00\x0b", "constant"),
        (SectionId.EXPORT, sections.read_exports, b"\x01\x00\x05\x00", "kind"),
        (SectionId.EXPORT, sections.read_exports, b"\x00\x00", "1 bytes too many"),
        (SectionId.TABLE, sections.read_tables, b"\x01\x7f\x00\x00", "reference type"),
    ],
)
def test_unknown_encodings_are_named(section_id, read, payload, message):
    with pytest.raises(WasmFormatError, match=message):
        read(Module((RawSection(section_id, payload),)))


def test_function_type_prints_its_value_types():
    assert str(FunctionType(bytes((I32, I64)), b"")) == "(i32, i64) -> ()"


def test_the_fixture_is_valid():
    # Only well-formed input proves anything above.
    engine.validate(EVERYTHING)
