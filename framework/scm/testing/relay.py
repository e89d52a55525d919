"""A canister that passes calls on to the management canister, for methods that users cannot call.

It passes on what comes back, too: the reply, or the reject's code and message.
"""

from __future__ import annotations

import re
from typing import Final

from scm.replica.management_types import encode_argument
from scm.replica.replica import Replica
from scm.replica.state import Outcome, Rejected
from scm.testing.client import RejectError
from scm.testing.management import read_reply
from scm.testing.wat import WatCanister

_ARGUMENT: Final = 65_536
_CODED: Final = re.compile(r"([1-6]):(.*)", re.DOTALL)


def relay_module() -> bytes:
    """`relay` calls with cycles, `ask` is the same as a composite query.

    Their argument: 8 bytes of cycles, one with the length of the method's name, the name, the
    argument to pass on.
    """
    canister = WatCanister(pages=64)
    on_reply = canister.callback("(call $append_argument) (call $msg_reply)")
    on_reject = canister.callback(
        f"(i32.store16 (i32.const {_ARGUMENT})"
        f" (i32.add (i32.const {ord(':') << 8 | ord('0')}) (call $msg_reject_code)))"
        f"(call $msg_reject_msg_copy (i32.const {_ARGUMENT + 2}) (i32.const 0)"
        " (call $msg_reject_msg_size))"
        f"(call $msg_reject (i32.const {_ARGUMENT})"
        " (i32.add (i32.const 2) (call $msg_reject_msg_size)))"
    )
    begin = f"""
      (local $name_size i32)
      (call $msg_arg_data_copy (i32.const {_ARGUMENT}) (i32.const 0) (call $msg_arg_data_size))
      (local.set $name_size (i32.load8_u (i32.const {_ARGUMENT + 8})))
      (call $call_new (i32.const 0) (i32.const 0)
        (i32.const {_ARGUMENT + 9}) (local.get $name_size)
        (i32.const {on_reply}) (i32.const 0) (i32.const {on_reject}) (i32.const 0))
      (call $call_data_append
        (i32.add (i32.const {_ARGUMENT + 9}) (local.get $name_size))
        (i32.sub (i32.sub (call $msg_arg_data_size) (i32.const 9)) (local.get $name_size)))"""
    cycles = f"(call $call_cycles_add128 (i64.const 0) (i64.load (i32.const {_ARGUMENT})))"
    end = "(drop (call $call_perform))"
    canister.update("relay", begin + cycles + end)
    canister.composite_query("ask", begin + end)
    return canister.build()


class Relay:
    """A canister of `relay_module` on a replica."""

    def __init__(self, replica: Replica) -> None:
        self.canister_id: Final = replica.create_canister()
        self._replica: Final = replica
        replica.install(self.canister_id, relay_module())

    def manage(self, method: str, /, *, cycles: int = 0, **fields: object) -> object:
        """Call a management method: the decoded reply.  Raises `RejectError`."""
        outcome = self._replica.update(self.canister_id, "relay", _pack(method, cycles, fields))
        return read_reply(method, _unpack(outcome))

    def ask(self, method: str, /, **fields: object) -> object:
        """Query a management method in a composite query.  Raises `RejectError`."""
        outcome = self._replica.query(self.canister_id, "ask", _pack(method, 0, fields))
        return read_reply(method, _unpack(outcome))


def _pack(method: str, cycles: int, fields: dict[str, object]) -> bytes:
    head = cycles.to_bytes(8, "little") + bytes([len(method)]) + method.encode()
    return head + encode_argument(method, fields)


def _unpack(outcome: Outcome) -> Outcome:
    """The reject as the relay got it; its error code does not travel between canisters."""
    if isinstance(outcome, Rejected):
        coded = _CODED.fullmatch(outcome.message)
        if coded is None:
            raise RejectError(outcome.code, outcome.message, outcome.error_code)
        return Rejected(int(coded[1]), coded[2], "")
    return outcome
