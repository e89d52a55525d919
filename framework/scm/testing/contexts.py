"""Small canisters that run given code in one context of the System API, and what makes them run.

For tests of rules about contexts: one for each letter of the specification's table, in modules with
32-bit and with 64-bit memories.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from scm.candid.values import FuncValue, VariantValue
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.execution import MODE_TEXTS
from scm.replica.http_messages import HttpResponse
from scm.replica.management_types import encode_argument
from scm.replica.replica import Replica
from scm.replica.trace import Executed
from scm.wasm.engine import text_to_wasm
from scm.wasm.ic0_table import Context

CALLEE: Final = Principal((0).to_bytes(8, "big") + b"\x01\x01")
TESTED: Final = Principal((1).to_bytes(8, "big") + b"\x01\x01")

_OUTCALL: Final = encode_argument(
    "http_request",
    {
        "url": "https://example.com",
        "method": VariantValue("get"),
        "headers": [],
        "transform": {"function": FuncValue(TESTED, "transform"), "context": b""},
    },
)
_OUTCALL_TEXT: Final = "".join(f"\\{byte:02x}" for byte in _OUTCALL)

# `P` stands for the pointer's type.
_ENTRIES: Final = {
    Context.START: "(func $start (call $target)) (start $start)",
    Context.INIT: '(func (export "canister_init") (call $target))',
    Context.PRE_UPGRADE: '(func (export "canister_pre_upgrade") (call $target))',
    Context.UPDATE: '(func (export "canister_update go") (call $target))',
    Context.REPLICATED_QUERY: '(func (export "canister_query go") (call $target))',
    Context.NON_REPLICATED_QUERY: '(func (export "canister_query look") (call $target))',
    Context.TRANSFORM_QUERY: f"""
        (data (P.const 512) "http_request")
        (data (P.const 1024) "{_OUTCALL_TEXT}")
        (func (export "canister_query transform") (call $target))
        (func (export "canister_update go")
          (call $call_new (P.const 0) (P.const 0) (P.const 512) (P.const 12)
            (P.const -1) (P.const 0) (P.const -1) (P.const 0))
          (call $call_data_append (P.const 1024) (P.const {len(_OUTCALL)}))
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
_CALL: Final = r"""
  (import "ic0" "call_new" (func $call_new (param P P P P P P P P)))
  (import "ic0" "call_on_cleanup" (func $call_on_cleanup (param P P)))
  (import "ic0" "call_data_append" (func $call_data_append (param P P)))
  (import "ic0" "call_cycles_add128" (func $call_cycles_add128 (param i64 i64)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (data (P.const 0) "\00\00\00\00\00\00\00\00\01\01echonothing")
  (table 3 funcref) (elem (i32.const 0) $callback)
  (func $callback (param P) (call $target))
  (func $call (param $case i32)
    (call $call_new (P.const 0) (P.const 10)
      (select (P.const 14) (P.const 10) (i32.eq (local.get $case) (i32.const 1)))
      (select (P.const 7) (P.const 4) (i32.eq (local.get $case) (i32.const 1)))
      (select (P.const -1) (P.const 0) (i32.eq (local.get $case) (i32.const 2))) (P.const 0)
      (P.const 0) (P.const 0))
    (if (i32.eq (local.get $case) (i32.const 2))
      (then (call $call_on_cleanup (P.const 0) (P.const 0))))
    (drop (call $call_perform)))
"""

_ECHO: Final = """(module (import "ic0" "msg_reply" (func $reply))
    (func (export "canister_query echo") (call $reply)))"""


def module_for(
    context: Context, code: str, *, imports: str = "", is_memory_64: bool = False
) -> bytes:
    """A canister whose only own code is `code`, to be run in `context`; `P` is the pointer type."""
    memory = "(memory i64 1)" if is_memory_64 else "(memory 1)"
    parts = (imports, _CALL, memory, f"(func $target {code})", _ENTRIES[context])
    text = "\n".join(parts)
    pointer = "i64" if is_memory_64 else "i32"
    return text_to_wasm(
        f"(module {text.replace('P.const', f'{pointer}.const')})".replace(" P", f" {pointer}")
    )


def run_in(context: Context, wasm: bytes, replica: Replica) -> list[Executed]:
    """Make a canister of `module_for` run, in a new replica: its executions in that context."""
    replica.on_http_request(lambda _request: HttpResponse())
    for _ in range(2):
        replica.create_canister()
    replica.install(CALLEE, text_to_wasm(_ECHO))
    with suppress(InstallError):  # Seen in the trace.
        replica.install(TESTED, wasm)
        if context is Context.PRE_UPGRADE:
            replica.install(TESTED, wasm, mode="upgrade")
    if "look" in _ENTRIES[context]:
        replica.query(TESTED, "look")
    elif "go" in _ENTRIES[context]:
        replica.update(TESTED, "go")
    replica.run_heartbeats()
    mode = MODE_TEXTS[context]
    return [
        event
        for event in replica.trace
        if isinstance(event, Executed) and event.canister_id == TESTED and event.mode == mode
    ]


def tried_contexts() -> frozenset[Context]:
    """The contexts that `module_for` knows."""
    return frozenset(_ENTRIES)
