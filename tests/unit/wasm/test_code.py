import pytest

from scm.wasm.code import (
    NOTABLE_NAMES,
    count_opcodes,
    find_notable,
    read_code,
    read_instructions,
)
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import Module, RawSection, SectionId, WasmFormatError, parse_module


def code_of(text: str):
    return read_code(parse_module(text_to_wasm(text)))


def raw_body(instructions: bytes) -> Module:
    body = b"\x00" + instructions
    return Module((RawSection(SectionId.CODE, b"\x01" + bytes((len(body),)) + body, offset=20),))


NOTABLE = """
(module (memory 1) (table $t 4 funcref) (data $d "x") (elem $e func 0)
  (func (table.set $t (i32.const 0) (ref.null func)))
  (func (drop (table.get $t (i32.const 38))) (drop (table.size $t)))
  (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop $d))
  (func (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $e)
    (table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))
    (drop (table.grow $t (ref.null func) (i32.const 1)))
    (table.fill $t (i32.const 0) (ref.null func) (i32.const 0))))
"""


def test_notable_instructions_are_found_in_order():
    found = [(i.body, NOTABLE_NAMES[i.opcode]) for i in find_notable(code_of(NOTABLE))]
    assert found == [
        (0, "table.set"),
        (2, "memory.init"),
        (2, "data.drop"),
        (3, "table.init"),
        (3, "table.copy"),
        (3, "table.grow"),
        (3, "table.fill"),
    ]


def test_immediates_that_look_like_opcodes_are_not_instructions():
    # 38 is the opcode of `table.set`, 0x26 0x00 its encoding.
    text = """
    (module (memory 1)
      (func (param i32)
        (drop (i64.const 0x2600260026002600))
        (drop (f64.const nan:0x26002600260))
        (drop (i32.load offset=38 (i32.const 38)))
        (drop (v128.const i32x4 0x00260026 0x00260026 0x0cfc0cfc 0xfcfc0cfc))
        (block (block (block (br_table 0 1 2 0 1 2 (local.get 0)))))
        (drop (i32.const 9984))))
    """
    assert list(find_notable(code_of(text))) == []


def test_opcodes_are_counted_over_br_tables_and_prefixes():
    text = """
    (module (memory 1) (table 1 funcref) (type $t (func))
      (func (param i32) (local i64 i64 f32)
        (block (block (br_table 1 0 1 (local.get 0))))
        (memory.copy (i32.const 0) (i32.const 1) (i32.const 2))
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
        (drop (i32.trunc_sat_f32_s (f32.const 1)))
        (drop (i8x16.extract_lane_s 3 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
            (v128.load8_lane 0 (i32.const 0) (v128.const i64x2 0 0)) (v128.load (i32.const 0)))))
        (drop (i64x2.abs (v128.const i64x2 0 0)))
        (drop (select (result i32) (i32.const 1) (i32.const 1) (i32.const 1)))
        (table.set 0 (i32.const 0) (ref.null func))
        (call_indirect (type $t) (i32.const 0))
        (drop (memory.grow (memory.size)))))
    """
    code = code_of(text)
    counts = count_opcodes(code, code.bodies[0])
    assert counts[b"\x02"] == 2
    assert counts[b"\x0e"] == 1
    assert counts[b"\x26"] == 1
    assert counts[b"\x41"] == 13
    assert counts[b"\x1a"] == 5
    assert {code for code in counts if len(code) > 1} == {
        b"\xfc\x0a", b"\xfc\x0b", b"\xfc\x00",
        b"\xfd\x15", b"\xfd\x0d", b"\xfd\x54", b"\xfd\x0c", b"\xfd\x00", b"\xfd\xc0\x01",
    }  # fmt: skip
    assert counts[b"\x0b"] == 3


def test_memory64_addresses_take_long_immediates():
    code = code_of(
        "(module (memory i64 1) (func (drop (i32.load offset=0xffffffffff (i64.const -1)))))"
    )
    assert count_opcodes(code, code.bodies[0]).total() == 4


