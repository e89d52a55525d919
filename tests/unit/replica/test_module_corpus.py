"""Modules that must not be installed: each is refused with its reason, and the replica works on.

Interface Spec, "Canister module format", "WebAssembly module requirements" and "Custom sections".
Limits of numbers are in `test_module_limits.py`.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from contextlib import suppress

import pytest

from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.testing.wat import WatCanister
from scm.wasm.engine import text_to_wasm
from scm.wasm.ic0_table import ic0_functions
from scm.wasm.sections import VALUE_TYPE_NAMES

HEADER = b"\x00asm\x01\x00\x00\x00"
ENTRY_POINTS = (
    *("canister_init", "canister_pre_upgrade", "canister_post_upgrade"),
    *("canister_inspect_message", "canister_heartbeat", "canister_global_timer"),
    *("canister_on_low_wasm_memory", "canister_update x", "canister_query x"),
    "canister_composite_query x",
)
RESERVED = (
    *("canister counter_instructions", "canister_start", "canister counter_dirty_pages"),
    *("canister counter_accessed_pages", "stable_memory", "stable_bytemap_memory"),
    # The replica's own, which the platform does not know.
    *("scm:global:0", "scm:memory", "scm:table", "scm:"),
)


def section(number: int, payload: bytes) -> bytes:
    return bytes((number,)) + write_unsigned(len(payload)) + payload


def body(instructions: bytes, local_variables: bytes = b"\x00") -> bytes:
    """Sections of a module with one function `() -> ()`, without the `end` of its body."""
    code = local_variables + instructions
    return (
        section(1, b"\x01\x60\x00\x00")
        + section(3, b"\x01\x00")
        + section(10, b"\x01" + write_unsigned(len(code)) + code)
    )


# Name -> (the module's bytes, what the reason says).  Clause by clause.
ENCODINGS = {
    "empty": (b"", "unsupported canister module format"),
    "text format": (b"(module)", "unsupported canister module format"),
    "ELF": (b"\x7fELF\x02\x01\x01", "unsupported canister module format"),
    "magic only": (b"\x00asm", "unexpected end"),
    "version 2": (b"\x00asm\x02\x00\x00\x00", "version"),
    "component": (b"\x00asm\x0d\x00\x01\x00", "component"),
    "gzip header only": (b"\x1f\x8b\x08\x00", "too short or too large"),
    "gzip of nothing": (gzip.compress(b"", mtime=0), "unexpected end"),
    "gzip of text": (gzip.compress(b"hello there"), "malformed|magic"),
    "gzip cut in its data": (gzip.compress(HEADER)[:-9], "gzip stream"),
    "gzip cut in its end": (gzip.compress(HEADER)[:-1], "gzip stream"),
    "gzip with a wrong sum": (gzip.compress(HEADER)[:-5] + b"\x00" + gzip.compress(HEADER)[-4:],
                              "incorrect data check"),
    "gzip with a wrong size": (gzip.compress(HEADER)[:-4] + b"\x09\x00\x00\x00",
                               "incorrect length check"),
    "gzip with bytes behind it": (gzip.compress(HEADER) + b"\x08\x00\x00\x00", "another size"),
    "gzip of two members": (gzip.compress(b"") + gzip.compress(HEADER), "another size"),
    "gzip that says 4 GiB": (gzip.compress(HEADER)[:-4] + b"\xff" * 4, "too short or too large"),
    "gzip bomb": (gzip.compress(bytes(1 << 26), 1)[:-4] + b"\x08\x00\x00\x00", "another size"),
}  # fmt: skip
MALFORMED = {
    "section cut": (HEADER + b"\x01\x05\x01\x60", "unexpected end"),
    "section longer than the file": (HEADER + b"\x00\xff\xff\xff\xff\x0f", "unexpected end|size"),
    "section size of six bytes": (HEADER + b"\x01\x80\x80\x80\x80\x80\x00", "integer"),
    "number cut": (HEADER + b"\x01\x01\xff", "unexpected end"),
    "unknown section": (HEADER + section(14, b""), "section"),
    "sections in the wrong order": (
        HEADER + section(3, b"\x00") + section(1, b"\x00"), "out of order"),
    "two type sections": (HEADER + section(1, b"\x00") * 2, "out of order|duplicate"),
    "bytes behind a section's items": (HEADER + section(1, b"\x00\x00"), "section size mismatch"),
    "four billion types": (HEADER + section(1, b"\xff\xff\xff\xff\x0f"), "types count"),
    "four billion functions": (
        HEADER + section(1, b"\x01\x60\x00\x00") + section(3, b"\xff\xff\xff\xff\x0f"),
        "functions count"),
    "four billion exports": (HEADER + section(7, b"\xff\xff\xff\xff\x0f"), "exports count"),
    "four billion local variables": (
        HEADER + body(b"\x0b", b"\x01\xff\xff\xff\xff\x0f\x7f"), "too many locals"),
    "function without a body": (
        HEADER + section(1, b"\x01\x60\x00\x00") + section(3, b"\x01\x00"), "code section"),
    "body without a function": (HEADER + section(10, b"\x01\x02\x00\x0b"), "code section|function"),
    "body without an end": (HEADER + body(b"\x01"), "END|end of"),
    "unknown instruction": (HEADER + body(b"\xff\x0b"), "illegal opcode"),
    "wrong stack": (text_to_wasm("(module (func (result i32)))"), "type mismatch"),
    "unknown type": (HEADER + section(1, b"\x01\x60\x00\x00") + section(3, b"\x01\x05")
                     + section(10, b"\x01\x02\x00\x0b"), "unknown type"),
    "export name is no UTF-8": (
        HEADER + body(b"\x0b").replace(section(3, b"\x01\x00"),
            section(3, b"\x01\x00") + section(7, b"\x01\x02\xff\xfe\x00\x00")), "UTF-8"),
    "import name is no UTF-8": (
        HEADER + section(1, b"\x01\x60\x00\x00") + section(2, b"\x01\x03ic0\x01\xff\x00\x00"),
        "UTF-8"),
    "custom section name is no UTF-8": (HEADER + section(0, b"\x02\xc3\x28"), "UTF-8"),
    "custom section without a name": (HEADER + section(0, b""), "unexpected end"),
    "number of data segments differs": (
        HEADER + section(12, b"\x02") + section(11, b"\x00"), "data count"),
}  # fmt: skip


def wat(fields: str) -> bytes:
    return text_to_wasm(f"(module {fields})")


IMPORTS = {
    name: (wat(fields), reason)
    for name, fields, reason in (
        ("unknown function", '(import "ic0" "foo" (func))', "unknown import `ic0.foo`"),
        ("function of another module", '(import "env" "msg_reply" (func))',
         "unknown import `env.msg_reply`"),
        ("WASI", '(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))', "proc_exit"),
        ("for one canister only", '(import "ic0" "mint_cycles128" (func (param i64 i64 i32)))',
         "unknown import `ic0.mint_cycles128`"),
        ("global", '(import "ic0" "g" (global i32))', "`ic0.g` is not a function"),
        ("tag", '(import "env" "t" (tag))', "exceptions proposal not enabled"),
        # The platform still takes these two; no toolchain of today makes them.
        ("memory", '(import "env" "memory" (memory 1))', "`env.memory` is not a function"),
        ("table", '(import "env" "table" (table 1 funcref))', "`env.table` is not a function"),
        ("64-bit type in a 32-bit module",
         '(import "ic0" "msg_arg_data_size" (func (result i64))) (memory 1)', "has type"),
        ("32-bit type in a 64-bit module",
         '(import "ic0" "msg_arg_data_size" (func (result i32))) (memory i64 1)', "has type"),
        ("deprecated form in a 64-bit module",
         '(import "ic0" "stable_size" (func (result i32))) (memory i64 1)',
         "unknown import `ic0.stable_size`"),
    )
}  # fmt: skip
EXPORTS = {
    **{
        f"{name} with {signature}": (wat(f'(func (export "{name}") {signature} unreachable)'),
                                     "expected () -> ()")
        for name in ENTRY_POINTS
        for signature in ("(param i32)", "(result i32)")
    },
    **{f"reserved {name}": (wat(f'(func (export "{name}"))'), "is reserved") for name in RESERVED},
    "own name for a memory": (wat('(memory (export "scm:memory") 1)'), "is reserved"),
    "own name for a table": (wat('(table (export "scm:table") 1 funcref)'), "is reserved"),
    "own name for another global": (
        wat('(global (mut i32) (i32.const 1)) (global (export "scm:global:0") (mut i32)'
            ' (i32.const 2))'), "is reserved"),
    "reserved name for a memory": (wat('(memory (export "stable_memory") 1)'), "is reserved"),
    "reserved name for a global": (
        wat('(global (export "canister counter_instructions") i64 (i64.const 0))'), "is reserved"),
    "unknown entry point": (wat('(func (export "canister_other"))'), "unknown entry point"),
    "method kind without a name": (wat('(func (export "canister_update"))'), "unknown entry point"),
    "method kind with a tab": (wat('(func (export "canister_query\\09x"))'), "unknown entry point"),
    "one method as query and update": (
        wat('(func (export "canister_query x")) (func (export "canister_update x"))'),
        "duplicate export of method `x`"),
    "one method as query and composite query": (
        wat('(func (export "canister_query x")) (func (export "canister_composite_query x"))'),
        "duplicate export of method `x`"),
    "same export twice": (
        wat('(func (export "canister_query x")) (func (export "canister_query x"))'),
        "duplicate export name"),
    "imported function as an entry point": (
        wat('(import "ic0" "msg_deadline" (func $f (result i64)))'
            '(export "canister_heartbeat" (func $f))'), "expected () -> ()"),
    "unknown function": (wat('(export "canister_query x" (func 7))'), "unknown function"),
}  # fmt: skip
SECTIONS = {
    name: (wat("".join(f'(@custom "{icp}" "")' for icp in names)), reason)
    for name, names, reason in (
        ("unknown visibility", ["icp:secret x"], "invalid custom section `icp:secret x`"),
        ("no visibility", ["icp:"], "invalid custom section `icp:`"),
        ("public without a space", ["icp:public"], "invalid custom section"),
        ("private without a space", ["icp:private"], "invalid custom section"),
        ("letter case", ["icp:Public x"], "invalid custom section"),
        ("name twice", ["icp:public x", "icp:public x"], "`x` is defined twice"),
        ("name twice over visibilities", ["icp:public x", "icp:private x"], "defined twice"),
        ("empty name twice", ["icp:public ", "icp:private "], "defined twice"),
    )
}
STARTS = {
    "start with a parameter": (wat("(func $f (param i32)) (start $f)"), "start function type"),
    "start with a result": (wat("(func $f (result i32) unreachable) (start $f)"),
                            "start function type"),
    "start of no function": (HEADER + section(8, b"\x05"), "unknown function"),
}  # fmt: skip
MEMORIES = {
    name: (wat(fields), reason)
    for name, fields, reason in (
        ("data offset of a global", "(memory 1) (global $g i32 (i32.const 0))"
         ' (data (global.get $g) "x")', "constant expression required"),
        ("data offset of arithmetic",
         '(memory 1) (data (i32.const 0) "") (data (i32.add (i32.const 1) (i32.const 2)) "x")',
         "invalid offset expression in data segment 1"),
        ("64-bit data offset in a 32-bit memory", '(memory 1) (data (i64.const 0) "x")',
         "type mismatch"),
        ("element offset of arithmetic", "(table 9 funcref) (func $f)"
         "(elem (i32.add (i32.const 1) (i32.const 2)) $f)", "offset of element segment 0"),
        ("global of arithmetic", "(global i32 (i32.mul (i32.const 2) (i32.const 3)))",
         "initialiser of global 0"),
        ("data without a memory", '(data (i32.const 0) "x")', "unknown memory"),
        ("elements without a table", "(func $f) (elem (i32.const 0) $f)", "unknown table"),
        ("maximum below minimum", "(memory 2 1)", "memory size|must not be"),
        ("constant funcref global", "(global funcref (ref.null func))", "unsupported global type"),
        ("funcref global", "(global (mut funcref) (ref.null func))", "unsupported global type"),
        ("externref global", "(global (mut externref) (ref.null extern))",
         "unsupported global type"),
        # The platform takes these; the engine's Python face cannot read them.
        ("vector global", "(global (mut v128) (v128.const i64x2 1 2))",
         "mutable global of type v128"),
        *(
            (f"table.{name}", f"(table 2 funcref) (elem $e func) (func {code})", f"table.{name}")
            for name, code in (
                ("set", "(table.set (i32.const 0) (ref.null func))"),
                ("grow", "(drop (table.grow (ref.null func) (i32.const 0)))"),
                ("fill", "(table.fill (i32.const 0) (ref.null func) (i32.const 0))"),
                ("copy", "(table.copy (i32.const 0) (i32.const 0) (i32.const 0))"),
                ("init", "(table.init $e (i32.const 0) (i32.const 0) (i32.const 0))"),
            )
        ),
    )
}  # fmt: skip
PROPOSALS = {
    name: (wat(fields), reason)
    for name, fields, reason in (
        ("shared memory", "(memory 1 1 shared)", "threads"),
        ("atomics", "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))", "threads"),
        ("two memories", "(memory 1) (memory 1)", "multiple memories"),
        ("relaxed SIMD", "(func (drop (i32x4.relaxed_trunc_f32x4_s (v128.const i64x2 0 0))))",
         "relaxed SIMD"),
        ("exceptions", "(tag) (func (throw 0))", "exceptions"),
        ("struct types", "(type (struct (field i32)))", "gc"),
        ("recursive types", "(rec (type (func)))", "gc"),
        ("any references", "(func (param anyref))", "gc"),
        ("typed references", "(type $t (func)) (func (param (ref $t)))", "function references"),
        ("call by reference", "(type $t (func)) (func (call_ref $t (ref.null $t)))",
         "function references"),
        ("custom page size", "(memory 1 (pagesize 1))", "custom page sizes"),
        ("wide arithmetic", "(func (drop (drop (i64.mul_wide_u (i64.const 0) (i64.const 0)))))",
         "wide arithmetic"),
        ("stack switching", "(type $f (func)) (type (cont $f))", "stack switching"),
    )
}  # fmt: skip
CORPUS = {
    f"{clause}-{name}".replace(" ", "_"): case
    for clause, cases in (
        *(("1.1-encoding", ENCODINGS), ("1.1-malformed", MALFORMED), ("1.2-import", IMPORTS)),
        *(("1.3-export", EXPORTS), ("1.3-start", STARTS), ("1.4-custom", SECTIONS)),
        *(("1.5-memory", MEMORIES), ("1.7-proposal", PROPOSALS)),
    )
    for name, case in cases.items()
}
"""By clause of the platform's rules: encodings, imports, exports, custom sections, ..."""

