"""Damaged modules: every stage refuses them with an error of scm's own, or passes them on."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.compiler.callback_lock import CallbackLock
from scm.compiler.check_tables import compare_tables
from scm.compiler.limits import check_limits
from scm.compiler.metadata import MetadataSection, write_metadata
from scm.compiler.package import strip_custom_sections
from scm.compiler.pin import pin
from scm.compiler.pin_callbacks import PinOptions, pin_callbacks
from scm.compiler.preconditions import check_preconditions
from scm.compiler.rewrite import rewrite
from scm.compiler.snapshot import Snapshot
from scm.compiler.table_evidence import gather_evidence
from scm.compiler.verify import read_pins, verify_module
from scm.errors import ScmError
from scm.wasm.engine import text_to_wasm
from scm.wasm.globals import export_mutable_globals
from scm.wasm.module import encode_module, parse_module
from scm.wasm.table import function_labels

MODULE = text_to_wasm("""
(module $m
  (import "ic0" "msg_reply" (func $reply))
  (memory (export "memory") 1 4)
  (table 4 8 funcref)
  (global $g (mut i64) (i64.const -9))
  (data (i32.const 8) "hello")
  (elem (i32.const 1) func $late)
  (elem (i32.const 2) funcref (ref.func $late) (ref.null func))
  (func $late (export "late") (param i32) (local i64 f32)
    (block (br_table 0 0 (local.get 0))) (memory.fill (local.get 0) (local.get 0) (local.get 0)))
  (func (export "canister_query a") (call $reply)))
""")

STAGES = {
    "pin": lambda module: pin(module, {"late": 6}),
    "metadata": lambda module: write_metadata(module, [MetadataSection("a", b"")]),
    "strip": lambda module: strip_custom_sections(module, keep_function_names=True),
    "globals": export_mutable_globals,
    "labels": function_labels,
    "read_pins": read_pins,
    "limits": lambda module: check_limits(parse_module(module), len(module)),
    "preconditions": lambda module: check_preconditions(parse_module(module)),
    "rewrite": lambda module: rewrite(module, Snapshot(b"\0x", 1, ()), removed_exports=["late"]),
    "verify": verify_module,
    "pin_callbacks": lambda module: pin_callbacks(
        module, CallbackLock(), PinOptions(exports=("late",))
    ),
    "check": lambda module: compare_tables(gather_evidence(MODULE), gather_evidence(module)),
}


@pytest.mark.parametrize("stage", STAGES)
def test_the_undamaged_module_passes(stage):
    STAGES[stage](MODULE)


@pytest.mark.parametrize("stage", STAGES)
def test_a_changed_byte_raises_nothing_but_errors_of_ours(stage):
    @settings(max_examples=150, derandomize=True)
    @given(st.integers(8, len(MODULE) - 1), st.integers(0, 255))
    def damage(place, byte):
        with suppress(ScmError):
            STAGES[stage](MODULE[:place] + bytes((byte,)) + MODULE[place + 1 :])

    damage()


@pytest.mark.parametrize("stage", STAGES)
def test_damage_within_a_section_raises_nothing_but_errors_of_ours(stage):
    sections = parse_module(MODULE).sections

    @settings(max_examples=150, derandomize=True)
    @given(st.sampled_from(sections), st.data())
    def damage(section, data):
        size = data.draw(st.integers(0, len(section.payload)))
        module = parse_module(MODULE).keeping(lambda other: other != section)
        if section.id:
            module = module.with_section(section.id, section.payload[:size])
        with suppress(ScmError):
            STAGES[stage](encode_module(module))

    damage()
