"""Small canisters written in the WebAssembly text format, for tests of the platform's rules.

A `WatCanister` collects entry points, callbacks and constants; its helpers give pieces of code.
Every `ic0` function named in `_IMPORTS` is there as `$name`.  Globals `$a` and `$b` (i64) are for
tests to use: they are mutable and not exported, like a compiler's stack pointer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from scm.model import Principal
from scm.replica.state import Replied
from scm.wasm.engine import text_to_wasm

INVALID_INDEX: Final = -1
"""A table index that no table has: for one-way calls."""

ADD_ONE: Final = "(global.set $a (i64.add (global.get $a) (i64.const 1)))"
READ_A: Final = "(call $reply_i64 (global.get $a))"

_DATA_START: Final = 4096
_SCRATCH: Final = 1024

_IMPORTS: Final = {
    "msg_arg_data_size": "(result i32)",
    "msg_arg_data_copy": "(param i32 i32 i32)",
    "msg_caller_size": "(result i32)",
    "msg_caller_copy": "(param i32 i32 i32)",
    "msg_reject_code": "(result i32)",
    "msg_reject_msg_size": "(result i32)",
    "msg_reject_msg_copy": "(param i32 i32 i32)",
    "msg_deadline": "(result i64)",
    "msg_reply_data_append": "(param i32 i32)",
    "msg_reply": "",
    "msg_reject": "(param i32 i32)",
    "msg_cycles_available128": "(param i32)",
    "msg_cycles_refunded128": "(param i32)",
    "msg_cycles_accept128": "(param i64 i64 i32)",
    "cycles_burn128": "(param i64 i64 i32)",
    "canister_self_size": "(result i32)",
    "canister_self_copy": "(param i32 i32 i32)",
    "canister_cycle_balance128": "(param i32)",
    "canister_liquid_cycle_balance128": "(param i32)",
    "cost_call": "(param i64 i64 i32)",
    "canister_status": "(result i32)",
    "canister_version": "(result i64)",
    "msg_method_name_size": "(result i32)",
    "msg_method_name_copy": "(param i32 i32 i32)",
    "accept_message": "",
    "call_new": "(param i32 i32 i32 i32 i32 i32 i32 i32)",
    "call_on_cleanup": "(param i32 i32)",
    "call_data_append": "(param i32 i32)",
    "call_with_best_effort_response": "(param i32)",
    "call_cycles_add128": "(param i64 i64)",
    "call_perform": "(result i32)",
    "stable64_size": "(result i64)",
    "stable64_grow": "(param i64) (result i64)",
    "stable64_write": "(param i64 i64 i64)",
    "stable64_read": "(param i64 i64 i64)",
    "stable_size": "(result i32)",
    "stable_grow": "(param i32) (result i32)",
    "certified_data_set": "(param i32 i32)",
    "data_certificate_present": "(result i32)",
    "data_certificate_size": "(result i32)",
    "data_certificate_copy": "(param i32 i32 i32)",
    "root_key_size": "(result i32)",
    "root_key_copy": "(param i32 i32 i32)",
    "time": "(result i64)",
    "global_timer_set": "(param i64) (result i64)",
    "performance_counter": "(param i32) (result i64)",
    "is_controller": "(param i32 i32) (result i32)",
    "in_replicated_execution": "(result i32)",
    "env_var_count": "(result i32)",
    "env_var_name_size": "(param i32) (result i32)",
    "env_var_name_copy": "(param i32 i32 i32 i32)",
    "env_var_name_exists": "(param i32 i32) (result i32)",
    "env_var_value_size": "(param i32 i32) (result i32)",
    "env_var_value_copy": "(param i32 i32 i32 i32 i32)",
    "debug_print": "(param i32 i32)",
    "trap": "(param i32 i32)",
}

_PRELUDE: Final = f"""
  (func $append_argument
    (call $msg_arg_data_copy (i32.const {_SCRATCH}) (i32.const 0) (call $msg_arg_data_size))
    (call $msg_reply_data_append (i32.const {_SCRATCH}) (call $msg_arg_data_size)))
  (func $append_caller
    (call $msg_caller_copy (i32.const {_SCRATCH}) (i32.const 0) (call $msg_caller_size))
    (call $msg_reply_data_append (i32.const {_SCRATCH}) (call $msg_caller_size)))
  (func $append_reject_message
    (call $msg_reject_msg_copy (i32.const {_SCRATCH}) (i32.const 0) (call $msg_reject_msg_size))
    (call $msg_reply_data_append (i32.const {_SCRATCH}) (call $msg_reject_msg_size)))
  (func $append_i64 (param i64)
    (i64.store (i32.const {_SCRATCH}) (local.get 0))
    (call $msg_reply_data_append (i32.const {_SCRATCH}) (i32.const 8)))
  (func $reply_i64 (param i64)
    (call $append_i64 (local.get 0))
    (call $msg_reply))
