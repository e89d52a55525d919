"""Every System API function in every context: allowed exactly where the specification says."""

from __future__ import annotations

import pytest

from scm.candid.values import FuncValue, VariantValue
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.execution import MODE_TEXTS
from scm.replica.http_messages import HttpResponse
from scm.replica.management_types import encode_argument
from scm.replica.replica import Replica
from scm.replica.system_api import SUPPORTED
from scm.replica.trace import Executed
from scm.wasm.engine import text_to_wasm
from scm.wasm.ic0_table import Context, ic0_functions
from scm.wasm.sections import I32, VALUE_TYPE_NAMES

CALLEE = Principal((0).to_bytes(8, "big") + b"\x01\x01")
TESTED = Principal((1).to_bytes(8, "big") + b"\x01\x01")
FUNCTIONS = ic0_functions(is_memory_64=False)

OUTCALL = encode_argument(
    "http_request",
    {
        "url": "https://example.com",
        "method": VariantValue("get"),
        "headers": [],
        "transform": {"function": FuncValue(TESTED, "transform"), "context": b""},
    },
)

# What runs in each context when the canister is driven as `drive` does.
ENTRIES = {
    Context.START: "(func $start (call $target)) (start $start)",
    Context.INIT: '(func (export "canister_init") (call $target))',
    Context.PRE_UPGRADE: '(func (export "canister_pre_upgrade") (call $target))',
    Context.UPDATE: '(func (export "canister_update go") (call $target))',
    Context.REPLICATED_QUERY: '(func (export "canister_query go") (call $target))',
    Context.NON_REPLICATED_QUERY: '(func (export "canister_query look") (call $target))',
    Context.TRANSFORM_QUERY: f"""
        (data (i32.const 512) "http_request")
        (data (i32.const 1024) "{"".join(f"{chr(92)}{byte:02x}" for byte in OUTCALL)}")
        (func (export "canister_query transform") (call $target))
        (func (export "canister_update go")
          (call $call_new (i32.const 0) (i32.const 0) (i32.const 512) (i32.const 12)
            (i32.const -1) (i32.const 0) (i32.const -1) (i32.const 0))
          (call $call_data_append (i32.const 1024) (i32.const {len(OUTCALL)}))
          (call $call_cycles_add128 (i64.const 0) (i64.const {10**12}))
          (drop (call $call_perform)))""",
    Context.COMPOSITE_QUERY: '(func (export "canister_composite_query look") (call $target))',
    Context.REPLY_CALLBACK: '(func (export "canister_update go") (call $call (i32.const 0)))',
    Context.REJECT_CALLBACK: '(func (export "canister_update go") (call $call (i32.const 1)))',
    Context.CLEANUP: '(func (export "canister_update go") (call $call (i32.const 2)))',
    Context.COMPOSITE_REPLY_CALLBACK: (
        '(func (export "canister_composite_query look") (call $call (i32.const 0)))'
    ),
    Context.COMPOSITE_REJECT_CALLBACK: (
        '(func (export "canister_composite_query look") (call $call (i32.const 1)))'
    ),
    Context.COMPOSITE_CLEANUP: (
        '(func (export "canister_composite_query look") (call $call (i32.const 2)))'
    ),
    Context.INSPECT_MESSAGE: (
        '(func (export "canister_inspect_message") (call $target))'
        '(func (export "canister_update go"))'
    ),
    Context.SYSTEM_TASK: '(func (export "canister_heartbeat") (call $target))',
}

# Calls `echo` (replies), `nothing` (rejects), or `echo` with a callback that traps and a cleanup.
CALL = r"""
  (data (i32.const 0) "\00\00\00\00\00\00\00\00\01\01echonothing")
  (table funcref (elem $callback))
  (func $callback (param i32) (call $target))
  (func $call (param $case i32)
    (call $call_new (i32.const 0) (i32.const 10)
      (select (i32.const 14) (i32.const 10) (i32.eq (local.get $case) (i32.const 1)))
      (select (i32.const 7) (i32.const 4) (i32.eq (local.get $case) (i32.const 1)))
      (select (i32.const -1) (i32.const 0) (i32.eq (local.get $case) (i32.const 2))) (i32.const 0)
      (i32.const 0) (i32.const 0))
    (if (i32.eq (local.get $case) (i32.const 2))
      (then (call $call_on_cleanup (i32.const 0) (i32.const 0))))
    (drop (call $call_perform)))
"""

CALL_IMPORTS = """
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_on_cleanup" (func $call_on_cleanup (param i32 i32)))
  (import "ic0" "call_data_append" (func $call_data_append (param i32 i32)))
  (import "ic0" "call_cycles_add128" (func $call_cycles_add128 (param i64 i64)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
"""

ECHO = text_to_wasm(
    """(module (import "ic0" "msg_reply" (func $reply))
    (func (export "canister_query echo") (call $reply)))"""
)


def module_that_calls(name: str, context: Context) -> bytes:
    kind = FUNCTIONS[name].type
    parameters = " ".join(VALUE_TYPE_NAMES[letter] for letter in kind.parameters)
    results = " ".join(VALUE_TYPE_NAMES[letter] for letter in kind.results)
    zeros = " ".join(
        "(i32.const 0)" if letter == I32 else "(i64.const 0)" for letter in kind.parameters
    )
    call = f"(call $function {zeros})"
    return text_to_wasm(
        f"""(module
        (import "ic0" "{name}" (func $function (param {parameters}) (result {results})))
        {CALL_IMPORTS} (memory 1) {CALL}
        (func $target {f"(drop {call})" if results else call})
        {ENTRIES[context]})"""
    )


def drive(context: Context, wasm: bytes) -> list[Executed]:
    """Make the canister run in `context`: all its executions there."""
    replica = Replica()
    replica.on_http_request(lambda _request: HttpResponse())
    for _ in range(2):
        replica.create_canister()
    replica.install(CALLEE, ECHO)
    try:
        replica.install(TESTED, wasm)
        if context is Context.PRE_UPGRADE:
            replica.install(TESTED, wasm, mode="upgrade")
    except InstallError:
        pass  # Seen in the trace.
    if "look" in ENTRIES[context]:
        replica.query(TESTED, "look")
    elif "go" in ENTRIES[context]:
        replica.update(TESTED, "go")
    replica.run_heartbeats()
    mode = MODE_TEXTS[context]
    return [
        event
        for event in replica.trace
        if isinstance(event, Executed) and event.canister_id == TESTED and event.mode == mode
    ]


def test_every_context_is_tried() -> None:
    assert set(ENTRIES) == set(Context)


@pytest.mark.parametrize("context", ENTRIES, ids=lambda context: context.name.lower())
def test_functions_may_be_called_where_the_specification_says(context: Context) -> None:
    wrong = []
    for name in SUPPORTED:
        [event] = drive(context, module_that_calls(name, context))
        refusal = f'"ic0_{name}" cannot be executed in {MODE_TEXTS[context]} mode'
        is_allowed = event.error is None or refusal not in event.error
        if is_allowed != (context in FUNCTIONS[name].contexts):
            wrong.append(name)
    assert wrong == []
