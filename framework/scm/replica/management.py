"""The management canister `aaaaa-aa`, for calls by canisters and users.

Interface Spec, "The IC management canister".  Methods are in `management_*.py`; those that the
embedded replica lacks reject by name.
"""

from __future__ import annotations

from typing import Final, cast

from scm.candid.errors import DecodeError
from scm.model import Principal
from scm.replica import (
    charges,
    management_canisters,
    management_chunks,
    management_code,
    management_http,
    management_keys,
    management_snapshots,
    management_views,
    transport,
)
from scm.replica.fees import DELAYED_FEE_BYTES_MAX, ingress_cycles
from scm.replica.management_calls import (
    Answer,
    Fields,
    ManagementCall,
    Method,
    MethodTable,
    Refusal,
    not_controller,
    refusal_by,
)
from scm.replica.management_types import decode_argument, is_management_method
from scm.replica.state import (
    Delivery,
    DeliveryKind,
    Outcome,
    Rejected,
    ReplicaState,
    Replied,
    SystemOrigin,
)


def deliver_to_management(state: ReplicaState, delivery: Delivery) -> None:
    """A call reaches the management canister."""
    try:
        answer = _dispatch(state, delivery)
    except Refusal as refusal:
        answer = Answer(refusal.rejected, delivery.cycles)
    if answer is not None:
        if isinstance(answer.outcome, Replied):
            _charge_delayed_fee(state, delivery)
        transport.respond(state, delivery.origin, answer.outcome, answer.refund)


def _charge_delayed_fee(state: ReplicaState, delivery: Delivery) -> None:
    """Small changes of settings are paid for afterwards, if they can be: they may unfreeze."""
    is_delayed = (
        delivery.kind is DeliveryKind.INGRESS
        and delivery.method == "update_settings"
        and len(delivery.payload) <= DELAYED_FEE_BYTES_MAX
    )
    if is_delayed:
        canister_id = cast(Principal, _decode(delivery.method, delivery.payload)["canister_id"])
        cycles = ingress_cycles(len(delivery.method) + len(delivery.payload))
        charges.pay(state, state.canisters[canister_id], charges.INGRESS, cycles)


def query_management(
    state: ReplicaState, method: str, argument: bytes, sender: Principal, *, is_ingress: bool
) -> Outcome:
    """Answer a query call of the management canister, by a user or in a composite query."""
    try:
        found = _method(method)
        if not found.is_query:
            raise refusal_by(536, f"Query method {method} not found.")
        call = ManagementCall(
            state=state,
            method=method,
            fields=_decode(method, argument),
            sender=sender,
            is_ingress=is_ingress,
            is_query=True,
            cycles=0,
            origin=SystemOrigin(),
        )
        answer = found.run(call)
    except Refusal as refusal:
        return refusal.rejected
    assert answer is not None
    return answer.outcome


def inspect_management_call(
    state: ReplicaState, method: str, argument: bytes, sender: Principal
) -> Rejected | None:
    """Whether a user's call is let in at all: None, or why not.

    As on the platform, where calls that cannot succeed do not become messages.
    """
    try:
        if _method(method).is_for_canisters:
            raise refusal_by(406, f"Only canisters can call ic00 method {method}")
        call = ManagementCall(
            state=state,
            method=method,
            fields=_decode(method, argument),
            sender=sender,
            is_ingress=True,
            is_query=False,
            cycles=0,
            origin=SystemOrigin(),
        )
        subject = _SUBJECTS.get(method)
        if subject is not None:
            canister = call.canister(subject)
            if not call.controls(canister) and not call.is_by_admin:
                raise not_controller(canister, sender)
    except Refusal as refusal:
        return refusal.rejected
    return None


def _dispatch(state: ReplicaState, delivery: Delivery) -> Answer | None:
    method = _method(delivery.method)
    is_ingress = delivery.kind is DeliveryKind.INGRESS
    if method.is_for_canisters and is_ingress:
        raise refusal_by(406, f"Only canisters can call ic00 method {delivery.method}")
    if method.is_only_query:
        message = f"{delivery.method} API is only accessible in non-replicated mode"
        raise refusal_by(406, message)
    fields = _decode(delivery.method, delivery.payload)
    version = fields.get("sender_canister_version")
    if not is_ingress and version is not None and version != delivery.sender_version:
        message = (
            f"sender_canister_version is {version}, but the canister's version at the time of the "
            f"call was {delivery.sender_version}"
        )
        raise refusal_by(408, message)
    return method.run(
        ManagementCall(
            state=state,
            method=delivery.method,
            fields=fields,
            sender=delivery.sender,
            is_ingress=is_ingress,
            is_query=False,
            cycles=delivery.cycles,
            origin=delivery.origin,
        )
    )


def _method(name: str) -> Method:
    method = _METHODS.get(name)
    if method is not None:
        return method
    if name.startswith("bitcoin_") and is_management_method(name):
        raise refusal_by(407, f"{name}: the embedded replica has no Bitcoin network")
    if is_management_method(name):
        raise refusal_by(407, f"Management method '{name}' is not in the embedded replica")
    raise refusal_by(407, f"Management canister has no method '{name}'")


def _decode(method: str, argument: bytes) -> Fields:
    try:
        return decode_argument(method, argument)
    except DecodeError as error:
        raise refusal_by(408, f"Error decoding candid: {error}") from error


def management_methods() -> MethodTable:
    """The methods that there are, by name."""
    return dict(_METHODS)


_SUBJECTS: Final = {
    **dict.fromkeys(
        (
            *("update_settings", "start_canister", "stop_canister", "uninstall_code"),
            *("delete_canister", "install_code", "upload_chunk", "clear_chunk_store"),
            *("take_canister_snapshot", "load_canister_snapshot", "delete_canister_snapshot"),
            *("upload_canister_snapshot_metadata", "upload_canister_snapshot_data"),
        ),
        "canister_id",
    ),
    "install_chunked_code": "target_canister",
}
"""Methods that only controllers may call, and the field with the canister's id."""

_METHODS: MethodTable = {
    **management_canisters.METHODS,
    **management_code.METHODS,
    **management_chunks.METHODS,
    **management_snapshots.METHODS,
    **management_http.METHODS,
    **management_keys.METHODS,
    **management_views.METHODS,
}
