"""A rewritten module counts just what the Internet Computer counts: IC facts, instruction weights.

Expected counts are worked out by hand from the scheme: 1 for entering a function, the weights of
each straight-line block at its start, sizes of bulk instructions on top.
"""

from __future__ import annotations

import re

import pytest

from scm.wasm.engine import (
    Instance,
    TrapKind,
    WasmTrap,
    compile_module,
    instantiate,
    text_to_wasm,
    validate,
)
from scm.wasm.engine_config import EngineKind
from scm.wasm.globals import export_mutable_globals
from scm.wasm.metering import meter
from scm.wasm.module import encode_module, parse_module

LIMIT = 1_000_000
PRELUDE = """
  (memory 1) (table $t 10 funcref) (elem (i32.const 0) $nothing) (elem $e func $nothing $nothing)
  (data $d "0123456789") (global $g (mut i64) (i64.const 0)) (type $plain (func))
  (func $nothing) (elem declare func $nothing)
"""


def metered(text: str, prelude: str = PRELUDE) -> Instance:
    """An instance that counts, of a module in the text format."""
    wasm = text_to_wasm(f"(module {prelude} {text})")
    counting = encode_module(meter(parse_module(export_mutable_globals(wasm)[0])).module)
    validate(counting)
    compiled = compile_module(counting, kind=EngineKind.COUNTING)
    instance = instantiate(compiled, {}, fuel=0, kind=EngineKind.COUNTING)
    instance.fuel = LIMIT
    return instance


def count(body: str, prelude: str = PRELUDE) -> int:
    """What calling a function with this body uses."""
    instance = metered(f'(func (export "go") {body})', prelude)
    instance.call("go")
    return LIMIT - instance.fuel


# Straight code: every instruction that needs no more than operands, by the weight it must have.
# Operands are constants (1 each); a result is dropped (1); the function itself costs 1.

CONSTANTS = {
    "i": "(i32.const 1)",
    "l": "(i64.const 1)",
    "f": "(f32.const 1)",
    "d": "(f64.const 1)",
    "v": "(v128.const i64x2 1 1)",
    "r": "(ref.null func)",
}

