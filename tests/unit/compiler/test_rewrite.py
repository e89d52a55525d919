import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.compiler.preconditions import UnsupportedModuleError
from scm.compiler.rewrite import GAP_BYTES_MIN, SEGMENTS_MAX, data_segments, rewrite
from scm.compiler.snapshot import Snapshot, take_snapshot
from scm.wasm import engine
from scm.wasm.constants import integer_of
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import Module, RawSection, SectionId, encode_module, parse_module
from scm.wasm.sections import write_vector
from scm.wasm.segments import read_data

COUNTER = """
(module
  (memory 1 10)
  (global $count (mut i32) (i32.const 0))
  (global $fixed i32 (i32.const 1024))
  (global $big (mut i64) (i64.const 0))
  (global $small (mut f32) (f32.const 0))
  (global $real (mut f64) (f64.const 0))
  (data (i32.const 10) "gone")
  (start $start)
  (func $start (global.set $count (i32.const 1)))
  (func (export "boot")
    (global.set $count (i32.add (global.get $count) (i32.const 41)))
    (global.set $big (i64.const -5))
    (global.set $small (f32.const 1.5))
    (global.set $real (f64.const -2.5))
    (drop (memory.grow (i32.const 2)))
    (i64.store (i32.const 8) (i64.const 0))
    (i64.store (i32.const 190000) (i64.const 0x1122334455667788)))
  (func (export "count") (result i32) (global.get $count))
  (func (export "big") (result i64) (global.get $big))
  (func (export "real") (result f64)
    (f64.add (global.get $real) (f64.promote_f32 (global.get $small))))
  (func (export "load") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "pages") (result i32) (memory.size)))
"""


def memory_of(segments: list[bytes], size: int) -> bytes:
    payload = write_vector(segments)
    image = bytearray(size)
    for segment in read_data(Module((RawSection(SectionId.DATA, payload),))):
        start = integer_of(segment.offset)
        assert start is not None
        image[start : start + len(segment.contents)] = segment.contents
    return bytes(image)


def run(module_bytes: bytes) -> engine.Instance:
    return engine.instantiate(engine.compile_module(module_bytes), {}, fuel=10_000)


def test_the_rewritten_module_goes_on_where_the_boot_ended():
    module = text_to_wasm(COUNTER)
    instance = run(rewrite(module, take_snapshot(module, "boot")))
    assert instance.call("count") == 42
    assert instance.call("big") == -5
    assert instance.call("real") == -1.0
    assert instance.call("pages") == 3
    assert instance.call("load", 190_000) == 0x1122334455667788
    assert instance.call("load", 10) == 0


def test_boot_exports_and_the_start_function_are_gone():
    module = text_to_wasm(COUNTER)
    rewritten = rewrite(module, take_snapshot(module, "boot"), removed_exports=["boot"])
    names = [item.name for item in engine.module_exports(engine.compile_module(rewritten))]
    assert names == ["count", "big", "real", "load", "pages"]
    assert parse_module(rewritten).find(SectionId.START) is None


def test_other_sections_are_copied_byte_for_byte():
    module = text_to_wasm(COUNTER)
    rewritten = parse_module(rewrite(module, take_snapshot(module, "boot")))
    for section in parse_module(module).sections:
        if section.id in (SectionId.TYPE, SectionId.FUNCTION, SectionId.CODE, SectionId.CUSTOM):
            assert section in rewritten.sections


def test_a_module_that_boot_leaves_alone_keeps_its_behaviour():
    text = '(module (memory 1) (data (i32.const 5) "abc") (func (export "boot")))'
    module = text_to_wasm(text)
    rewritten = rewrite(module, take_snapshot(module, "boot"))
    assert take_snapshot(rewritten, "boot") == take_snapshot(module, "boot")


def test_rewriting_is_idempotent():
    module = text_to_wasm(COUNTER)
    snapshot = take_snapshot(module, "boot")
    once = rewrite(module, snapshot)
    assert rewrite(once, snapshot) == once


def test_a_64_bit_module_gets_64_bit_offsets():
    module = text_to_wasm("""
    (module (memory i64 1) (func (export "boot") (i64.store (i64.const 99) (i64.const 7)))
      (func (export "load") (result i64) (i64.load (i64.const 99))))
    """)
    assert run(rewrite(module, take_snapshot(module, "boot"))).call("load") == 7


def test_the_data_count_section_follows():
    module = text_to_wasm("""
    (module (memory 1) (data (i32.const 0) "a") (data (i32.const 100) "b")
      (func (export "boot") (memory.fill (i32.const 0) (i32.const 0) (i32.const 200))))
    """)
    counted = parse_module(module).with_section(SectionId.DATA_COUNT, b"\x02")
    snapshot = take_snapshot(module, "boot")
    rewritten = rewrite(encode_module(counted), snapshot)
    engine.validate(rewritten)
    section = parse_module(rewritten).find(SectionId.DATA_COUNT)
    assert section is not None
    assert section.payload == b"\x00"


def test_a_module_that_a_snapshot_cannot_hold_is_refused():
    module = text_to_wasm('(module (memory 1) (data "passive"))')
    with pytest.raises(UnsupportedModuleError, match="passive"):
        rewrite(module, Snapshot(b"", 1, ()))


@given(
    st.lists(
        st.tuples(st.integers(0, 3 * GAP_BYTES_MIN), st.binary(min_size=1, max_size=5)), max_size=20
    )
)
def test_segments_make_the_memory_they_came_from(pieces):
    memory = b"".join(bytes(gap) + data for gap, data in pieces) + bytes(50)
    segments = data_segments(memory, is_memory_64=False)
    assert memory_of(segments, len(memory)) == memory


def test_short_gaps_are_kept_and_long_ones_cut():
    short, long = bytes(GAP_BYTES_MIN - 1), bytes(GAP_BYTES_MIN)
    assert len(data_segments(b"a" + short + b"b", is_memory_64=False)) == 1
    assert len(data_segments(b"a" + long + b"b", is_memory_64=False)) == 2


def test_an_empty_memory_needs_no_segment():
    assert data_segments(bytes(65_536), is_memory_64=False) == []


def test_too_many_segments_are_merged_over_the_smallest_gaps():
    # One gap in ten is wide; there are more gaps than segments allowed, but fewer wide ones.
    gaps = [bytes(500 if index % 10 == 0 else 20) for index in range(SEGMENTS_MAX * 2)]
    memory = b"".join(b"x" + gap for gap in gaps)
    segments = data_segments(memory, is_memory_64=False)
    assert len(segments) == SEGMENTS_MAX
    assert memory_of(segments, len(memory)) == memory
    assert max(len(segment) for segment in segments) < 500


def test_the_order_of_merging_is_deterministic():
    generator = random.Random(7)
    memory = b"".join(b"x" + bytes(generator.randrange(9, 30)) for _ in range(SEGMENTS_MAX + 500))
    assert data_segments(memory, is_memory_64=False) == data_segments(memory, is_memory_64=False)
