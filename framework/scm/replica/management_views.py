"""Management methods that tell something and change nothing (but the source of randomness).

Interface Spec, "IC method canister_status" and following.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final, cast

from scm.model import Principal
from scm.replica.canister_status import CYCLES_USES, status_values
from scm.replica.history import change_values
from scm.replica.management_calls import (
    Answer,
    ManagementCall,
    Method,
    MethodTable,
    not_authorized,
    not_controller,
    refusal_by,
)

LOG_REPLY_BYTES_MAX: Final = 4 * 1024

_RANDOM_BYTES: Final = 32
_REPLICA_VERSION: Final = "scm-embedded-replica"


def _canister_status(call: ManagementCall) -> Answer:
    canister = call.canister()
    is_allowed = (
        call.controls(canister)
        or call.sender == canister.canister_id
        or call.is_by_admin
        or canister.settings.status_visibility.shows_to(call.sender)
    )
    if not is_allowed:
        raise not_controller(canister, call.sender)
    return call.done(status_values(canister, has_fees=call.state.has_fees))


def _canister_metrics(call: ManagementCall) -> Answer:
    canister = call.controlled(also_admin=True)
    uses = {use: canister.cycles_consumed[use] for use in CYCLES_USES}
    return call.done({"cycles_consumed": uses})


def _canister_info(call: ManagementCall) -> Answer:
    canister = call.canister()
    wanted = cast("int | None", call.fields["num_requested_changes"]) or 0
    changes = canister.history.changes
    recent = changes[max(len(changes) - wanted, 0) :]
    return call.done(
        {
            "total_num_changes": canister.history.count,
            "recent_changes": [change_values(change) for change in recent],
            "module_hash": None if canister.code is None else canister.code.module.module_hash,
            "controllers": list(canister.controllers),
        }
    )


def _canister_metadata(call: ManagementCall) -> Answer:
    canister = call.canister()
    if canister.code is None:
        raise refusal_by(
            406,
            f"The canister {canister.canister_id} has no Wasm module and hence no metadata is "
            "available.",
        )
    name = cast(str, call.fields["name"])
    sections = canister.code.module.custom_sections
    value = sections.get(f"icp:public {name}")
    if value is None:
        value = sections.get(f"icp:private {name}")
        if value is not None and not call.controls(canister):
            raise not_authorized()
    if value is None:
        raise refusal_by(
            406,
            f"The canister {canister.canister_id} has no metadata section with the name {name}.",
        )
    return call.done({"value": value})


def _fetch_canister_logs(call: ManagementCall) -> Answer:
    canister = call.canister()
    visibility = canister.settings.log_visibility
    if not call.controls(canister) and not visibility.shows_to(call.sender):
        message = f"Caller {call.sender} is not allowed to access canister logs"
        raise refusal_by(406, message)
    kept: list[dict[str, object]] = []
    size_bytes = 0
    for record in reversed(canister.logs):
        # Records are kept whole here; one that alone is too long is cut.
        content = record.content[:LOG_REPLY_BYTES_MAX]
        size_bytes += len(content)
        if size_bytes > LOG_REPLY_BYTES_MAX:
            break
        kept.append({"idx": record.index, "timestamp_nanos": record.time_ns, "content": content})
    return call.done({"canister_log_records": kept[::-1]})


def _list_canisters(call: ManagementCall) -> Answer:
    if not call.is_by_admin:
        raise not_authorized()
    numbers = sorted(int.from_bytes(item.raw[:8], "big") for item in call.state.canisters)
    ranges = []
    # Consecutive numbers differ from their positions by the same amount.
    for _, group in groupby(enumerate(numbers), lambda item: item[1] - item[0]):
        members = [number for _, number in group]
        ranges.append({"start": _canister_id(members[0]), "end": _canister_id(members[-1])})
    return call.done({"canisters": ranges})


def _canister_id(number: int) -> Principal:
    return Principal(number.to_bytes(8, "big") + b"\x01\x01")


def _subnet_info(call: ManagementCall) -> Answer:
    _check_subnet(call)
    return call.done({"replica_version": _REPLICA_VERSION, "registry_version": 0})


def _node_metrics_history(call: ManagementCall) -> Answer:
    _check_subnet(call)
    # There are no nodes here, and no blocks.
    return call.done([])


def _check_subnet(call: ManagementCall) -> None:
    subnet_id = call.fields["subnet_id"]
    only = Principal(call.state.root_key.subnet_id)
    if subnet_id != only:
        raise refusal_by(404, f"Subnet {subnet_id} not found; there is only {only}")


def _raw_rand(call: ManagementCall) -> Answer:
    return call.done(call.state.random.randbytes(_RANDOM_BYTES))


METHODS: Final[MethodTable] = {
    "canister_status": Method(_canister_status, is_query=True),
    "canister_metrics": Method(_canister_metrics, is_query=True),
    "canister_info": Method(_canister_info, is_for_canisters=True),
    "canister_metadata": Method(_canister_metadata, is_for_canisters=True),
    "fetch_canister_logs": Method(_fetch_canister_logs, is_query=True, is_only_query=True),
    "list_canisters": Method(_list_canisters, is_query=True, is_only_query=True),
    "subnet_info": Method(_subnet_info, is_for_canisters=True),
    "node_metrics_history": Method(_node_metrics_history, is_for_canisters=True),
    "raw_rand": Method(_raw_rand, is_for_canisters=True),
}
