"""Modules larger than a message: installed by chunks over HTTP, resumed wherever they stopped."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest

from scm.client.chunks import (
    CHUNK_BYTES,
    STORE_CHUNKS_MAX,
    install_chunked_message,
    split_module,
    stored_hashes,
    upload_chunks,
)
from scm.client.identities import KeyIdentity, new_key
from scm.client.installing import install_module, read_module_hash
from scm.client.management import manage, message_for
from scm.client.network import Network
from scm.errors import ConfigurationError, RejectError
from scm.model import Principal
from scm.network.server import LocalNetwork
from scm.testing.wat import WatCanister
from scm.wasm.custom import custom_section
from scm.wasm.module import encode_module, parse_module

SMALL = WatCanister().build()


def large_module(size_bytes: int, seed: int = 0) -> bytes:
    """A module that does nothing, with so many bytes in a section that nobody reads."""
    filling = custom_section(
        "filling", random.Random(seed).randbytes(size_bytes - len(SMALL) - 100)
    )
    return encode_module(parse_module(SMALL).appending([filling]))


LARGE = large_module(3_000_000)
COUNT = len(split_module(LARGE))


class InterruptedUploadError(Exception):
    """The user has had enough."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A network, and somebody who is no one else."""
    with (
        LocalNetwork(tmp_path_factory.mktemp("network") / "state") as server,
        Network(server.url, KeyIdentity(new_key("ed25519"))) as network,
    ):
        yield network


@pytest.fixture
def canister_id(network: Network) -> Principal:
    """An empty canister."""
    return network.create_canister()


def test_a_module_of_3_mb_is_installed_by_chunks(network: Network, canister_id: Principal) -> None:
    steps: list[tuple[int, int]] = []
    install_module(
        network.agent,
        canister_id,
        LARGE,
        b"",
        mode="install",
        tell=lambda done, count: steps.append((done, count)),
    )
    assert steps == [(done, COUNT) for done in range(COUNT + 1)]
    assert read_module_hash(network.agent, canister_id) == hashlib.sha256(LARGE).digest()
    # Chunks cost cycles: none is left.
    assert stored_hashes(network.agent, canister_id) == set()


@pytest.mark.parametrize("after", range(COUNT + 1))
def test_an_upload_that_stops_after_any_chunk_goes_on_there(
    network: Network, canister_id: Principal, after: int
) -> None:
    def stop(done: int, _count: int) -> None:
        if done == after:
            raise InterruptedUploadError

    with pytest.raises(InterruptedUploadError):
        install_module(network.agent, canister_id, LARGE, b"", mode="install", tell=stop)
    assert read_module_hash(network.agent, canister_id) is None
    steps: list[int] = []
    install_module(
        network.agent,
        canister_id,
        LARGE,
        b"",
        mode="install",
        tell=lambda done, _count: steps.append(done),
    )
    assert steps == list(range(after, COUNT + 1))
    assert read_module_hash(network.agent, canister_id) == hashlib.sha256(LARGE).digest()


def test_an_upload_that_stops_leaves_the_old_code(network: Network, canister_id: Principal) -> None:
    agent = network.agent
    install_module(agent, canister_id, SMALL, b"", mode="install")

    def stop(done: int, _count: int) -> None:
        if done == 1:
            raise InterruptedUploadError

    with pytest.raises(InterruptedUploadError):
        install_module(agent, canister_id, LARGE, b"", mode="upgrade", tell=stop)
    assert read_module_hash(agent, canister_id) == hashlib.sha256(SMALL).digest()
    install_module(agent, canister_id, LARGE, b"", mode="upgrade")
    assert read_module_hash(agent, canister_id) == hashlib.sha256(LARGE).digest()


def test_a_wrong_hash_is_refused_before_anything_is_sent(
    network: Network, canister_id: Principal
) -> None:
    with pytest.raises(ConfigurationError, match="the module has the hash"):
        install_module(
            network.agent, canister_id, LARGE, b"", mode="install", module_hash=bytes(32)
        )
    assert stored_hashes(network.agent, canister_id) == set()


@pytest.mark.parametrize("change", ["hash", "order", "missing"])
def test_the_network_refuses_chunks_that_do_not_make_the_module(
    network: Network, canister_id: Principal, change: str
) -> None:
    agent, chunks = network.agent, split_module(LARGE)
    upload_chunks(agent, canister_id, chunks, lambda _done, _count: None)
    module_hash = hashlib.sha256(LARGE).digest()
    match change:
        case "hash":
            module_hash = hashlib.sha256(b"another").digest()
        case "order":
            chunks.reverse()
        case _:
            chunks.pop()
    message = install_chunked_message("install", canister_id, chunks, module_hash, b"")
    with pytest.raises(RejectError, match="hash"):
        agent.call(message)
    assert read_module_hash(agent, canister_id) is None


def test_chunks_of_others_stay(network: Network, canister_id: Principal) -> None:
    foreign = hashlib.sha256(b"foreign").digest()
    manage(
        network.agent,
        "upload_chunk",
        about=canister_id,
        canister_id=canister_id,
        chunk=b"foreign",
    )
    install_module(network.agent, canister_id, LARGE, b"", mode="install")
    assert foreign in stored_hashes(network.agent, canister_id)


def test_a_store_that_is_full_of_something_else_is_cleared(
    network: Network, canister_id: Principal
) -> None:
    for number in range(STORE_CHUNKS_MAX - 1):
        chunk = bytes([number])
        fields = {"canister_id": canister_id, "chunk": chunk}
        network.agent.call(message_for("upload_chunk", canister_id, **fields))
    install_module(network.agent, canister_id, LARGE, b"", mode="install")
    assert read_module_hash(network.agent, canister_id) == hashlib.sha256(LARGE).digest()


def test_modules_have_chunks_of_the_largest_size() -> None:
    chunks = split_module(LARGE)
    assert [len(chunk.content) for chunk in chunks[:-1]] == [CHUNK_BYTES] * (COUNT - 1)
    assert b"".join(chunk.content for chunk in chunks) == LARGE
