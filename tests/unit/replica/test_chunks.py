"""The chunk store and what is installed from it.  Interface Spec, "IC method upload_chunk" to
"install_chunked_code".
"""

from __future__ import annotations

import hashlib

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.management_chunks import CHUNKS_MAX
from scm.replica.replica import Replica
from scm.replica.snapshot import CHUNK_BYTES_MAX
from scm.testing.client import RejectError
from scm.testing.management import manage
from scm.testing.relay import Relay
from scm.testing.wat import WatCanister

SOMEONE = Principal(b"someone")
MODULE = WatCanister().build()
HALVES = (MODULE[:100], MODULE[100:])


def hash_of(chunk: bytes) -> dict[str, bytes]:
    return {"hash": hashlib.sha256(chunk).digest()}


@pytest.fixture
def store(replica: Replica) -> Principal:
    """A canister with the halves of a module."""
    canister_id = replica.create_canister()
    for chunk in HALVES:
        uploaded = manage(replica, "upload_chunk", canister_id=canister_id, chunk=chunk)
        assert uploaded == hash_of(chunk)
    return canister_id


def install(
    replica: Replica,
    target: Principal,
    *,
    store: Principal | None = None,
    chunks: tuple[bytes, ...] = HALVES,
    sender: Principal | None = None,
    module: bytes = MODULE,
) -> None:
    manage(
        replica,
        "install_chunked_code",
        sender=sender,
        mode=VariantValue("install"),
        target_canister=target,
        store_canister=store,
        chunk_hashes_list=[hash_of(chunk) for chunk in chunks],
        wasm_module_hash=hashlib.sha256(module).digest(),
        arg=b"",
    )


def test_stored_chunks_are_listed_and_cleared(replica: Replica, store: Principal) -> None:
    listed = manage(replica, "stored_chunks", canister_id=store)
    assert isinstance(listed, list)
    assert sorted(item["hash"] for item in listed) == sorted(
        hash_of(chunk)["hash"] for chunk in HALVES
    )
    manage(replica, "clear_chunk_store", canister_id=store)
    assert manage(replica, "stored_chunks", canister_id=store) == []


def test_canister_may_use_its_own_store(replica: Replica, relay: Relay) -> None:
    me = relay.canister_id
    replica.set_controllers(me, [])
    assert relay.manage("upload_chunk", canister_id=me, chunk=b"x") == hash_of(b"x")
    assert relay.manage("stored_chunks", canister_id=me) == [hash_of(b"x")]


def test_same_chunk_is_stored_once(replica: Replica) -> None:
    canister_id = replica.create_canister()
    for _ in range(2):
        manage(replica, "upload_chunk", canister_id=canister_id, chunk=b"x")
    assert manage(replica, "stored_chunks", canister_id=canister_id) == [hash_of(b"x")]


def test_chunk_has_at_most_1_mib(replica: Replica) -> None:
    canister_id = replica.create_canister()
    manage(replica, "upload_chunk", canister_id=canister_id, chunk=bytes(CHUNK_BYTES_MAX))
    with pytest.raises(RejectError) as caught:
        manage(replica, "upload_chunk", canister_id=canister_id, chunk=bytes(CHUNK_BYTES_MAX + 1))
    assert caught.value.error_code == "IC0504"
    expected = "Wasm chunk size 1048577 exceeds the maximum chunk size of 1048576"
    assert expected in caught.value.message


def test_store_has_at_most_100_chunks(replica: Replica) -> None:
    canister_id = replica.create_canister()
    for number in range(CHUNKS_MAX):
        manage(replica, "upload_chunk", canister_id=canister_id, chunk=bytes([number]))
    manage(replica, "upload_chunk", canister_id=canister_id, chunk=b"\0")
    with pytest.raises(RejectError, match="maximum number of entries, 100") as caught:
        manage(replica, "upload_chunk", canister_id=canister_id, chunk=b"one more")
    assert caught.value.error_code == "IC0504"


def test_store_survives_all_but_uninstalling(replica: Replica, store: Principal) -> None:
    # "The store survives install, upgrade and reinstall; cleared by uninstall."
    install(replica, store)
    replica.install(store, MODULE, mode="reinstall")
    replica.install(store, MODULE, mode="upgrade")
    assert manage(replica, "stored_chunks", canister_id=store) != []
    replica.uninstall(store)
    assert manage(replica, "stored_chunks", canister_id=store) == []


def test_module_is_installed_from_its_chunks(replica: Replica, store: Principal) -> None:
    install(replica, store)
    assert replica.canister(store).module_hash == hashlib.sha256(MODULE).digest()


def test_chunks_may_come_from_another_canister(replica: Replica, store: Principal) -> None:
    target = replica.create_canister()
    install(replica, target, store=store)
    assert replica.canister(target).module_hash == hashlib.sha256(MODULE).digest()


def test_caller_must_control_both_canisters(replica: Replica, store: Principal) -> None:
    target = replica.create_canister([SOMEONE])
    for sender in (None, SOMEONE):
        with pytest.raises(RejectError) as caught:
            install(replica, target, store=store, sender=sender)
        assert caught.value.error_code == "IC0512"
    missing = Principal(b"missing")
    with pytest.raises(RejectError) as caught:
        install(replica, store, store=missing)
    assert caught.value.error_code == "IC0301"


def test_missing_chunk_is_named(replica: Replica, store: Principal) -> None:
    with pytest.raises(RejectError, match="was not found") as caught:
        install(replica, store, chunks=(b"other",))
    assert caught.value.error_code == "IC0504"


def test_hash_of_the_whole_must_be_right(replica: Replica, store: Principal) -> None:
    with pytest.raises(RejectError, match="does not match given hash") as caught:
        install(replica, store, chunks=HALVES[::-1])
    assert caught.value.error_code == "IC0504"
    assert replica.canister(store).module_hash is None