# Valid as Wasm and by the platform's rules: what is wrong shows when the module is instantiated.
FAILING = {
    "start traps": ("(func $f unreachable) (start $f)", "IC0502", "unreachable"),
    "start divides by zero": (
        "(func $f (drop (i32.div_u (i32.const 1) (i32.const 0)))) (start $f)",
        "IC0502", "integer division by 0"),
    "start calls what it must not": (
        '(import "ic0" "msg_reply" (func $f)) (start $f)',
        "IC0504", "cannot be executed in start mode"),
    "init traps": ('(func (export "canister_init") unreachable)', "IC0502", "unreachable"),
    "data beyond the memory": ('(memory 1) (data (i32.const 65536) "x")', "IC0502", "heap out of"),
    "data at the last address": ('(memory 1) (data (i32.const -1) "x")', "IC0502", "heap out of"),
    "empty data beyond the memory": ('(memory 1) (data (i32.const 65537) "")',
                                     "IC0502", "heap out of"),
    "64-bit data beyond the memory": ('(memory i64 1) (data (i64.const -1) "x")',
                                      "IC0502", "heap out of"),
    "elements beyond the table": ("(table 1 funcref) (func $f) (elem (i32.const 1) $f)",
                                  "IC0502", "table out of bounds"),
}  # fmt: skip

