"""Candid types of the management canister's methods that the embedded replica has.

Interface Spec, "The IC management canister" (`ic.did`).
"""

from __future__ import annotations

from typing import Final

from scm.candid.types import (
    BLOB,
    BOOL,
    NAT,
    NAT64,
    NULL,
    PRINCIPAL,
    TEXT,
    Field,
    Opt,
    Record,
    Type,
    Variant,
    Vec,
)


def _record(**fields: Type) -> Record:
    return Record([Field(name, type) for name, type in fields.items()])


def _variant(**tags: Type) -> Variant:
    return Variant([Field(name, type) for name, type in tags.items()])


_VISIBILITY: Final = _variant(controllers=NULL, public=NULL, allowed_viewers=Vec(PRINCIPAL))
_ENVIRONMENT: Final = Vec(_record(name=TEXT, value=TEXT))

_SETTING_TYPES: Final[dict[str, Type]] = {
    "controllers": Vec(PRINCIPAL),
    "compute_allocation": NAT,
    "memory_allocation": NAT,
    "freezing_threshold": NAT,
    "reserved_cycles_limit": NAT,
    "minimum_incoming_canister_call_cycles": NAT,
    "log_visibility": _VISIBILITY,
    "snapshot_visibility": _VISIBILITY,
    "status_visibility": _VISIBILITY,
    "wasm_memory_limit": NAT,
    "wasm_memory_threshold": NAT,
    "environment_variables": _ENVIRONMENT,
}

CANISTER_ID: Final = _record(canister_id=PRINCIPAL)
SETTINGS: Final = Record([Field(name, Opt(type)) for name, type in _SETTING_TYPES.items()])
DEFINITE_SETTINGS: Final = Record([Field(name, type) for name, type in _SETTING_TYPES.items()])

CREATE_ARGUMENT: Final = _record(settings=Opt(SETTINGS), sender_canister_version=Opt(NAT64))
UPDATE_SETTINGS_ARGUMENT: Final = _record(
    canister_id=PRINCIPAL, settings=SETTINGS, sender_canister_version=Opt(NAT64)
)
INSTALL_ARGUMENT: Final = _record(
    mode=_variant(
        install=NULL,
        reinstall=NULL,
        upgrade=Opt(
            _record(
                skip_pre_upgrade=Opt(BOOL),
                wasm_memory_persistence=Opt(_variant(keep=NULL, replace=NULL)),
            )
        ),
    ),
    canister_id=PRINCIPAL,
    wasm_module=BLOB,
    arg=BLOB,
    sender_canister_version=Opt(NAT64),
)
STATUS_RESULT: Final = _record(
    status=_variant(running=NULL, stopping=NULL, stopped=NULL),
    ready_for_migration=BOOL,
    version=NAT64,
    settings=DEFINITE_SETTINGS,
    module_hash=Opt(BLOB),
    memory_size=NAT,
    memory_metrics=_record(
        wasm_memory_size=NAT,
        stable_memory_size=NAT,
        global_memory_size=NAT,
        wasm_binary_size=NAT,
        custom_sections_size=NAT,
        canister_history_size=NAT,
        wasm_chunk_store_size=NAT,
        snapshots_size=NAT,
    ),
    cycles=NAT,
    reserved_cycles=NAT,
    idle_cycles_burned_per_day=NAT,
    query_stats=_record(
        num_calls_total=NAT,
        num_instructions_total=NAT,
        request_payload_bytes_total=NAT,
        response_payload_bytes_total=NAT,
    ),
)
RANDOM_RESULT: Final = BLOB
