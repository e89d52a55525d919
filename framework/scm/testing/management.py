"""Calls of the management canister in a test, by field names: `manage(replica, "canister_status",
canister_id=vault)`.

Values are as in `scm.candid.values`; fields that are left out are absent opts, in nested records
too.
"""

from __future__ import annotations

from scm.model import Principal
from scm.replica.management_types import decode_result, encode_argument
from scm.replica.replica import Replica
from scm.replica.state import Outcome, Replied
from scm.testing.client import RejectError


def manage(
    replica: Replica, method: str, /, *, sender: Principal | None = None, **fields: object
) -> object:
    """Call a method as a user and wait: the decoded reply.

    Raises `RejectError`, `ReplicaUsageError` if there is no such method, and `EncodeError` if the
    fields are not those of its argument.
    """
    argument = encode_argument(method, fields)
    management = Principal.management_canister()
    return read_reply(method, replica.update(management, method, argument, sender))


def ask_management(
    replica: Replica, method: str, /, *, sender: Principal | None = None, **fields: object
) -> object:
    """`manage` as a query call, for the methods that have it."""
    argument = encode_argument(method, fields)
    management = Principal.management_canister()
    return read_reply(method, replica.query(management, method, argument, sender))


def read_reply(method: str, outcome: Outcome) -> object:
    """What a method has answered.  Raises `RejectError`."""
    if isinstance(outcome, Replied):
        return decode_result(method, outcome.data)
    raise RejectError(outcome.code, outcome.message, outcome.error_code)
