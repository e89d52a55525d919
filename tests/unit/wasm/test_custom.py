import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.wasm.custom import (
    custom_name,
    custom_section,
    read_custom_sections,
    read_function_names,
    write_function_names,
)
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import Module, RawSection, WasmFormatError, parse_module


def test_function_names_are_read_past_the_module_name():
    module = parse_module(
        text_to_wasm("(module $m (func $first) (func) (func $third (local $x i32)))")
    )
    assert read_function_names(module) == {0: "first", 2: "third"}


@given(st.dictionaries(st.integers(0, 2**32 - 1), st.text(max_size=9), max_size=5))
def test_function_names_read_what_they_write(names):
    assert read_function_names(Module((write_function_names(names),))) == names


def test_a_module_without_name_section_has_no_names():
    assert read_function_names(Module((custom_section("producers", b""),))) == {}


def test_custom_sections_come_in_file_order_with_their_contents():
    module = Module(
        (custom_section("b", b"\x00\xff"), RawSection(1, b"\x00"), custom_section("a", b""))
    )
    found = [(section.name, section.contents) for section in read_custom_sections(module)]
    assert found == [("b", b"\x00\xff"), ("a", b"")]


def test_other_sections_have_no_custom_name():
    assert custom_name(RawSection(1, b"\x01a")) is None


def test_a_malformed_name_tells_its_place_in_the_file():
    module = Module((RawSection(0, b"\x04name\x01\x03\x01\x00\x05", offset=50),))
    with pytest.raises(WasmFormatError) as caught:
        read_function_names(module)
    assert caught.value.offset == 60