INSTRUCTIONS = """
1 l>i i32.wrap_i64                       1 i>l i64.extend_i32_s i64.extend_i32_u
1 i>i i32.clz i32.ctz i32.popcnt i32.eqz i32.extend8_s i32.extend16_s
1 l>l i64.clz i64.ctz i64.popcnt i64.extend8_s i64.extend16_s i64.extend32_s
1 l>i i64.eqz
1 ii>i i32.add i32.sub i32.mul i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
1 ii>i i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
1 ll>l i64.add i64.sub i64.mul i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
1 ll>i i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
10 ii>i i32.div_s i32.div_u i32.rem_s i32.rem_u
10 ll>l i64.div_s i64.div_u i64.rem_s i64.rem_u
1 f>f f32.abs f32.neg                    1 d>d f64.abs f64.neg
2 f>f f32.ceil f32.floor f32.trunc f32.nearest
2 d>d f64.ceil f64.floor f64.trunc f64.nearest
2 ff>f f32.add f32.sub f32.mul f32.copysign
2 dd>d f64.add f64.sub f64.mul
3 ff>f f32.div                           5 dd>d f64.div
3 dd>d f64.copysign
5 f>f f32.sqrt                           8 d>d f64.sqrt
18 ff>f f32.min f32.max                  18 dd>d f64.min f64.max
3 ff>i f32.eq f32.ne f32.lt f32.gt f32.le f32.ge
3 dd>i f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
3 i>f f32.convert_i32_s                  3 l>f f32.convert_i64_s
3 i>d f64.convert_i32_s                  3 l>d f64.convert_i64_s
16 i>f f32.convert_i32_u                 16 l>f f32.convert_i64_u
16 i>d f64.convert_i32_u                 16 l>d f64.convert_i64_u
20 f>i i32.trunc_f32_s i32.trunc_f32_u i32.trunc_sat_f32_s i32.trunc_sat_f32_u
20 d>i i32.trunc_f64_s i32.trunc_f64_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
20 f>l i64.trunc_f32_s i64.trunc_f32_u i64.trunc_sat_f32_s i64.trunc_sat_f32_u
20 d>l i64.trunc_f64_s i64.trunc_f64_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u
1 d>f f32.demote_f64                     1 f>d f64.promote_f32
1 f>i i32.reinterpret_f32                1 i>f f32.reinterpret_i32
1 d>l i64.reinterpret_f64                1 l>d f64.reinterpret_i64
1 i>i i32.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u
1 i>l i64.load i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u
1 i>f f32.load                           1 i>d f64.load
1 ii> i32.store i32.store8 i32.store16
1 il> i64.store i64.store8 i64.store16 i64.store32
1 if> f32.store                          1 id> f64.store
20 >i memory.size                        300 i>i memory.grow
100 >i table.size                        300 ri>i table.grow
5 i>r table.get                          5 ir> table.set
5 r>i ref.is_null
1 > nop                                  300 > data.drop_$d elem.drop_$e
2 >l global.get_$g                       2 l> global.set_$g
130 >r ref.func_$nothing                 1 >r ref.null_func
1 i> drop                                1 lli>l select
1 >i i32.const_1                         1 >l i64.const_1
1 >f f32.const_1                         1 >d f64.const_1
1 >v v128.const_i64x2_1_1
1 i>v v128.load v128.load8x8_s v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s
1 i>v v128.load32x2_u v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat
1 i>v v128.load32_zero v128.load64_zero
1 iv> v128.store
1 iv>v v128.load8_lane_0 v128.load16_lane_0 v128.load32_lane_0 v128.load64_lane_0
1 iv> v128.store8_lane_0 v128.store16_lane_0 v128.store32_lane_0 v128.store64_lane_0
3 vv>v i8x16.shuffle_0_1_2_3_4_5_6_7_8_9_10_11_12_13_14_15
1 vv>v i8x16.swizzle
1 i>v i8x16.splat i16x8.splat i32x4.splat
1 l>v i64x2.splat                        1 f>v f32x4.splat
1 d>v f64x2.splat
1 v>i i8x16.extract_lane_s_0 i8x16.extract_lane_u_0 i16x8.extract_lane_s_0 i16x8.extract_lane_u_0
1 v>i i32x4.extract_lane_0               1 v>l i64x2.extract_lane_0
1 v>f f32x4.extract_lane_0               1 v>d f64x2.extract_lane_0
1 vi>v i8x16.replace_lane_0 i16x8.replace_lane_0 i32x4.replace_lane_0
1 vl>v i64x2.replace_lane_0              1 vf>v f32x4.replace_lane_0
1 vd>v f64x2.replace_lane_0
1 vv>v i8x16.eq i8x16.ne i8x16.lt_s i8x16.gt_s i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u
1 vv>v i16x8.eq i16x8.ne i16x8.lt_s i16x8.gt_s i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u
1 vv>v i32x4.eq i32x4.ne i32x4.lt_s i32x4.gt_s i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u
2 vv>v i8x16.lt_u i8x16.gt_u i16x8.lt_u i16x8.gt_u i32x4.lt_u i32x4.gt_u
1 vv>v i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s
1 vv>v f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge
1 vv>v f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
1 v>v v128.not                           1 vv>v v128.and v128.andnot v128.or v128.xor
1 vvv>v v128.bitselect                   1 v>i v128.any_true
1 v>v i8x16.abs i8x16.neg i16x8.abs i16x8.neg i32x4.abs i32x4.neg i64x2.abs i64x2.neg
3 v>v i8x16.popcnt
1 v>i i8x16.all_true i8x16.bitmask i16x8.all_true i16x8.bitmask i32x4.all_true i32x4.bitmask
1 v>i i64x2.all_true i64x2.bitmask
1 vv>v i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u
3 vi>v i8x16.shl i8x16.shr_s             2 vi>v i8x16.shr_u
2 vi>v i16x8.shl i16x8.shr_s i16x8.shr_u i32x4.shl i32x4.shr_s i32x4.shr_u i64x2.shl i64x2.shr_u
3 vi>v i64x2.shr_s
1 vv>v i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u
1 vv>v i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u i8x16.avgr_u
1 vv>v i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u
1 vv>v i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u i16x8.avgr_u i16x8.q15mulr_sat_s
1 vv>v i32x4.add i32x4.sub i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.dot_i16x8_s
1 vv>v i64x2.add i64x2.sub
2 vv>v i32x4.mul                         4 vv>v i64x2.mul
1 v>v i16x8.extadd_pairwise_i8x16_s      2 v>v i16x8.extadd_pairwise_i8x16_u
1 v>v i32x4.extadd_pairwise_i16x8_s      3 v>v i32x4.extadd_pairwise_i16x8_u
1 v>v i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u
1 v>v i16x8.extend_high_i8x16_u i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s
1 v>v i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u i64x2.extend_low_i32x4_s
1 v>v i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u
1 vv>v i16x8.extmul_low_i8x16_s i16x8.extmul_low_i8x16_u
2 vv>v i16x8.extmul_high_i8x16_s i16x8.extmul_high_i8x16_u
2 vv>v i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s
2 vv>v i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u
1 vv>v i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s
1 vv>v i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
2 v>v f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest f32x4.abs f32x4.neg
2 v>v f64x2.ceil f64x2.floor f64x2.trunc f64x2.nearest f64x2.abs f64x2.neg
5 v>v f32x4.sqrt                         14 v>v f64x2.sqrt
2 vv>v f32x4.add f32x4.sub f32x4.mul f64x2.add f64x2.sub f64x2.mul
10 vv>v f32x4.div                        12 vv>v f64x2.div
4 vv>v f32x4.min f32x4.max f64x2.min     5 vv>v f64x2.max
1 vv>v f32x4.pmin f32x4.pmax f64x2.pmin f64x2.pmax
2 v>v i32x4.trunc_sat_f32x4_s            4 v>v i32x4.trunc_sat_f32x4_u
2 v>v i32x4.trunc_sat_f64x2_s_zero       3 v>v i32x4.trunc_sat_f64x2_u_zero
1 v>v f32x4.convert_i32x4_s              4 v>v f32x4.convert_i32x4_u
1 v>v f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u
1 v>v f32x4.demote_f64x2_zero f64x2.promote_low_f32x4
"""


