import gzip
import random
import zlib

from scm.compiler.package import gzip_module, strip_custom_sections
from scm.wasm.custom import custom_name, custom_section, read_function_names
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import encode_module, parse_module

NAMED = encode_module(
    parse_module(text_to_wasm("(module $m (func $f (param $x i32)) (func $g))")).appending(
        custom_section(name, b"contents")
        for name in ("producers", "target_features", ".debug_info", "icp:public a", "mine")
    )
)


def custom_names(module_bytes: bytes) -> list[str | None]:
    names = [custom_name(section) for section in parse_module(module_bytes).sections]
    return [name for name in names if name is not None]


def test_only_metadata_survives_by_default():
    assert custom_names(strip_custom_sections(NAMED)) == ["icp:public a"]


def test_named_sections_are_kept():
    assert custom_names(strip_custom_sections(NAMED, keep=["mine", "name"])) == [
        "name",
        "icp:public a",
        "mine",
    ]


def test_function_names_can_be_kept_without_the_rest_of_the_name_section():
    stripped = strip_custom_sections(NAMED, keep_function_names=True)
    assert custom_names(stripped) == ["icp:public a", "name"]
    assert read_function_names(parse_module(stripped)) == {0: "f", 1: "g"}
    assert len(stripped) < len(strip_custom_sections(NAMED, keep=["name"]))


def test_code_is_untouched():
    def is_code(module_bytes: bytes) -> list[bytes]:
        return [s.payload for s in parse_module(module_bytes).sections if s.id]

    assert is_code(strip_custom_sections(NAMED)) == is_code(NAMED)


def test_gzip_is_one_member_without_time_or_name():
    packed = gzip_module(NAMED)
    assert gzip.decompress(packed) == NAMED
    assert packed[:10] == bytes.fromhex("1f8b0800000000000203")
    assert int.from_bytes(packed[-4:], "little") == len(NAMED)
    assert gzip_module(NAMED) == packed


def test_gzip_of_several_blocks_is_still_one_member():
    words = random.Random(0).choices([bytes((n, n + 1)) for n in range(200)], k=2_500_001)
    module = b"".join(words)
    assert len(module) == 5_000_002
    for size in (0, 1, 2_000_000, 2_000_001, 4_000_000, len(module)):
        member = zlib.decompressobj(wbits=31)  # Ends with the first member.
        assert member.decompress(gzip_module(module[:size])) == module[:size]
        assert member.eof
        assert member.unused_data == b""


def test_a_block_refers_to_the_one_before():
    block = random.Random(0).randbytes(30_000)
    # The same bytes at both sides of a border between blocks.
    module = bytes(2_000_000 - len(block)) + block + block
    assert len(gzip_module(module)) < len(block) * 1.2
