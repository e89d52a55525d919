"""How a user's call gets in: its fee can be paid, the canister accepts it, the fee is taken.

Interface Spec, "Request: Call".  The receiving canister pays; of a management call, the canister
that it is about.
"""

from __future__ import annotations

from typing import Final

from scm.candid.errors import DecodeError
from scm.model import Principal
from scm.replica import charges
from scm.replica.errors import ReplicaUsageError
from scm.replica.fees import DELAYED_FEE_BYTES_MAX, ingress_cycles
from scm.replica.management_types import decode_argument, is_management_method
from scm.replica.queries import QueryCall, inspect_ingress
from scm.replica.state import CanisterState, Rejected, ReplicaState

# Registry: `max_ingress_bytes_per_message` of application subnets.
INGRESS_BYTES_MAX: Final = 2 * 1024 * 1024

# An envelope in CBOR with what has the same size in all: tags, keys, request type, expiry.
_ENVELOPE_BYTES: Final = 3 + 1 + 8 + 1 + 13 + 5 + 12 + 12 + 4 + 7 + 15 + 9
_SIGNATURE_BYTES: Final = 14 + 2 + 44 + 11 + 2 + 64  # `sender_pubkey` and `sender_sig` of Ed25519.


def admit_ingress(state: ReplicaState, call: QueryCall) -> Rejected | None:
    """Let a user's call in, and charge for it: None, or why not.

    Raises `ReplicaUsageError` if it is larger than a node takes: there is no reject for that.
    """
    _check_size(call)
    payer = _payer(state, call) if state.has_fees else None
    if payer is None:
        return _inspect(state, call)
    cycles = ingress_cycles(envelope_bytes(call))
    missing = charges.missing_cycles(payer, cycles)
    if missing:
        return charges.out_of_cycles(payer, missing)
    return _inspect(state, call) or charges.pay(state, payer, charges.INGRESS, cycles)


def envelope_bytes(call: QueryCall) -> int:
    """The size of the call as an agent sends it: without nonce, with an Ed25519 signature."""
    parts = (call.canister_id.raw, call.method.encode(), call.argument, call.sender.raw)
    signature = 0 if call.sender == Principal.anonymous() else _SIGNATURE_BYTES
    return _ENVELOPE_BYTES + sum(map(_item_bytes, parts)) + signature


def _check_size(call: QueryCall) -> None:
    size = envelope_bytes(call)
    if size > INGRESS_BYTES_MAX:
        raise ReplicaUsageError(
            f"the call of `{call.method}` is too large: it takes {size:,} bytes as an agent sends"
            f" it, and a node takes up to {INGRESS_BYTES_MAX:,} from a user (HTTP 413); send it in"
            " parts"
        )


def _inspect(state: ReplicaState, call: QueryCall) -> Rejected | None:
    is_managed = call.canister_id == Principal.management_canister()
    return None if is_managed else inspect_ingress(state, call)


def _item_bytes(content: bytes) -> int:
    """RFC 8949, section 3: a head that has the length, and the content."""
    size = len(content)
    head = 1 if size < 24 else 2 if size < 1 << 8 else 3 if size < 1 << 16 else 5
    return head + size


def _payer(state: ReplicaState, call: QueryCall) -> CanisterState | None:
    if call.canister_id != Principal.management_canister():
        return state.canisters.get(call.canister_id)
    is_delayed = call.method == "update_settings" and len(call.argument) <= DELAYED_FEE_BYTES_MAX
    # What only tests can do must help a frozen canister, too.
    if is_delayed or call.method.startswith("provisional_"):
        return None
    canister = _subject(state, call)
    # Whoever may not manage the canister is refused before it costs anything.
    is_allowed = canister is not None and (
        call.sender in canister.controllers or call.sender in state.subnet_admins
    )
    return canister if is_allowed else None


def _subject(state: ReplicaState, call: QueryCall) -> CanisterState | None:
    if not is_management_method(call.method):
        return None
    try:
        fields = decode_argument(call.method, call.argument)
    except DecodeError:
        return None
    canister_id = fields.get("canister_id") or fields.get("target_canister")
    return state.canisters.get(canister_id) if isinstance(canister_id, Principal) else None