def straight_cases() -> list[tuple[int, str, str, str]]:
    """(weight, operands, results, instruction) of each instruction of the table above."""
    cases: list[tuple[int, str, str, str]] = []
    weight, shape = 0, ""
    for word in INSTRUCTIONS.split():
        if word.isdigit():
            weight = int(word)
        elif ">" in word:
            shape = word
        else:
            operands, results = shape.split(">")
            head, *immediates = word.split("_$") if "_$" in word else _immediates(word)
            text = " ".join([head, *(f"${i}" if "_$" in word else i for i in immediates)])
            cases.append((weight, operands, results, text))
    return cases


def _immediates(word: str) -> list[str]:
    """`i8x16.extract_lane_s_0` as its name and its numbers (and `v128.const`'s form)."""
    parts = word.split("_")
    numbers = next((at for at, part in enumerate(parts) if part in {"0", "1", "i64x2"}), len(parts))
    name = "_".join(parts[:numbers])
    if name.endswith("_func"):
        return [name.removesuffix("_func"), "func"]
    if name == "i8x16.shuffle":
        return [name, *(str(lane) for lane in range(16))]
    return [name, *parts[numbers:]]


@pytest.mark.parametrize(
    ("weight", "operands", "results", "instruction"),
    straight_cases(),
    ids=lambda value: value if isinstance(value, str) and "." in value else None,
)
def test_weight_of_instruction(weight: int, operands: str, results: str, instruction: str) -> None:
    body = "".join(CONSTANTS[kind] for kind in operands) + f" {instruction} "
    expected = 1 + len(operands) + weight + len(results)
    assert count(body + "drop " * len(results)) == expected


def test_every_instruction_has_a_weight_that_is_tested() -> None:
    names = {case[3].split()[0] for case in straight_cases()}
    vectors = {name for name in names if re.match(r"v128|[if]\d+x\d+", name)}
    # 236 of Core 2.0's vector instructions, and all others but control, locals, calls and bulk
    # instructions, which come below.
    assert len(vectors) == 236
    assert len(names) == len(straight_cases()) == 236 + 179