FINE = {
    "nothing at all": "",
    "memory without exports": "(memory 1)",
    "64-bit memory": "(memory i64 1)",
    "64-bit table": "(table i64 1 funcref)",
    "table of external references": "(table 1 externref)",
    "method names with spaces and signs": '(func (export "canister_query  a b\\09\\c3\\a4"))',
    "method without a name": '(func (export "canister_query "))',
    "other exports": '(memory (export "memory") 1) (func (export "canister"))',
    "entry name for a global": '(global (export "canister_init") i32 (i32.const 0))',
    "start": "(func $f) (start $f)",
    "icp names with spaces": '(@custom "icp:public " "") (@custom "icp:public   x" "")',
    "other custom sections": '(@custom "icp" "") (@custom "icp;x" "") (@custom "x" "") ' * 9,
    "damaged name section": '(@custom "name" "\\01\\ff\\ff")',
    "tail call": "(func $f (return_call $f))",
    "vectors": "(func (drop (v128.const i64x2 1 2))) (global v128 (v128.const i64x2 1 2))",
    "several results": "(func (result i32 i64) (i32.const 1) (i64.const 2))",
    "passive segment": '(memory 1) (data "x") (func (data.drop 0))',
    "empty data at the end": '(memory 1) (data (i32.const 65536) "")',
    "table instructions that read": "(table 1 funcref) (elem declare func $f) (func $f (drop"
    " (table.get (i32.const 0))) (drop (table.size)) (drop (ref.is_null (ref.func $f))))",
}


