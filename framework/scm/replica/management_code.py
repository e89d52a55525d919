"""Management methods that install code, whole or from chunks.

Interface Spec, "IC method install_code" and "IC method install_chunked_code".
"""

from __future__ import annotations

import hashlib
from typing import Final, cast

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.install import InstallMode, InstallRequest, MemoryPersistence, install_code
from scm.replica.management_calls import (
    Answer,
    Fields,
    ManagementCall,
    Method,
    MethodTable,
    not_controller,
)
from scm.replica.management_chunks import chunk_store_error
from scm.replica.state import CanisterState


def _install_code(call: ManagementCall) -> Answer:
    canister_id = cast(Principal, call.fields["canister_id"])
    return _install(call, canister_id, cast(bytes, call.fields["wasm_module"]))


def _install_chunked_code(call: ManagementCall) -> Answer:
    target = call.canister("target_canister")
    if not call.controls(target):
        raise not_controller(target, call.sender)
    has_store = call.fields["store_canister"] is not None
    store = call.canister("store_canister") if has_store else target
    if not call.controls(store) and call.sender != store.canister_id:
        raise not_controller(store, call.sender)
    return _install(call, target.canister_id, _assemble(call, store))


def _assemble(call: ManagementCall, store: CanisterState) -> bytes:
    chunks = []
    for item in cast("list[dict[str, bytes]]", call.fields["chunk_hashes_list"]):
        chunk = store.chunk_store.get(item["hash"])
        if chunk is None:
            raise chunk_store_error(f"Chunk hash {item['hash'].hex()} was not found")
        chunks.append(chunk)
    module = b"".join(chunks)
    wanted = cast(bytes, call.fields["wasm_module_hash"])
    actual = hashlib.sha256(module).digest()
    if actual != wanted:
        message = f"Wasm module hash {actual.hex()} does not match given hash {wanted.hex()}"
        raise chunk_store_error(message)
    return module


def _install(call: ManagementCall, canister_id: Principal, wasm: bytes) -> Answer:
    mode = call.fields["mode"]
    assert isinstance(mode, VariantValue)
    options = cast(Fields, mode.value or {})
    persistence = options.get("wasm_memory_persistence")
    request = InstallRequest(
        canister_id=canister_id,
        wasm=wasm,
        argument=cast(bytes, call.fields["arg"]),
        mode=InstallMode(str(mode.tag)),
        sender=call.sender,
        skip_pre_upgrade=bool(options.get("skip_pre_upgrade")),
        memory_persistence=(
            MemoryPersistence(str(persistence.tag))
            if isinstance(persistence, VariantValue)
            else None
        ),
        origin=call.change_origin,
    )
    rejected = install_code(call.state, request)
    return call.done() if rejected is None else Answer(rejected, call.cycles)


METHODS: Final[MethodTable] = {
    "install_code": Method(_install_code),
    "install_chunked_code": Method(_install_chunked_code),
}
