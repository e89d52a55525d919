"""Modules that are larger than a message: uploaded in chunks, then installed by their hashes.

Interface Spec, "IC method upload_chunk" to "install_chunked_code".  What is stored already is not
sent again, so an upload that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen

from scm.candid.values import VariantValue
from scm.client.agent import Agent
from scm.client.management import InstallMode, manage, message_for
from scm.client.requests import Message
from scm.errors import NetworkError
from scm.model import Principal

CHUNK_BYTES: Final = 1024 * 1024  # Interface Spec, "IC method upload_chunk"
STORE_CHUNKS_MAX: Final = 100
MESSAGE_MODULE_BYTES_MAX: Final = 1_800_000
"""A module up to this size goes in one message, which has 2 MiB with all that is around it."""

Tell = Callable[[int, int], None]
"""Hears how many chunks of how many are stored."""


@frozen
class Chunk:
    """A part of a module."""

    hash: bytes
    content: bytes


def split_module(wasm: bytes) -> list[Chunk]:
    """The chunks of a module, in order."""
    parts = [wasm[start : start + CHUNK_BYTES] for start in range(0, len(wasm), CHUNK_BYTES)]
    return [Chunk(hashlib.sha256(part).digest(), part) for part in parts]


def stored_hashes(agent: Agent, canister_id: Principal) -> set[bytes]:
    """What a canister's store of chunks has."""
    rows = manage(agent, "stored_chunks", about=canister_id, canister_id=canister_id)
    return {row["hash"] for row in rows}


def upload_chunks(
    agent: Agent, canister_id: Principal, chunks: Sequence[Chunk], tell: Tell
) -> None:
    """Store those chunks that are not there yet.

    Raises `NetworkError` if the network has stored something else than it was sent.
    """
    stored = stored_hashes(agent, canister_id)
    wanted = {chunk.hash for chunk in chunks}
    if len(stored | wanted) > STORE_CHUNKS_MAX:
        # Left from another module: an upload that ends clears the store.
        manage(agent, "clear_chunk_store", about=canister_id, canister_id=canister_id)
        stored = set()
    done = sum(1 for chunk in chunks if chunk.hash in stored)
    tell(done, len(chunks))
    for chunk in chunks:
        if chunk.hash in stored:
            continue
        reply = manage(
            agent,
            "upload_chunk",
            about=canister_id,
            canister_id=canister_id,
            chunk=chunk.content,
        )
        if reply["hash"] != chunk.hash:
            raise NetworkError(
                f"the network stored a chunk as {reply['hash'].hex()}, and it is"
                f" {chunk.hash.hex()}",
                "try again",
            )
        stored.add(chunk.hash)
        done += 1
        tell(done, len(chunks))


def install_chunked_message(
    mode: InstallMode,
    canister_id: Principal,
    chunks: Sequence[Chunk],
    module_hash: bytes,
    argument: bytes,
) -> Message:
    """The call that installs what was uploaded; the network compares the hash of the whole."""
    return message_for(
        "install_chunked_code",
        canister_id,
        mode=VariantValue(mode),
        target_canister=canister_id,
        store_canister=canister_id,
        chunk_hashes_list=[{"hash": chunk.hash} for chunk in chunks],
        wasm_module_hash=module_hash,
        arg=argument,
    )


def clear_chunks(agent: Agent, canister_id: Principal, chunks: Sequence[Chunk]) -> None:
    """Empty the store, which costs cycles, unless it has chunks of something else, too."""
    if stored_hashes(agent, canister_id) <= {chunk.hash for chunk in chunks}:
        manage(agent, "clear_chunk_store", about=canister_id, canister_id=canister_id)