class Survivor:
    """One replica for the whole corpus, with a good canister, and one that gets the modules."""

    def __init__(self) -> None:
        self.replica = Replica()
        good = WatCanister()
        good.update("ping", good.reply("pong"))
        self.good_module = good.build()
        self.good = self._create()
        self.replica.install(self.good, self.good_module)
        self.target = self._create()

    def _create(self) -> Principal:
        return self.replica.create_canister()

    def refusal(self, wasm: bytes) -> InstallError:
        """Why the module is refused; the canister stays empty, the other one answers."""
        with pytest.raises(InstallError) as caught:
            self.replica.install(self.target, wasm)
        view = self.replica.canister(self.target)
        assert (view.module_hash, view.version) == (None, 0)
        assert self.replica.update(self.good, "ping") == Replied(b"pong")
        return caught.value


@pytest.fixture(scope="module")
def survivor() -> Iterator[Survivor]:
    survivor = Survivor()
    yield survivor
    # After everything that was refused, the same canister takes a good module.
    survivor.replica.install(survivor.target, survivor.good_module)
    assert survivor.replica.update(survivor.target, "ping") == Replied(b"pong")


@pytest.mark.parametrize(("wasm", "reason"), CORPUS.values(), ids=CORPUS)
def test_bad_module_is_refused(survivor: Survivor, wasm: bytes, reason: str) -> None:
    error = survivor.refusal(wasm)
    assert (error.code, error.error_code) == (5, "IC0505")
    assert "Canister's Wasm module is not valid: " in error.message
    assert any(part in error.message for part in reason.split("|")), error.message


