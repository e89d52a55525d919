"""Fingerprints: what a linker changes leaves them as they are, what a programmer edits does not."""

import pytest

from scm.wasm.engine import text_to_wasm
from scm.wasm.fingerprints import Fingerprints
from scm.wasm.module import parse_module
from scm.wasm.sections import ExternKind, read_exports

BODY = """
    (local i32 i64)
    (block (loop (br_if 1 (i32.eqz (local.get 0))) (br 0)))
    (i32.store offset=1024 (i32.const 65536) (call $helper (global.get $g)))
    (call $reply)
    (call_indirect (type $callback) (i32.const 5) (i32.const 1))
    (drop (f64.const 1.5))
    (block (block (br_table 0 1 (local.get 0))))
"""
FIELDS = """
    (import "ic0" "msg_reply" (func $reply))
    (type $callback (func (param i32)))
    (memory 1) (table 2 funcref)
    (global $g (mut i32) (i32.const 0))
    (func $helper (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
"""
MOVED = """
    (type $other (func (param i64 i64) (result i64)))
    (import "ic0" "trap" (func $trap (param i32 i32)))
    (import "ic0" "msg_reply" (func $reply))
    (type $callback (func (param i32)))
    (memory 1) (table 2 funcref)
    (global $more i32 (i32.const 7))
    (global $g (mut i32) (i32.const 0))
    (func $new (type $other) (i64.const 0))
    (func $helper (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
"""


def fingerprint(body: str = BODY, fields: str = FIELDS) -> str:
    module = parse_module(text_to_wasm(f'(module {fields} (func (export "f") (param i32) {body}))'))
    (index,) = [e.index for e in read_exports(module) if e.kind is ExternKind.FUNCTION]
    return Fingerprints(module).of(index)


def test_indices_that_move_do_not_count():
    assert fingerprint() == fingerprint(fields=MOVED)


@pytest.mark.parametrize(
    ("old", "new"),
    [("65536", "1048576"), ("offset=1024", "offset=4096"), ("(i32.const 5)", "(i32.const 6)")],
)
def test_addresses_and_constants_do_not_count(old, new):
    assert old in BODY
    assert fingerprint() == fingerprint(BODY.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(local i32 i64)", "(local i64 i64)"),
        ("(br_if 1", "(br_if 0"),
        ("(i32.eqz (local.get 0))", "(i32.eqz (local.get 1))"),
        ("(call $reply)", ""),
        ("f64.const 1.5", "f64.const 2.5"),
        ("br_table 0 1", "br_table 1 0"),
        ("i32.store", "i32.store8"),
    ],
)
def test_edits_count(old, new):
    assert old in BODY
    assert fingerprint() != fingerprint(BODY.replace(old, new))


def test_a_callee_counts_by_its_body_and_an_import_by_its_name():
    assert fingerprint() != fingerprint(fields=FIELDS.replace("i32.add", "i32.mul"))
    assert fingerprint() != fingerprint(fields=FIELDS.replace('"msg_reply"', '"cycles_burn"'))


def test_the_type_counts():
    module = parse_module(
        text_to_wasm("(module (func (param i32)) (func (param i64)) (func (param i32)))")
    )
    prints = Fingerprints(module)
    assert prints.of(0) == prints.of(2)
    assert prints.of(0) != prints.of(1)