@pytest.mark.parametrize(
    "instructions",
    [
        b"\xfe\x00\x00\x0b",  # threads
        b"\x06\x40\x0b\x0b",  # exceptions
        b"\x1c\x02\x7f\x7f\x0b",  # select with two types
        b"\xfd\x80\x02\x0b",  # relaxed SIMD
        b"\xfc\x8a\x00\x00\x00\x0b",  # padded prefix
        b"\x41\x80",  # cut off within an immediate
        b"\x43\x00\x00",
    ],
)
def test_unknown_instructions_are_refused_where_they_are(instructions):
    code = read_code(raw_body(b"\x01" + instructions))
    with pytest.raises(WasmFormatError, match="unknown instruction") as caught:
        list(find_notable(code))
    assert caught.value.offset == 24
    with pytest.raises(WasmFormatError, match="unknown instruction"):
        count_opcodes(code, code.bodies[0])


def test_a_br_table_that_runs_over_the_body_is_refused():
    code = read_code(raw_body(b"\x0e\x7f\x00\x0b"))
    with pytest.raises(WasmFormatError, match="unexpected end"):
        list(find_notable(code))


def test_every_truncated_code_section_is_a_format_error():
    section = parse_module(text_to_wasm(NOTABLE)).find(SectionId.CODE)
    assert section is not None
    for size in range(len(section.payload)):
        with pytest.raises(WasmFormatError):
            read_code(Module((RawSection(SectionId.CODE, section.payload[:size]),)))


def test_locals_past_the_end_of_a_body_are_refused():
    module = Module((RawSection(SectionId.CODE, b"\x01\x02\x01\x01\x7f\x0b"),))
    with pytest.raises(WasmFormatError, match="local variables"):
        read_code(module)


def test_a_module_without_code_has_no_bodies():
    assert read_code(Module(())).bodies == ()


def test_instructions_are_read_with_their_immediates():
    code = code_of("""
    (module (memory 1)
      (func (param i32)
        (block (br_table 0 0 (local.get 0)))
        (memory.fill (i32.const 300) (i32.const 0) (i32.const 1))))
    """)
    assert list(read_instructions(code, code.bodies[0])) == [
        (b"\x02", b"\x40"),
        (b"\x20", b"\x00"),
        (b"\x0e", b"\x01\x00\x00"),
        (b"\x0b", b""),
        (b"\x41", b"\xac\x02"),
        (b"\x41", b"\x00"),
        (b"\x41", b"\x01"),
        (b"\xfc\x0b", b"\x00"),
        (b"\x0b", b""),
    ]


@pytest.mark.parametrize("count", [0, 1, 8, 9, 20])
def test_bodies_are_found_however_their_numbers_are_written(count):
    # Types of local variables in turn: i32, f64, v128, funcref, externref.
    kinds = [b"\x7f", b"\x7c", b"\x7b", b"\x70", b"\x6f"]
    short = b"".join(b"\x03" + kinds[n % 5] for n in range(count))
    padded = b"".join(b"\x83\x80\x80\x80\x00" + kinds[n % 5] for n in range(count))
    for locals_ in (short, padded):
        body = bytes((count,)) + locals_ + b"\x01\x0b"
        low, high = len(body) & 0x7F | 0x80, len(body) >> 7
        for size in (bytes((low, high)), bytes((low, high | 0x80)) + b"\x80\x80\x00"):
            payload = b"\x02" + (size + body) * 2
            code = read_code(Module((RawSection(SectionId.CODE, payload),)))
            assert [payload[b.start : b.end] for b in code.bodies] == [b"\x01\x0b"] * 2
            assert [payload[b.locals_start : b.start] for b in code.bodies] == [
                bytes((count,)) + locals_
            ] * 2


def test_place_of_a_malformed_body_counts_from_the_start_of_the_module():
    section = RawSection(SectionId.CODE, b"\x01\x05\x00\x0b", offset=100)
    with pytest.raises(WasmFormatError, match="4 bytes expected, 1 left") as failure:
        read_code(Module((section,)))
    assert failure.value.offset == 103