@pytest.mark.parametrize(("fields", "error_code", "reason"), FAILING.values(), ids=FAILING)
def test_module_that_cannot_start_is_refused(
    survivor: Survivor, fields: str, error_code: str, reason: str
) -> None:
    error = survivor.refusal(wat(fields))
    assert (error.error_code, reason in error.message) == (error_code, True), error.message


@pytest.mark.parametrize("fields", FINE.values(), ids=FINE)
def test_unusual_module_is_accepted(fields: str) -> None:
    replica = Replica()
    replica.install(replica.create_canister(), wat(fields))


@pytest.mark.parametrize("is_memory_64", [False, True])
def test_every_import_must_have_its_own_type(survivor: Survivor, is_memory_64: bool) -> None:
    memory = "(memory i64 1)" if is_memory_64 else "(memory 1)"
    for name, function in ic0_functions(is_memory_64=is_memory_64).items():
        parameters = " ".join(VALUE_TYPE_NAMES[letter] for letter in function.type.parameters)
        wrong = f'(import "ic0" "{name}" (func (param {parameters} f32)))'
        assert f"import `ic0.{name}` has type" in survivor.refusal(wat(wrong + memory)).message


def test_damaged_module_is_refused_or_works(survivor: Survivor) -> None:
    canister = WatCanister(table_size=2)
    canister.callback(canister.reply())
    canister.query("look", canister.reply("fine"))
    whole = canister.build()
    chance = random.Random(1)
    replica = survivor.replica
    damaged_id = replica.create_canister()
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(8, len(whole))] = chance.randrange(256)
        del damaged[chance.choice((len(whole), chance.randrange(len(whole)))) :]
        try:
            replica.install(damaged_id, bytes(damaged), mode="reinstall")
        except InstallError:
            refused += 1
    assert refused > 50
    with suppress(InstallError):
        replica.install(damaged_id, whole, mode="reinstall")
    assert replica.query(damaged_id, "look") == Replied(b"fine")
