"""Management methods of the chunk store, where modules too large for one message are collected.

Interface Spec, "IC method upload_chunk" and following.
"""

from __future__ import annotations

import hashlib
from typing import Final, cast

from scm.replica import transitions
from scm.replica.fees import UPLOAD_CHUNK_INSTRUCTIONS
from scm.replica.management_calls import (
    Answer,
    ManagementCall,
    Method,
    MethodTable,
    Refusal,
    refusal_by,
)
from scm.replica.snapshot import CHUNK_BYTES_MAX

CHUNKS_MAX: Final = 100


def chunk_store_error(message: str) -> Refusal:
    """A refusal of the chunk store (IC0504)."""
    return refusal_by(504, f"Error from Wasm chunk store: {message}.")


def check_chunk(chunk: bytes, stored_count: int) -> None:
    """Refuse a chunk that is too big, or one too many."""
    if len(chunk) > CHUNK_BYTES_MAX:
        raise chunk_store_error(
            f"Wasm chunk size {len(chunk)} exceeds the maximum chunk size of {CHUNK_BYTES_MAX}"
        )
    if stored_count >= CHUNKS_MAX:
        raise chunk_store_error(
            "Wasm chunk store has already reached maximum capacity of "
            f"{CHUNKS_MAX * CHUNK_BYTES_MAX} bytes or the maximum number of entries, {CHUNKS_MAX}"
        )


def _upload_chunk(call: ManagementCall) -> Answer:
    canister = call.controlled(also_self=True)
    chunk = cast(bytes, call.fields["chunk"])
    chunk_hash = hashlib.sha256(chunk).digest()
    is_new = chunk_hash not in canister.chunk_store
    grown_bytes = CHUNK_BYTES_MAX if is_new else 0
    # What is checked comes before what is paid.
    if is_new:
        check_chunk(chunk, len(canister.chunk_store))
    call.charge_instructions(canister, UPLOAD_CHUNK_INSTRUCTIONS, grown_bytes=grown_bytes)
    if is_new:
        transitions.store_chunk(canister, chunk_hash, chunk)
    return call.done({"hash": chunk_hash})


def _stored_chunks(call: ManagementCall) -> Answer:
    canister = call.controlled(also_self=True)
    return call.done([{"hash": chunk_hash} for chunk_hash in sorted(canister.chunk_store)])


def _clear_chunk_store(call: ManagementCall) -> Answer:
    transitions.clear_chunk_store(call.controlled(also_self=True))
    return call.done()


METHODS: Final[MethodTable] = {
    "upload_chunk": Method(_upload_chunk),
    "stored_chunks": Method(_stored_chunks),
    "clear_chunk_store": Method(_clear_chunk_store),
}