def test_stores_and_loads_cost_two_in_64_bit_memory() -> None:
    prelude = "(memory i64 1)"
    assert count("(drop (i64.load (i64.const 0)))", prelude) == 1 + 1 + 2 + 1
    assert count("(i64.store (i64.const 0) (i64.const 0))", prelude) == 1 + 2 + 2
    assert count("(v128.store (i64.const 0) (v128.const i64x2 0 0))", prelude) == 1 + 2 + 2
    assert count("(drop (v128.load32_zero (i64.const 0)))", prelude) == 1 + 1 + 2 + 1


# Control instructions.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", 1),
        ("(block)", 1),
        ("(block (block (nop)))", 1 + 1),
        ("unreachable", 1 + 1),
        ("(if (i32.const 0) (then nop nop) (else nop))", 1 + 1 + 2 + 1),
        ("(if (i32.const 1) (then nop nop) (else nop))", 1 + 1 + 2 + 2),
        ("(if (i32.const 0) (then nop nop))", 1 + 1 + 2),
        ("return nop nop", 1 + 1),
        ("(if (i32.const 1) (then return)) nop", 1 + 1 + 2 + 1),
        # What follows a branch is a block of its own, so is what follows an `end`.
        ("(block br 0 nop) nop", 1 + 2 + 1),
        ("(block (br_if 0 (i32.const 1)) nop) nop", 1 + 1 + 2 + 1),
        ("(block (br_if 0 (i32.const 0)) nop) nop", 1 + 1 + 2 + 1 + 1),
        ("(block (block (br_table 0 1 0 (i32.const 0))) nop) nop", 1 + 1 + 2 + 1 + 1),
        ("(block (block (br_table 0 1 0 (i32.const 1))) nop) nop", 1 + 1 + 2 + 1),
        ("(block (block (block (br 2))) nop) nop", 1 + 2 + 1),
        ("(local $i i32) (loop (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i)"
         " (i32.const 1))) (i32.const 10))))", 1 + 10 * (4 + 1 + 1 + 2)),
        ("(local i32) (local.set 0 (i32.const 1)) (drop (local.get 0))", 1 + 4),
        ("call $nothing", 1 + 5 + 1),
        ("(call_indirect (type $plain) (i32.const 0))", 1 + 1 + 10 + 1),
        ("return_call $nothing", 1 + 3 + 1),
        ("(return_call_indirect (type $plain) (i32.const 0))", 1 + 1 + 60 + 1),
        # Bulk instructions: 100, three operands, and the size.
        ("(memory.fill (i32.const 0) (i32.const 1) (i32.const 1000))", 1 + 3 + 100 + 1000),
        ("(memory.copy (i32.const 0) (i32.const 9) (i32.const 77))", 1 + 3 + 100 + 77),
        ("(memory.init $d (i32.const 0) (i32.const 0) (i32.const 10))", 1 + 3 + 100 + 10),
        ("(table.fill $t (i32.const 0) (ref.null func) (i32.const 7))", 1 + 3 + 100 + 7),
        ("(table.copy (i32.const 0) (i32.const 1) (i32.const 5))", 1 + 3 + 100 + 5),
        ("(table.init $e (i32.const 0) (i32.const 0) (i32.const 2))", 1 + 3 + 100 + 2),
        ("nop (memory.fill (i32.const 0) (i32.const 1) (i32.const 3)) nop", 1 + 3 + 103 + 2),
    ],
)  # fmt: skip
def test_count_of_control_and_bulk_instructions(body: str, expected: int) -> None:
    instance = metered(f'(func (export "go") {body})')
    if body == "unreachable":
        with pytest.raises(WasmTrap) as caught:
            instance.call("go")
        assert caught.value.kind is TrapKind.UNREACHABLE
    else:
        instance.call("go")
    assert LIMIT - instance.fuel == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(memory.fill (i64.const 0) (i32.const 1) (i64.const 1000))", 1 + 3 + 100 + 1000),
        ("(memory.copy (i64.const 0) (i64.const 9) (i64.const 77))", 1 + 3 + 100 + 77),
        ("(memory.init $d (i64.const 0) (i32.const 0) (i32.const 10))", 1 + 3 + 100 + 10),
    ],
)
def test_bulk_instructions_on_a_64_bit_memory(body: str, expected: int) -> None:
    assert count(body, '(memory i64 1) (data $d "0123456789")') == expected


