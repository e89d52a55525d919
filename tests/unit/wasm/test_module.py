import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.wasm.engine import text_to_wasm
from scm.wasm.module import (
    Module,
    RawSection,
    SectionId,
    WasmFormatError,
    encode_module,
    parse_module,
)

HEADER = b"\0asm\x01\0\0\0"
# Ids in the order of the specification.
ORDERED_IDS = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)

SMALL = text_to_wasm("""
(module
  (import "ic0" "msg_reply" (func))
  (memory (export "memory") 1)
  (global (mut i32) (i32.const 5))
  (table 1 funcref)
  (elem (i32.const 0) func $answer)
  (func $answer (export "answer") (result i32) i32.const 42)
  (data (i32.const 8) "hello"))
""")


@st.composite
def modules(draw):
    ids = draw(st.sets(st.sampled_from(ORDERED_IDS)))
    known = [RawSection(i, draw(st.binary(max_size=200))) for i in ORDERED_IDS if i in ids]
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(known)))
        known.insert(place, RawSection(0, draw(st.binary(max_size=20))))
    return Module(tuple(known))


@given(modules())
def test_encode_then_parse_gives_the_module(module):
    assert parse_module(encode_module(module)) == module


def test_parse_then_encode_gives_the_bytes():
    assert encode_module(parse_module(SMALL)) == SMALL


def test_payload_offsets_point_into_the_file():
    for section in parse_module(SMALL).sections:
        assert SMALL[section.offset : section.offset + len(section.payload)] == section.payload


def test_padded_section_sizes_are_shortened():
    padded = HEADER + b"\x00\x82\x80\x80\x80\x00" + b"\x01x"
    assert encode_module(parse_module(padded)) == HEADER + b"\x00\x02\x01x"


def test_every_truncation_is_a_format_error_or_ends_between_sections():
    boundaries = {len(HEADER)} | {
        section.offset + len(section.payload) for section in parse_module(SMALL).sections
    }
    for size in range(len(SMALL)):
        if size in boundaries:
            parse_module(SMALL[:size])
        else:
            with pytest.raises(WasmFormatError):
                parse_module(SMALL[:size])


@pytest.mark.parametrize(
    ("module_bytes", "message"),
    [
        (b"", "starts with"),
        (b"\x1f\x8b\x08" + bytes(20), "starts with"),
        (b"\0asm\x02\0\0\0", "version 1"),
        (HEADER + b"\x20\x00", "unknown section id 32"),
        (HEADER + b"\x03\x01\x00\x03\x01\x00", "repeated or out of order"),
        (HEADER + b"\x03\x01\x00\x01\x01\x00", "repeated or out of order"),
    ],
)
def test_malformed_modules_are_refused(module_bytes, message):
    with pytest.raises(WasmFormatError, match=message):
        parse_module(module_bytes)


@pytest.mark.parametrize("missing", ORDERED_IDS)
def test_a_new_section_goes_where_the_specification_wants_it(missing):
    whole = Module(tuple(RawSection(i, b"\x00") for i in ORDERED_IDS))
    without = whole.without(SectionId(missing))
    assert without.with_section(SectionId(missing), b"\x00") == whole


def test_a_new_section_goes_behind_the_custom_sections_in_front_of_it():
    module = Module((RawSection(1, b"\x00"), RawSection(0, b"\x01a"), RawSection(10, b"\x00")))
    ids = [section.id for section in module.with_section(SectionId.MEMORY, b"\x00").sections]
    assert ids == [1, 5, 0, 10]
