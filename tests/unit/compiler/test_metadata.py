import pytest

from scm.compiler.metadata import (
    METADATA_BYTES_MAX,
    METADATA_SECTIONS_MAX,
    MetadataError,
    MetadataSection,
    read_all_metadata,
    read_metadata,
    write_metadata,
)
from scm.errors import LimitError
from scm.wasm import engine
from scm.wasm.custom import custom_section
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import encode_module, parse_module

EMPTY = text_to_wasm("(module)")


def with_custom(*names: str) -> bytes:
    return encode_module(parse_module(EMPTY).appending(custom_section(n, b"") for n in names))


def test_metadata_is_read_back():
    service = MetadataSection("candid:service", b"service : {}")
    secret = MetadataSection("with two words", b"\x00", "private")
    module = write_metadata(EMPTY, [service, secret])
    engine.validate(module)
    assert read_all_metadata(parse_module(module)) == [service, secret]
    assert read_metadata(module, "candid:service") == b"service : {}"
    assert read_metadata(module, "with two words") == b"\x00"
    assert read_metadata(module, "absent") is None


def test_a_section_of_the_same_name_is_replaced_even_across_visibility():
    old = write_metadata(EMPTY, [MetadataSection("a", b"1"), MetadataSection("b", b"2")])
    module = write_metadata(old, [MetadataSection("a", b"3", "private")])
    assert read_all_metadata(parse_module(module)) == [
        MetadataSection("b", b"2"),
        MetadataSection("a", b"3", "private"),
    ]


def test_writing_again_changes_nothing():
    sections = [MetadataSection("a", b"1"), MetadataSection("b", b"2")]
    once = write_metadata(EMPTY, sections)
    assert write_metadata(once, sections) == once


def test_other_custom_sections_are_no_metadata_and_stay():
    module = write_metadata(with_custom("producers", "icp"), [MetadataSection("a", b"")])
    assert [section.payload for section in parse_module(module).sections] == [
        b"\x09producers",
        b"\x03icp",
        b"\x0cicp:public a",
    ]


def test_empty_names_and_leading_spaces_are_names():
    module = with_custom("icp:public ", "icp:private  x")
    names = [section.name for section in read_all_metadata(parse_module(module))]
    assert names == ["", " x"]


@pytest.mark.parametrize("name", ["icp:public", "icp:private", "icp:protected x", "icp:"])
def test_sections_without_visibility_are_refused(name):
    with pytest.raises(MetadataError, match="neither"):
        read_all_metadata(parse_module(with_custom(name)))


def test_repeated_names_are_refused():
    with pytest.raises(MetadataError, match="`a` occurs twice"):
        write_metadata(EMPTY, [MetadataSection("a", b""), MetadataSection("a", b"", "private")])


def test_too_many_sections_are_refused():
    sections = [MetadataSection(str(index), b"") for index in range(METADATA_SECTIONS_MAX + 1)]
    write_metadata(EMPTY, sections[:-1])
    with pytest.raises(LimitError, match="number of metadata sections: 17"):
        write_metadata(EMPTY, sections)


def test_names_and_contents_count_together():
    write_metadata(EMPTY, [MetadataSection("abcd", bytes(METADATA_BYTES_MAX - 4))])
    with pytest.raises(LimitError, match="bytes of metadata"):
        write_metadata(EMPTY, [MetadataSection("abcde", bytes(METADATA_BYTES_MAX - 4))])