"""


def number(value: int) -> Replied:
    """What `$reply_i64` replies."""
    return Replied(value.to_bytes(8, "little"))


class WatCanister:
    """Builds one canister module; its function table has at least `table_size` slots."""

    def __init__(self, table_size: int = 1, pages: int = 1) -> None:
        self._pages: Final = pages
        self._table_size = table_size
        self._functions: list[str] = []
        self._slots: list[int] = []
        self._data: list[str] = []
        self._data_end = _DATA_START

    # Definitions.

    def entry(self, export_name: str, body: str) -> None:
        """Define an entry point by its export name (`canister_update pay`)."""
        self._functions.append(f'(func (export "{export_name}") {body})')

    def update(self, method: str, body: str) -> None:
        """Define an update method."""
        self.entry(f"canister_update {method}", body)

    def query(self, method: str, body: str) -> None:
        """Define a query method."""
        self.entry(f"canister_query {method}", body)

    def composite_query(self, method: str, body: str) -> None:
        """Define a composite query method."""
        self.entry(f"canister_composite_query {method}", body)

    def callback(self, body: str, slot: int | None = None) -> int:
        """Define a callback, whose parameter is `$env`: its slot (by default the next free)."""
        index = len(self._slots) if slot is None else slot
        self._slots.append(index)
        self._functions.append(f"(func $callback_{index} (param $env i32) {body})")
        return index

    def raw(self, text: str) -> None:
        """Add module fields as they are; functions of theirs may be called from bodies."""
        self._functions.append(text)

    # Pieces of code.

    def constant(self, content: bytes | str) -> str:
        """Address and size of a constant, as two operands."""
        raw = content.encode() if isinstance(content, str) else content
        address = self._data_end
        self._data_end += len(raw)
        escaped = "".join(f"\\{byte:02x}" for byte in raw)
        self._data.append(f'(data (i32.const {address}) "{escaped}")')
        return f"(i32.const {address}) (i32.const {len(raw)})"

    def reply(self, content: bytes | str = b"") -> str:
        """Code that replies with `content`."""
        return f"(call $msg_reply_data_append {self.constant(content)}) (call $msg_reply)"

    def reject(self, message: str) -> str:
        """Code that rejects with `message`."""
        return f"(call $msg_reject {self.constant(message)})"

    def trap(self, message: str) -> str:
        """Code that traps with `message`."""
        return f"(call $trap {self.constant(message)})"

    def print(self, message: str) -> str:
        """Code that writes `message` to the log."""
        return f"(call $debug_print {self.constant(message)})"

    def call(
        self,
        callee: Principal,
        method: str,
        argument: bytes = b"",
        *,
        on_reply: int = INVALID_INDEX,
        on_reject: int = INVALID_INDEX,
        on_cleanup: int | None = None,
        environment: int = 0,
        cycles: int = 0,
        timeout_seconds: int | None = None,
    ) -> str:
        """A whole call; the result of `call_perform` is put into `$b`."""
        parts = [
            f"(call $call_new {self.constant(callee.raw)} {self.constant(method)} "
            f"(i32.const {on_reply}) (i32.const {environment}) "
            f"(i32.const {on_reject}) (i32.const {environment}))",
            f"(call $call_data_append {self.constant(argument)})",
        ]
        if on_cleanup is not None:
            parts.append(
                f"(call $call_on_cleanup (i32.const {on_cleanup}) (i32.const {environment}))"
            )
        if cycles:
            parts.append(
                f"(call $call_cycles_add128 (i64.const {cycles >> 64}) "
                f"(i64.const {cycles & (1 << 64) - 1}))"
            )
        if timeout_seconds is not None:
            parts.append(f"(call $call_with_best_effort_response (i32.const {timeout_seconds}))")
        parts.append("(global.set $b (i64.extend_i32_u (call $call_perform)))")
        return " ".join(parts)

    def text(self) -> str:
        """The module in the text format."""
        imports = [
            f'(import "ic0" "{name}" (func ${name} {signature}))'
            for name, signature in _IMPORTS.items()
        ]
        fields = [
            *imports,
            f"(memory {self._pages})",
            "(global $a (mut i64) (i64.const 0))",
            "(global $b (mut i64) (i64.const 0))",
            f"(table {max(self._table_size, *(slot + 1 for slot in self._slots), 0)} funcref)",
            *(f"(elem (i32.const {slot}) $callback_{slot})" for slot in self._slots),
            _PRELUDE,
            *self._functions,
            *self._data,
        ]
        return "(module\n" + "\n".join(fields) + ")"

    def build(self) -> bytes:
        """The module as Wasm; raises `WasmError` if a body is malformed."""
        return text_to_wasm(self.text())


def caller_of(callee: Principal, method: str, **closures: str) -> WatCanister:
    """A canister whose `go` calls with 1,000 cycles; `read` gives `$a`.

    `closures`: the bodies of `reply`, `reject` and `cleanup`, where there are any.
    """
    canister = WatCanister(table_size=8)
    slots = {name: canister.callback(body) for name, body in closures.items()}
    call = canister.call(
        callee,
        method,
        on_reply=slots.get("reply", INVALID_INDEX),
        on_reject=slots.get("reject", INVALID_INDEX),
        on_cleanup=slots.get("cleanup"),
        cycles=1000,
    )
    canister.update("go", call)
    canister.query("read", "(call $reply_i64 (global.get $a))")
    return canister


Install: TypeAlias = Callable[[WatCanister], Principal]
"""Creates a canister and installs a module on it."""
