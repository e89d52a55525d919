"""Management methods about whole canisters: create, change settings, start, stop, delete, cycles.

Interface Spec, "The IC management canister".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from scm.model import Principal
from scm.replica import charges, lifecycle, transitions
from scm.replica.fees import CREATE_CANISTER_CYCLES
from scm.replica.management_calls import (
    Answer,
    ManagementCall,
    Method,
    MethodTable,
    Refusal,
    refusal_by,
)
from scm.replica.settings import (
    InvalidSettings,
    Settings,
    changed_settings,
    wanted_controllers,
)
from scm.replica.state import CanisterState, CanisterStatus

PROVISIONAL_CYCLES: Final = 100_000_000_000_000

_CANISTER_ID_END: Final = b"\x01\x01"
_CANISTER_ID_BYTES: Final = 10


def _create_canister(call: ManagementCall) -> Answer:
    if call.is_ingress:
        if not call.is_by_admin:
            raise refusal_by(406, f"Only canisters can call ic00 method {call.method}")
        # Administrators of a subnet create canisters there without cycles.
        return _answer(call, _created(call, 0))
    if call.cycles < CREATE_CANISTER_CYCLES:
        raise refusal_by(
            403,
            f"Creating a canister requires a fee of {CREATE_CANISTER_CYCLES} that is deducted "
            f"from the canister's initial balance but only {call.cycles} cycles were received "
            "with the create_canister request.",
        )
    canister = _created(call, call.cycles - CREATE_CANISTER_CYCLES)
    transitions.note_spent(call.state, canister, "canister_creation", CREATE_CANISTER_CYCLES)
    return _answer(call, canister)


def _provisional_create_canister_with_cycles(call: ManagementCall) -> Answer:
    amount = cast("int | None", call.fields["amount"])
    cycles = PROVISIONAL_CYCLES if amount is None else amount
    canister = _created(call, cycles, canister_id=_specified_id(call))
    return _answer(call, canister, refund=call.cycles)


def _specified_id(call: ManagementCall) -> Principal | None:
    wanted = cast("Principal | None", call.fields["specified_id"])
    if wanted is None:
        return None
    if len(wanted.raw) != _CANISTER_ID_BYTES or not wanted.raw.endswith(_CANISTER_ID_END):
        message = f"Unsuccessful validation of specified ID: {wanted} is not a canister id"
        raise refusal_by(405, message)
    if wanted in call.state.canisters or wanted in call.state.deleted_ids:
        message = f"Unsuccessful canister creation: canister id {wanted} already exists."
        raise refusal_by(205, message)
    return wanted


def _answer(call: ManagementCall, canister: CanisterState, *, refund: int = 0) -> Answer:
    return call.replied(({"canister_id": canister.canister_id},), refund)


def _created(
    call: ManagementCall, cycles: int, *, canister_id: Principal | None = None
) -> CanisterState:
    wanted = cast("Mapping[str, object] | None", call.fields["settings"])
    settings, controllers = Settings(), None
    if wanted is not None:
        settings, controllers = _checked_settings(settings, wanted)
        empty = CanisterState(Principal.management_canister(), (), cycles)
        rejected = charges.refuse_settings(call.state, empty, settings)
        if rejected is not None:
            raise Refusal(rejected)
    return transitions.create_canister(
        call.state,
        (call.sender,) if controllers is None else controllers,
        cycles,
        settings=settings,
        canister_id=canister_id,
        origin=call.change_origin,
    )


def _update_settings(call: ManagementCall) -> Answer:
    canister = call.controlled()
    wanted = cast("Mapping[str, object]", call.fields["settings"])
    settings, controllers = _checked_settings(canister.settings, wanted)
    rejected = charges.refuse_settings(call.state, canister, settings)
    if rejected is not None:
        raise Refusal(rejected)
    transitions.change_settings(call.state, canister, call.change_origin, settings, controllers)
    return call.done()


def _checked_settings(
    settings: Settings, wanted: Mapping[str, object]
) -> tuple[Settings, tuple[Principal, ...] | None]:
    try:
        return changed_settings(settings, wanted), wanted_controllers(wanted)
    except InvalidSettings as invalid:
        raise refusal_by(invalid.error_code, invalid.message) from invalid


def _start_canister(call: ManagementCall) -> Answer:
    lifecycle.start(call.state, call.controlled(also_admin=True))
    return call.done()


def _stop_canister(call: ManagementCall) -> None:
    lifecycle.begin_stop(call.state, call.controlled(also_admin=True), call.origin, call.cycles)


def _uninstall_code(call: ManagementCall) -> Answer:
    lifecycle.uninstall(call.state, call.controlled(also_admin=True), call.change_origin)
    return call.done()


def _delete_canister(call: ManagementCall) -> Answer:
    canister = call.controlled(also_admin=True)
    canister_id = canister.canister_id
    if call.sender == canister_id:
        raise refusal_by(512, f"Canister {canister_id} cannot delete itself.")
    if canister.status is not CanisterStatus.STOPPED:
        raise refusal_by(510, f"Canister {canister_id} must be stopped before it is deleted.")
    if _has_messages(call, canister):
        raise refusal_by(
            203,
            f"Canister {canister_id} has messages in its queues and cannot be deleted now. Please "
            "retry after some time.",
        )
    transitions.delete_canister(call.state, canister)
    return call.done()


def _has_messages(call: ManagementCall, canister: CanisterState) -> bool:
    state = call.state
    places = (state.canister_queue, state.ingress_queue, *(hold.parked for hold in state.holds))
    return any(delivery.receiver == canister.canister_id for place in places for delivery in place)


def _deposit_cycles(call: ManagementCall) -> Answer:
    transitions.add_cycles(call.canister(), call.cycles)
    return call.replied((), 0)


def _provisional_top_up_canister(call: ManagementCall) -> Answer:
    amount = call.fields["amount"]
    assert isinstance(amount, int)
    transitions.add_cycles(call.canister(), amount)
    return call.done()


METHODS: Final[MethodTable] = {
    "create_canister": Method(_create_canister),
    "update_settings": Method(_update_settings),
    "start_canister": Method(_start_canister),
    "stop_canister": Method(_stop_canister),
    "uninstall_code": Method(_uninstall_code),
    "delete_canister": Method(_delete_canister),
    "deposit_cycles": Method(_deposit_cycles, is_for_canisters=True),
    "provisional_create_canister_with_cycles": Method(_provisional_create_canister_with_cycles),
    "provisional_top_up_canister": Method(_provisional_top_up_canister),
}
