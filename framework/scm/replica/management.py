"""The management canister `aaaaa-aa`, for calls by canisters and users.

Interface Spec, "The IC management canister".  Methods and settings that it lacks reject by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, cast

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.errors import DecodeError
from scm.candid.types import Type
from scm.candid.values import VariantValue
from scm.model import Principal, RejectCode
from scm.replica import lifecycle, management_types, transitions, transport
from scm.replica.api_cycles import CREATE_CANISTER_CYCLES
from scm.replica.canister_status import status_values
from scm.replica.execute import canister_error
from scm.replica.install import InstallMode, InstallRequest, install_code
from scm.replica.state import (
    CanisterState,
    Delivery,
    DeliveryKind,
    Outcome,
    Rejected,
    ReplicaState,
    Replied,
)

CONTROLLERS_MAX: Final = 10  # Interface Spec, "IC method update_settings"

_RANDOM_BYTES: Final = 32
_Fields = dict[str, object]


@frozen
class _Answer:
    """An outcome, and the part of the attached cycles that goes back."""

    outcome: Outcome
    refund: int


@frozen
class _Method:
    """`run` gives None if the answer comes later."""

    argument: tuple[Type, ...]
    run: Callable[[ReplicaState, Delivery, _Fields], _Answer | None]
    is_for_canisters_only: bool = False


class _Refusal(Exception):  # noqa: N818 - carries a reject, is never seen outside
    def __init__(self, rejected: Rejected) -> None:
        self.rejected = rejected
        super().__init__(rejected.message)


def deliver_to_management(state: ReplicaState, delivery: Delivery) -> None:
    """A call reaches the management canister."""
    try:
        answer = _dispatch(state, delivery)
    except _Refusal as refusal:
        answer = _Answer(refusal.rejected, delivery.cycles)
    if answer is not None:
        transport.respond(state, delivery.origin, answer.outcome, answer.refund)


def _dispatch(state: ReplicaState, delivery: Delivery) -> _Answer | None:
    method = _METHODS.get(delivery.method)
    if method is None:
        raise _refusal(
            RejectCode.CANISTER_REJECT,
            407,
            f"Management canister has no method '{delivery.method}' in the embedded replica",
        )
    if method.is_for_canisters_only and delivery.kind is DeliveryKind.INGRESS:
        message = f"Only canisters can call ic00 method {delivery.method}"
        raise _refusal(RejectCode.CANISTER_REJECT, 406, message)
    try:
        arguments = decode(delivery.payload, method.argument)
    except DecodeError as error:
        message = f"Error decoding candid: {error}"
        raise _refusal(RejectCode.CANISTER_REJECT, 408, message) from error
    fields = cast("_Fields", arguments[0]) if arguments else {}
    return method.run(state, delivery, fields)


def _create_canister(state: ReplicaState, delivery: Delivery, fields: _Fields) -> _Answer:
    if delivery.cycles < CREATE_CANISTER_CYCLES:
        raise _refusal(
            RejectCode.CANISTER_REJECT,
            403,
            f"Creating a canister requires a fee of {CREATE_CANISTER_CYCLES} that is deducted "
            f"from the canister's initial balance but only {delivery.cycles} cycles were received "
            "with the create_canister request.",
        )
    controllers = _controllers(fields["settings"]) or (delivery.sender,)
    canister = transitions.create_canister(
        state, controllers, delivery.cycles - CREATE_CANISTER_CYCLES
    )
    result = {"canister_id": canister.canister_id}
    return _Answer(_reply((management_types.CANISTER_ID,), (result,)), 0)


def _update_settings(state: ReplicaState, delivery: Delivery, fields: _Fields) -> _Answer:
    canister = _controlled(state, delivery, fields)
    controllers = _controllers(fields["settings"])
    transitions.set_controllers(
        canister, canister.controllers if controllers is None else controllers
    )
    return _done(delivery)


def _install_code(state: ReplicaState, delivery: Delivery, fields: _Fields) -> _Answer:
    mode = fields["mode"]
    assert isinstance(mode, VariantValue)
    options = cast("_Fields", mode.value or {})
    persistence = options.get("wasm_memory_persistence")
    if isinstance(persistence, VariantValue) and persistence.tag == "keep":
        message = "wasm_memory_persistence `keep` is not supported by the embedded replica"
        raise _refusal(RejectCode.CANISTER_REJECT, 408, message)
    request = InstallRequest(
        canister_id=cast(Principal, fields["canister_id"]),
        wasm=cast(bytes, fields["wasm_module"]),
        argument=cast(bytes, fields["arg"]),
        mode=InstallMode(str(mode.tag)),
        sender=delivery.sender,
        skip_pre_upgrade=bool(options.get("skip_pre_upgrade")),
    )
    rejected = install_code(state, request)
    return _done(delivery) if rejected is None else _Answer(rejected, delivery.cycles)


def _uninstall_code(state: ReplicaState, delivery: Delivery, fields: _Fields) -> _Answer:
    lifecycle.uninstall(state, _controlled(state, delivery, fields))
    return _done(delivery)


def _start_canister(state: ReplicaState, delivery: Delivery, fields: _Fields) -> _Answer:
    lifecycle.start(state, _controlled(state, delivery, fields))
    return _done(delivery)


def _stop_canister(state: ReplicaState, delivery: Delivery, fields: _Fields) -> None:
    lifecycle.begin_stop(state, _controlled(state, delivery, fields), delivery.origin)


def _canister_status(state: ReplicaState, delivery: Delivery, fields: _Fields) -> _Answer:
    canister = _found(state, fields)
    if delivery.sender != canister.canister_id:
        _check_controller(canister, delivery)
    reply = _reply((management_types.STATUS_RESULT,), (status_values(canister),))
    return _Answer(reply, delivery.cycles)


def _deposit_cycles(state: ReplicaState, delivery: Delivery, fields: _Fields) -> _Answer:
    transitions.add_cycles(_found(state, fields), delivery.cycles)
    return _Answer(_reply((), ()), 0)


def _raw_rand(state: ReplicaState, delivery: Delivery, _fields: _Fields) -> _Answer:
    drawn = state.random.randbytes(_RANDOM_BYTES)
    return _Answer(_reply((management_types.RANDOM_RESULT,), (drawn,)), delivery.cycles)


def _controllers(settings: object) -> tuple[Principal, ...] | None:
    """The controllers that `settings` asks for; every other setting is refused by name."""
    if settings is None:
        return None
    fields = cast("_Fields", settings)
    for name, value in fields.items():
        if name != "controllers" and value is not None:
            message = f"setting `{name}` is not supported by the embedded replica"
            raise _refusal(RejectCode.CANISTER_REJECT, 408, message)
    controllers = fields["controllers"]
    if controllers is None:
        return None
    wanted = tuple(cast("list[Principal]", controllers))
    if len(wanted) > CONTROLLERS_MAX:
        message = f"{len(wanted)} controllers are over the limit of {CONTROLLERS_MAX}"
        raise _refusal(RejectCode.CANISTER_REJECT, 408, message)
    return wanted


def _controlled(state: ReplicaState, delivery: Delivery, fields: _Fields) -> CanisterState:
    canister = _found(state, fields)
    _check_controller(canister, delivery)
    return canister


def _found(state: ReplicaState, fields: _Fields) -> CanisterState:
    canister_id = cast(Principal, fields["canister_id"])
    canister = state.canisters.get(canister_id)
    if canister is None:
        message = f"Canister {canister_id} not found"
        raise _refusal(RejectCode.DESTINATION_INVALID, 301, message)
    return canister


def _check_controller(canister: CanisterState, delivery: Delivery) -> None:
    if delivery.sender not in canister.controllers:
        detail = f"Only the controllers can call `{delivery.method}`; {delivery.sender} is not one"
        raise _Refusal(canister_error(canister.canister_id, 512, detail))


def _refusal(code: int, error_code: int, message: str) -> _Refusal:
    return _Refusal(Rejected(code, message, f"IC{error_code:04d}"))


def _done(delivery: Delivery) -> _Answer:
    return _Answer(_reply((), ()), delivery.cycles)


def _reply(types: Sequence[Type], values: Sequence[object]) -> Replied:
    return Replied(encode(types, values))


_ONE_CANISTER: Final = (management_types.CANISTER_ID,)
_METHODS: Final = {
    "create_canister": _Method(
        (management_types.CREATE_ARGUMENT,), _create_canister, is_for_canisters_only=True
    ),
    "update_settings": _Method((management_types.UPDATE_SETTINGS_ARGUMENT,), _update_settings),
    "install_code": _Method((management_types.INSTALL_ARGUMENT,), _install_code),
    "uninstall_code": _Method(_ONE_CANISTER, _uninstall_code),
    "start_canister": _Method(_ONE_CANISTER, _start_canister),
    "stop_canister": _Method(_ONE_CANISTER, _stop_canister),
    "canister_status": _Method(_ONE_CANISTER, _canister_status),
    "deposit_cycles": _Method(_ONE_CANISTER, _deposit_cycles, is_for_canisters_only=True),
    "raw_rand": _Method((), _raw_rand, is_for_canisters_only=True),
}
