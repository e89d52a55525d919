"""What blocks weigh, and what a module that counts keeps: IC facts, "Metering scheme"."""

from __future__ import annotations

from typing import Final

import pytest

from scm.wasm.code import count_opcodes, read_code
from scm.wasm.engine import (
    HostFunction,
    Instance,
    TrapKind,
    WasmTrap,
    compile_module,
    instantiate,
    text_to_wasm,
)
from scm.wasm.engine_config import EngineKind
from scm.wasm.metering import meter
from scm.wasm.module import encode_module, parse_module

LIMIT: Final = 1 << 40
HOST: Final[dict[tuple[str, str], HostFunction]] = {
    ("ic0", "call_cycles_add"): lambda _instance, _cycles: None
}


def instance_of(wasm: bytes) -> Instance:
    kind = EngineKind.COUNTING
    return instantiate(compile_module(wasm, kind=kind), HOST, fuel=0, kind=kind)


def metered(wasm: bytes) -> Instance:
    instance = instance_of(encode_module(meter(parse_module(wasm)).module))
    instance.fuel = LIMIT
    return instance


def test_blocks_weigh_what_the_platform_publishes() -> None:
    wasm = text_to_wasm("""(module
      (func $add (import "ic0" "call_cycles_add") (param i64))
      (func (export "loop") (local i64)
        (local.set 0 (i64.const 0))
        (block $end (loop $start
          (br_if $end (i64.eq (local.get 0) (i64.const 10)))
          (call $add (local.get 0))
          (local.set 0 (i64.add (local.get 0) (i64.const 1)))
          (br $start))))
      (func (export "count") (param i64) (local i64)
        (local.set 1 (i64.const 0))
        (loop $counting
          (call $add (local.get 1))
          (local.set 1 (i64.add (local.get 1) (i64.const 1)))
          (br_if $counting (i64.ne (local.get 0) (local.get 1)))))
      (func (export "choose") (param i64)
        (if (i64.eq (local.get 0) (i64.const 0))
          (then (call $add (i64.const 3)))
          (else (call $add (i64.const 5))))))""")
    instance = metered(wasm)
    # The platform's test of such a module (instrumentation__control_flow.snap) charges 3, then
    # 5 and 12 for each turn and 5 for the last comparison; 3, then 15 for each turn; 6 and 6.
    cases: list[tuple[str, tuple[int, ...], int]] = [
        ("loop", (), 3 + 10 * (5 + 12) + 5),
        ("count", (4,), 3 + 4 * 15),
        ("choose", (0,), 6 + 6),
        ("choose", (1,), 6 + 6),
    ]
    for name, arguments, expected in cases:
        instance.fuel = LIMIT
        instance.call(name, *arguments)
        assert LIMIT - instance.fuel == expected, name


def test_size_at_the_start_of_a_block_is_paid_for_before_the_block() -> None:
    body = "i32.const 0 i32.const 0 i32.const 10 (br_if 0 (i32.const 0)) memory.fill"
    wasm = text_to_wasm(f'(module (memory 1) (func (export "go") (block {body})))')
    instance = metered(wasm)
    instance.fuel = (1 + 3 + 1 + 2) + 10 + 99
    instance.call("go")
    # The size was checked before the 100 of the instruction went off, and no check follows.
    assert instance.fuel == -1


def test_names_in_a_backtrace_stay() -> None:
    wasm = text_to_wasm("""(module
      (func $inner unreachable)
      (func $outer (export "go") (call $inner)))""")
    backtraces = []
    for instance in (instance_of(wasm), metered(wasm)):
        with pytest.raises(WasmTrap) as caught:
            instance.call("go")
        assert caught.value.kind is TrapKind.UNREACHABLE
        backtraces.append(caught.value.frames)
    assert backtraces[0] == backtraces[1] == ("inner", "outer")


def test_same_module_gives_the_same_bytes() -> None:
    wasm = text_to_wasm("(module (memory 1) (func (block (loop (br 1)))) (func nop) (func))")
    first, second = (encode_module(meter(parse_module(wasm)).module) for _ in range(2))
    assert first == second
    code = read_code(parse_module(first))
    assert len(code.bodies) == 3 + 1
    # What counts is there to be counted in its turn: nothing but known instructions.
    assert all(count_opcodes(code, body) for body in code.bodies)
