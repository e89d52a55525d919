"""The engine's own promises; what modules do on it is tested with the replica."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scm.wasm.engine import (
    FunctionType,
    Instance,
    TableSlot,
    TrapKind,
    WasmError,
    WasmTrap,
    compile_module,
    instantiate,
    text_to_wasm,
    validate,
)

FUEL = 1_000_000


def start(text: str) -> Instance:
    return instantiate(compile_module(text_to_wasm(text)), {}, fuel=FUEL)


def test_validate_accepts_what_the_platform_turns_on() -> None:
    validate(
        text_to_wasm(
            """(module (memory i64 1) (func $f (result i32 i32) (i32.const 1) (i32.const 2))
            (func (result i32 i32) (return_call $f))
            (func (result v128) (v128.const i64x2 1 2)))"""
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        "(module (memory 1) (memory 1))",
        "(module (memory 1 1 shared))",
        "(module (func (result v128) (i8x16.relaxed_swizzle (v128.const i64x2 1 2)"
        " (v128.const i64x2 1 2))))",
        "(module (tag))",
        "(module (type (struct)))",
    ],
)
def test_validate_refuses_what_the_platform_turns_off(text: str) -> None:
    with pytest.raises(WasmError):
        validate(text_to_wasm(text))


def test_compiled_module_is_kept_on_disk(tmp_path: Path) -> None:
    wasm = text_to_wasm('(module (func (export "f") (result i32) (i32.const 77)))')
    compile_module(wasm, tmp_path)
    [cached] = (tmp_path / "compiled").iterdir()
    compile_module.cache_clear()
    before = cached.stat().st_ino
    os.utime(cached, (1, 1))
    assert instantiate(compile_module(wasm, tmp_path), {}, fuel=FUEL).call("f") == 77
    assert cached.stat().st_ino == before  # The same file,
    assert cached.stat().st_mtime > 1  # which tells when it was used.


def test_unreadable_cache_entry_is_made_again(tmp_path: Path) -> None:
    wasm = text_to_wasm('(module (func (export "f") (result i32) (i32.const 78)))')
    compile_module(wasm, tmp_path)
    [cached] = (tmp_path / "compiled").iterdir()
    cached.write_bytes(b"spoiled")
    compile_module.cache_clear()
    assert instantiate(compile_module(wasm, tmp_path), {}, fuel=FUEL).call("f") == 78


def test_damaged_machine_code_is_not_run(tmp_path: Path) -> None:
    wasm = text_to_wasm('(module (func (export "f") (result i32) (i32.const 305419896)))')
    compile_module(wasm, tmp_path)
    [cached] = (tmp_path / "compiled").iterdir()
    content = cached.read_bytes()
    constant = (305419896).to_bytes(4, "little")
    assert content.count(constant) == 1
    cached.write_bytes(content.replace(constant, bytes(4)))
    compile_module.cache_clear()
    assert instantiate(compile_module(wasm, tmp_path), {}, fuel=FUEL).call("f") == 305419896
    assert cached.read_bytes() == content


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(drop (i32.load (i32.const -1)))", TrapKind.HEAP_OUT_OF_BOUNDS),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.DIVISION_BY_ZERO),
        ("(call_indirect (i32.const 9))", TrapKind.TABLE_OUT_OF_BOUNDS),
        ("(call_indirect (i32.const 0))", TrapKind.NULL_FUNCTION),
        ("(call_indirect (param) (result) (i32.const 1))", TrapKind.BAD_SIGNATURE),
        ("(call $run)", TrapKind.STACK_OVERFLOW),
        ("(loop (br 0))", TrapKind.OUT_OF_FUEL),
    ],
)
def test_traps_say_why(body: str, kind: TrapKind) -> None:
    instance = start(
        f"""(module (memory 1) (table 2 funcref) (elem (i32.const 1) $other)
        (func $other (param i64)) (func $run (export "run") {body}))"""
    )
    with pytest.raises(WasmTrap) as caught:
        instance.call("run")
    assert caught.value.kind is kind


def test_trap_names_the_functions_on_the_stack() -> None:
    instance = start(
        '(module (func $inner unreachable) (func $outer (export "run") (call $inner)))'
    )
    with pytest.raises(WasmTrap) as caught:
        instance.call("run")
    assert caught.value.frames == ("inner", "outer")


def test_table_entries_tell_what_they_hold() -> None:
    instance = start(
        """(module (table (export "t") 3 funcref) (elem (i32.const 1) $f)
        (func $f (param i32 i64)))"""
    )
    assert instance.table_entry(0) is TableSlot.EMPTY
    assert instance.table_entry(1) == FunctionType(("i32", "i64"), ())
    assert instance.table_entry(3) is TableSlot.OUT_OF_RANGE
    assert instance.table_size == 3


def test_host_function_gets_the_instance_and_its_exception_comes_through() -> None:
    class HostError(Exception):
        pass

    def fail(instance: Instance, offset: int) -> int:
        raise HostError(instance.read_memory(offset, 3))

    wasm = text_to_wasm(
        """(module (import "env" "fail" (func $fail (param i32) (result i32)))
        (memory (export "m") 1) (data (i32.const 5) "abc")
        (func (export "run") (drop (call $fail (i32.const 5)))))"""
    )
    instance = instantiate(compile_module(wasm), {("env", "fail"): fail}, fuel=FUEL)
    with pytest.raises(HostError, match="abc"):
        instance.call("run")


def test_missing_host_function_is_named() -> None:
    wasm = text_to_wasm('(module (import "env" "gone" (func)))')
    with pytest.raises(WasmError, match=r"unknown import `env\.gone`"):
        instantiate(compile_module(wasm), {}, fuel=FUEL)


def test_memory_access_is_checked() -> None:
    instance = start('(module (memory (export "m") 1))')
    instance.write_memory(65_533, b"end")
    assert instance.read_memory(65_533, 3) == b"end"
    with pytest.raises(IndexError):
        instance.write_memory(65_534, b"end")
    with pytest.raises(IndexError):
        instance.read_memory(-1, 1)


def test_fuel_counts_down() -> None:
    instance = start('(module (func (export "run")))')
    instance.fuel = 100
    instance.call("run")
    assert 0 < instance.fuel < 100