# The limit.

FOREVER = "(loop (br 0))"
RECURSION = "(call $again)"


def test_endless_loop_and_recursion_end() -> None:
    text = f'(func $again (export "recurse") {RECURSION}) (func (export "spin") {FOREVER})'
    for entry in ("recurse", "spin"):
        instance = metered(text)
        # A small limit, so that recursion meets it before the stack's end.
        instance.fuel = 10_000
        with pytest.raises(WasmTrap) as caught:
            instance.call(entry)
        assert caught.value.kind is TrapKind.OUT_OF_FUEL
        assert instance.fuel < 0


def test_size_beyond_the_limit_ends_before_it_runs() -> None:
    instance = metered(
        '(func (export "go") (memory.fill (i32.const 0) (i32.const 7) (i32.const 60000)))'
        '(func (export "read") (result i32) (i32.load (i32.const 0)))'
    )
    instance.fuel = 60_000
    with pytest.raises(WasmTrap) as caught:
        instance.call("go")
    assert caught.value.kind is TrapKind.OUT_OF_FUEL
    instance.fuel = LIMIT
    assert instance.call("read") == 0


def test_limit_is_met_exactly() -> None:
    text = '(func (export "go") nop nop nop)'
    for limit, is_enough in ((4, True), (3, False)):
        instance = metered(text)
        instance.fuel = limit
        if is_enough:
            instance.call("go")
            assert instance.fuel == 0
        else:
            with pytest.raises(WasmTrap):
                instance.call("go")


def test_two_runs_count_the_same_and_results_stay() -> None:
    text = """
      (func $fib (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
          (then (local.get 0))
          (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                         (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
      (func (export "many") (param i32) (result i32 i32)
        (block $a (block $b (block $c (br_table $a $b $c (local.get 0)))
          (return (i32.const 1) (i32.const 2))) (return (i32.const 3) (i32.const 4)))
        (i32.const 5) (i32.const 6))
    """
    instance = metered(text)
    used = []
    for _ in range(2):
        instance.fuel = LIMIT
        assert instance.call("fib", 15) == 610
        used.append(LIMIT - instance.fuel)
    # 1,973 calls: 1 + 3 + 2 each; a leaf's `local.get`, an inner call's two calls and sums.
    leaves = 987
    assert used[0] == used[1] == 1973 * (1 + 3 + 2) + leaves * 1 + (1973 - leaves) * (2 * 8 + 1)
    assert [instance.call("many", value) for value in (0, 1, 2)] == [[5, 6], [3, 4], [1, 2]]


def test_instructions_are_counted_for_the_cost_of_compiling() -> None:
    added = 3 * 2 + 20 + 46

    def counted(text: str) -> int:
        return meter(parse_module(text_to_wasm(f"(module {text})"))).instruction_count - added

    # nop, nop, end; then 4 to decrement and 6 to check.
    assert counted("(func nop nop)") == 3 + 10
    # Nothing is charged after the `end` of a block, since nothing is there.
    assert counted("(func (block nop))") == 4 + 10
    assert counted("(func (loop nop))") == 4 + 10 + 10
    # A global is its initial value and an `end`; `memory.grow` is asked for by 3 more.
    assert counted("(global i32 (i32.const 0)) (func)") == 2 + 1 + 10
    assert counted("(memory 1) (func (drop (memory.grow (i32.const 1))))") == 4 + 3 + 10
    # A size is extended, charged and wrapped.
    fill = "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))"
    assert counted(f"(memory 1) (func {fill})") == 5 + 3 + 10
    # Stable memory is code of the module's own on the platform.
    assert counted('(import "ic0" "stable64_size" (func (result i64))) (func)') == 2 + 1 + 10


def test_size_that_is_no_number_of_instructions_ends_too() -> None:
    # 2**64 - 1 bytes: as a signed number the size would be a gift.
    body = "(memory.fill (i64.const 0) (i32.const 1) (i64.const -1))"
    instance = metered(f'(func (export "go") {body})', "(memory i64 1)")
    with pytest.raises(WasmTrap) as caught:
        instance.call("go")
    assert caught.value.kind is TrapKind.OUT_OF_FUEL
