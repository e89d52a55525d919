import pytest

from scm.wasm.constants import function_of, integer_of
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import Module, RawSection, SectionId, WasmFormatError, parse_module
from scm.wasm.segments import (
    DataSegment,
    ElementSegment,
    SegmentMode,
    active_data_bytes,
    active_functions_bytes,
    append_elements,
    read_data,
    read_data_count,
    read_elements,
)

OFFSET = b"\x41\x05\x0b"
FUNC, EXTERN = 0x70, 0x6F

# One payload for each value of the flags, in the order of the specification.
ELEMENTS = [
    (b"\x00" + OFFSET + b"\x02\x03\x04", SegmentMode.ACTIVE, 0, OFFSET, FUNC, (3, 4)),
    (b"\x01\x00\x01\x03", SegmentMode.PASSIVE, 0, b"", FUNC, (3,)),
    (b"\x02\x01" + OFFSET + b"\x00\x01\x03", SegmentMode.ACTIVE, 1, OFFSET, FUNC, (3,)),
    (b"\x03\x00\x01\x03", SegmentMode.DECLARATIVE, 0, b"", FUNC, (3,)),
    (
        b"\x04" + OFFSET + b"\x02\xd2\x03\x0b\xd0\x70\x0b",
        SegmentMode.ACTIVE, 0, OFFSET, FUNC, (3, None),
    ),
    (b"\x05\x6f\x01\xd0\x6f\x0b", SegmentMode.PASSIVE, 0, b"", EXTERN, (None,)),
    (
        b"\x06\x01" + OFFSET + b"\x70\x01\x23\x00\x0b",
        SegmentMode.ACTIVE, 1, OFFSET, FUNC, (None,),
    ),
    (b"\x07\x70\x01\xd2\x07\x0b", SegmentMode.DECLARATIVE, 0, b"", FUNC, (7,)),
]  # fmt: skip


def element_module(payload: bytes) -> Module:
    return Module((RawSection(SectionId.ELEMENT, payload),))


@pytest.mark.parametrize(
    ("encoded", "mode", "table", "offset", "element_type", "functions"), ELEMENTS
)
def test_element_flags_are_all_read(encoded, mode, table, offset, element_type, functions):
    expected = ElementSegment(mode, table, offset, element_type, functions)
    assert read_elements(element_module(b"\x01" + encoded)) == [expected]


def test_truncated_elements_are_format_errors():
    payload = bytes((len(ELEMENTS),)) + b"".join(case[0] for case in ELEMENTS)
    assert len(read_elements(element_module(payload))) == len(ELEMENTS)
    for size in range(len(payload)):
        with pytest.raises(WasmFormatError):
            read_elements(element_module(payload[:size]))


@pytest.mark.parametrize(
    ("payload", "message"),
    [(b"\x01\x08", "flags 8"), (b"\x01\x01\x01\x00", "element kind")],
)
def test_unknown_element_forms_are_named(payload, message):
    with pytest.raises(WasmFormatError, match=message):
        read_elements(element_module(payload))


def test_appended_elements_leave_the_others_as_they_are():
    padded_count = b"\x81\x80\x00" + ELEMENTS[1][0]
    added = active_functions_bytes(1_000, [5, 6], is_table_64=False)
    module = append_elements(element_module(padded_count), [added])
    section = module.find(SectionId.ELEMENT)
    assert section is not None
    assert section.payload == b"\x02" + ELEMENTS[1][0] + added
    assert read_elements(module)[1].functions == (5, 6)
    assert integer_of(read_elements(module)[1].offset) == 1_000


def test_elements_are_appended_to_a_module_that_has_none():
    added = active_functions_bytes(0, [0], is_table_64=True)
    assert read_elements(append_elements(Module(()), [added]))[0].offset == b"\x42\x00\x0b"


def test_data_segments_of_all_three_kinds_are_read():
    payload = b"\x03\x00" + OFFSET + b"\x01a\x01\x02bc\x02\x01" + OFFSET + b"\x00"
    module = Module((RawSection(SectionId.DATA, payload),))
    assert read_data(module) == [
        DataSegment(SegmentMode.ACTIVE, 0, OFFSET, b"a"),
        DataSegment(SegmentMode.PASSIVE, 0, b"", b"bc"),
        DataSegment(SegmentMode.ACTIVE, 1, OFFSET, b""),
    ]
    for size in range(len(payload)):
        with pytest.raises(WasmFormatError):
            read_data(Module((RawSection(SectionId.DATA, payload[:size]),)))


def test_data_count_is_read():
    module = parse_module(text_to_wasm('(module (memory 1) (data "x") (func (data.drop 0)))'))
    assert read_data_count(module) == 1
    assert read_data_count(Module(())) is None


@pytest.mark.parametrize("offset", [0, 63, 64, 2**31 - 1, 2**31, 2**32 - 1])
def test_data_offsets_are_unsigned(offset):
    encoded = active_data_bytes(offset, b"x", is_memory_64=False)
    segment = read_data(Module((RawSection(SectionId.DATA, b"\x01" + encoded),)))[0]
    assert integer_of(segment.offset) == offset


def test_expressions_of_several_instructions_have_no_value():
    assert integer_of(b"\x41\x01\x41\x02\x6a\x0b") is None
    assert integer_of(b"\x23\x00\x0b") is None
    assert function_of(b"\xd0\x70\x0b") is None
