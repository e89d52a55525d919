"""Threshold keys.  Interface Spec, "IC method ecdsa_public_key" to "IC method vetkd_derive_key".

The derived keys are those that the platform's tool `ic-pub-key` gives, on the main net (from its
published master keys) and in PocketIC, whose master keys the replica has.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from coincurve import PublicKey, PublicKeyXOnly
from coincurve.ecdsa import cdata_to_der, deserialize_compact
from nacl.signing import VerifyKey
from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from scm.candid.values import VariantValue
from scm.model import Principal, RejectCode
from scm.replica import keys_ed25519, keys_secp256k1, keys_vetkd
from scm.replica.fees import KEY_CYCLES
from scm.replica.management_keys import PATH_LENGTH_MAX
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Replied
from scm.testing.client import RejectError
from scm.testing.management import manage
from scm.testing.relay import Relay
from scm.wasm.engine import text_to_wasm

MAINNET = Principal.from_text("h5jwf-5iaaa-aaaan-qmvoa-cai")
LOCAL = Principal.from_text("uzt4z-lp777-77774-qaabq-cai")
HELLO = [b"Hello", b"Threshold", b"Signatures"]


# Derivation from public keys of the main net.


@pytest.mark.parametrize(
    ("master", "path", "derived"),
    [
        (  # ECDSA
            "02f9ac345f6be6db51e1c5612cddb59e72c3d0d493c994d12035cf13257e3b1fa7",
            HELLO,
            "0315ae8bb8c6e9f78eec2167f5ac773067f37a39da1a1efbc585f9e90658d1c620",
        ),
        (
            "02121bc3a5c38f38ca76487c72007ebbfd34bc6c4cb80a671655aa94585bbd0a02",
            [b"Test", b"Derivation", b"For", b"Mainnet", b"ECDSA", b"secp256k1", b"key_1"],
            "03e99cc5403dfefbc1de767ab34b637ab93c11cecffe89d6475e9701cffa2d51b4",
        ),
        (  # BIP 340
            "037a651a2e5ef3d1ef63e84c4c4caa029fa4a43a347a91e4d84a8e846853d51be1",
            HELLO,
            "0237ca6a41c1db8ab40410445250a5d46fbec7f3e449c8f40f86d8622a4106cebd",
        ),
    ],
)
def test_secp256k1_is_derived_as_on_the_main_net(
    master: str, path: list[bytes], derived: str
) -> None:
    public, _, _ = keys_secp256k1.derive_public(bytes.fromhex(master), [MAINNET.raw, *path])
    assert public.hex() == derived


def test_ed25519_is_derived_as_on_the_main_net() -> None:
    master = bytes.fromhex("6c0824beb37621bcca6eecc237ed1bc4e64c9c59dcb85344aa7f9cc8278ee31f")
    public, _, _ = keys_ed25519.derive_public(master, [MAINNET.raw, *HELLO])
    expected = "d9a2ce6a3cd33fe16dce37e045609e51ff516e93bb51013823d6d7a915e3cfb9"
    assert public.hex() == expected


@pytest.mark.parametrize(
    ("context", "derived"),
    [
        (b"", "8b961f06d392367e84136088971c4808b434e5d6b928b60fa6177f811db9930e4f2a911ef517db40"),
        (
            b"context-string",
            "958a2700438db39cf848f99c80d4d1c0f42b5e6783c35abffe5acda4fdb09548a025fdf85aad8980",
        ),
    ],
)
def test_vetkd_is_derived_as_on_the_main_net(context: bytes, derived: str) -> None:
    master = bytes.fromhex(
        "ad86e8ff845912f022a0838a502d763fdea547c9948f8cb20ea7738dd52c1c38dcb4c6ca9ac29f9ac690fc5a"
        "d7681cb41922b8dffbd65d94bff141f5fb5b6624eccc03bf850f222052df888cf9b1e47203556d7522271cbb"
        "879b2ef4b8c2bfb1"
    )
    canister_id = Principal.from_text("urq22-tyaaa-aaaag-audia-cai")
    public, _ = keys_vetkd.derive_public(master, canister_id.raw, context)
    assert public.hex().startswith(derived)


@pytest.mark.parametrize("keys", [keys_secp256k1, keys_ed25519])
def test_derived_secret_belongs_to_the_derived_public_key(keys: Any) -> None:
    path = [b"one", b"two"]
    public, _, offset = keys.derive_public(keys.public_key(7), path)
    assert keys.public_key((7 + offset) % keys.ORDER) == public
    assert keys.public_key(keys.derive_secret(7, path)) == public


def test_bip340_signs_as_the_standards_test_vectors() -> None:
    # BIP 340, test vector 0: secret key 3, message and auxiliary randomness 0.
    expected = (
        "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215"
        "25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0"
    )
    assert keys_secp256k1.sign_bip340(3, bytes(32)).hex() == expected


# The management methods.


def key_id(field: str, kind: str, name: str) -> dict[str, object]:
    return {field: VariantValue(kind), "name": name}


ECDSA = key_id("curve", "secp256k1", "dfx_test_key")
BIP340 = key_id("algorithm", "bip340secp256k1", "key_1")
ED25519 = key_id("algorithm", "ed25519", "test_key_1")
VETKD = key_id("curve", "bls12_381_g2", "key_1")


def result_of(relay: Relay, method: str, **fields: Any) -> dict[str, bytes]:
    found = relay.manage(method, **fields)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("scheme", "kind", "name", "public"),
    [
        (
            "ECDSA secp256k1",
            "secp256k1",
            "key_1",
            "03bca84b5629dc70a37cadb5b3cda0bfc35abc5658f1d9bf8335b10199785a3836",
        ),
        (
            "ECDSA secp256k1",
            "secp256k1",
            "dfx_test_key",
            "03f005cf69911ae75f622ce0a621ccddba1a30ea1f6c3d67dd56acbbddb88a9374",
        ),
        (
            "Bip340secp256k1",
            "bip340secp256k1",
            "test_key_1",
            "029b3356b7f6070eb611f88a9a0ea1071131269ed4a6765ce8809796d048aafb33",
        ),
        (
            "Ed25519",
            "ed25519",
            "key_1",
            "41a958daab5eded78e32e06be097ff85563a0d71230114bf52cfb7d633110393",
        ),
        (
            "Ed25519",
            "ed25519",
            "dfx_test_key",
            "3e9346f7c29d9c3a651309edbf92afbe1ac2eb6c02f2d384f6c105a5b6e8c75f",
        ),
    ],
)
def test_public_keys_are_those_of_pocketic(
    relay: Relay, scheme: str, kind: str, name: str, public: str
) -> None:
    is_ecdsa = kind == "secp256k1"
    path = ["Test", "Derivation", "For", "PocketIC", *scheme.split(), name]
    found = result_of(
        relay,
        "ecdsa_public_key" if is_ecdsa else "schnorr_public_key",
        canister_id=LOCAL,
        derivation_path=[part.encode() for part in path],
        key_id=key_id("curve" if is_ecdsa else "algorithm", kind, name),
    )
    assert found["public_key"].hex() == public
    assert len(found["chain_code"]) == 32


def test_ecdsa_signature_is_verified_with_the_public_key(replica: Replica, relay: Relay) -> None:
    path = [b"a", b"b"]
    digest = hashlib.sha256(b"message").digest()
    signed = result_of(
        relay,
        "sign_with_ecdsa",
        cycles=KEY_CYCLES + 5,
        message_hash=digest,
        derivation_path=path,
        key_id=ECDSA,
    )
    # "canister_id": by default the caller.
    found = result_of(relay, "ecdsa_public_key", derivation_path=path, key_id=ECDSA)
    der = cdata_to_der(deserialize_compact(signed["signature"]))
    assert PublicKey(found["public_key"]).verify(der, digest, hasher=None)
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES - KEY_CYCLES


def sign_with_schnorr(relay: Relay, key: dict[str, object], message: bytes, **aux: Any) -> bytes:
    fields = {"derivation_path": [b"p"], "key_id": key}
    signed = result_of(
        relay, "sign_with_schnorr", cycles=KEY_CYCLES, message=message, **fields, **aux
    )
    return signed["signature"]


def schnorr_public_key(relay: Relay, key: dict[str, object]) -> bytes:
    found = result_of(relay, "schnorr_public_key", derivation_path=[b"p"], key_id=key)
    return found["public_key"]


def test_ed25519_signature_is_verified_with_the_public_key(relay: Relay) -> None:
    for message in (b"", b"hello", b"x" * 5000):
        signature = sign_with_schnorr(relay, ED25519, message)
        VerifyKey(schnorr_public_key(relay, ED25519)).verify(message, signature)


def test_bip340_signature_is_verified_with_the_public_key(relay: Relay) -> None:
    message = hashlib.sha256(b"m").digest()
    signature = sign_with_schnorr(relay, BIP340, message)
    public = schnorr_public_key(relay, BIP340)
    assert PublicKeyXOnly(public[1:]).verify(signature, message)
    # Messages of other lengths are signed as well.
    assert len(sign_with_schnorr(relay, BIP340, b"short")) == 64


@pytest.mark.parametrize("root", [b"", bytes(range(32))])
def test_taproot_signature_is_verified_with_the_tweaked_key(relay: Relay, root: bytes) -> None:
    # BIP 341: the output key is the internal one, tweaked by the root of the scripts.
    message = bytes(32)
    aux = VariantValue("bip341", {"merkle_root_hash": root})
    signature = sign_with_schnorr(relay, BIP340, message, aux=aux)
    own_x = schnorr_public_key(relay, BIP340)[1:]
    tag = hashlib.sha256(b"TapTweak").digest()
    tweaked = PublicKeyXOnly(own_x)
    tweaked.tweak_add(hashlib.sha256(tag + tag + own_x + root).digest())
    assert tweaked.verify(signature, message)


def test_vetkey_is_decrypted_and_verified(replica: Replica, relay: Relay) -> None:
    # A BLS signature of the input by the derived key, blinded for the transport key.
    transport = Scalar(12345)
    derived = result_of(
        relay,
        "vetkd_derive_key",
        cycles=KEY_CYCLES,
        input=b"input",
        context=b"context",
        transport_public_key=(G1Point() * transport).to_compressed_bytes(),
        key_id=VETKD,
    )
    found = result_of(relay, "vetkd_public_key", context=b"context", key_id=VETKD)
    public = found["public_key"]
    encrypted = derived["encrypted_key"]
    first = G1Point.from_compressed_bytes(encrypted[:48])
    second = G2Point.from_compressed_bytes(encrypted[48:144])
    third = G1Point.from_compressed_bytes(encrypted[144:])
    assert GT.pairing(first, G2Point()) == GT.pairing(G1Point(), second)
    vetkey = third - first * transport
    tag = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_AUG_"
    message = G1Point.hash_to_curve(public + b"input", tag)
    expected = GT.pairing(message, G2Point.from_compressed_bytes(public))
    assert GT.pairing(vetkey, G2Point()) == expected
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES - KEY_CYCLES


def test_vetkd_keys_are_those_of_pocketic(relay: Relay) -> None:
    found = result_of(relay, "vetkd_public_key", canister_id=LOCAL, context=b"", key_id=VETKD)
    master = bytes.fromhex(
        "8c800b5cff00463d26e8167369168827f1e48f4d8d60f71dd6a295580f65275b5f5f8e6a792c876b2c724921"
        "36530d0710a27522ee63977a76216c3cef9e70bfcb45b88736fc62142e7e0737848ce06cbb1f45a4a6a349b1"
        "42ae5cf7853561e0"
    )
    assert found["public_key"] == keys_vetkd.derive_public(master, LOCAL.raw, b"")[0]


@pytest.mark.parametrize(
    ("function", "curve", "name", "status"),
    [
        ("cost_sign_with_ecdsa", 0, "key_1", 0),
        ("cost_sign_with_ecdsa", 1, "key_1", 1),
        ("cost_sign_with_ecdsa", 0, "other", 2),
        ("cost_sign_with_schnorr", 1, "dfx_test_key", 0),
        ("cost_sign_with_schnorr", 2, "other", 1),
        ("cost_vetkd_derive_key", 0, "test_key_1", 0),
    ],
)
def test_canister_learns_the_price(
    replica: Replica, function: str, curve: int, name: str, status: int
) -> None:
    # "Cycle cost calculation": 0, 1 for an unknown curve, 2 for an unknown key.
    wasm = text_to_wasm(
        f"""(module
        (import "ic0" "{function}" (func $cost (param i32 i32 i32 i32) (result i32)))
        (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (import "ic0" "msg_reply" (func $reply))
        (memory 1) (data (i32.const 100) "{name}")
        (func (export "canister_query ask")
          (i32.store8 (i32.const 16) (call $cost (i32.const 100) (i32.const {len(name)})
            (i32.const {curve}) (i32.const 0)))
          (call $append (i32.const 0) (i32.const 17)) (call $reply)))"""
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, wasm)
    price = KEY_CYCLES if status == 0 else 0
    expected = price.to_bytes(16, "little") + bytes([status])
    assert replica.query(canister_id, "ask") == Replied(expected)


# Refused.


@pytest.mark.parametrize(
    ("method", "fields", "message"),
    [
        (
            "ecdsa_public_key",
            {"derivation_path": [], "key_id": key_id("curve", "secp256k1", "other")},
            "unknown or disabled threshold key: ecdsa:secp256k1:other",
        ),
        (
            "ecdsa_public_key",
            {"derivation_path": [b""] * (PATH_LENGTH_MAX + 1), "key_id": ECDSA},
            "exceeds maximum allowed 255",
        ),
        (
            "sign_with_ecdsa",
            {"message_hash": bytes(31), "derivation_path": [], "key_id": ECDSA},
            "message_hash must have 32 bytes",
        ),
        (
            "sign_with_schnorr",
            {
                "message": b"",
                "derivation_path": [],
                "key_id": ED25519,
                "aux": VariantValue("bip341", {"merkle_root_hash": b""}),
            },
            "aux is for bip340secp256k1 only",
        ),
        (
            "sign_with_schnorr",
            {
                "message": b"",
                "derivation_path": [],
                "key_id": BIP340,
                "aux": VariantValue("bip341", {"merkle_root_hash": b"x"}),
            },
            "merkle_root_hash must have 0 or 32 bytes",
        ),
        (
            "vetkd_derive_key",
            {"input": b"", "context": b"", "transport_public_key": b"x" * 48, "key_id": VETKD},
            "transport public key is invalid",
        ),
    ],
)
def test_bad_key_calls_are_refused_without_a_price(
    replica: Replica, relay: Relay, method: str, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(RejectError, match=message) as caught:
        relay.manage(method, cycles=KEY_CYCLES, **fields)
    assert caught.value.code == RejectCode.CANISTER_REJECT
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("sign_with_ecdsa", {"message_hash": bytes(32), "derivation_path": [], "key_id": ECDSA}),
        ("sign_with_schnorr", {"message": b"", "derivation_path": [], "key_id": ED25519}),
        (
            "vetkd_derive_key",
            {"input": b"", "context": b"", "transport_public_key": b"", "key_id": VETKD},
        ),
    ],
)
def test_signing_has_a_price(relay: Relay, method: str, fields: dict[str, Any]) -> None:
    with pytest.raises(RejectError, match=f"{KEY_CYCLES} cycles are required"):
        relay.manage(method, cycles=KEY_CYCLES - 1, **fields)


def test_keys_are_for_canisters(replica: Replica) -> None:
    with pytest.raises(RejectError, match="Only canisters can call") as caught:
        manage(replica, "ecdsa_public_key", derivation_path=[], key_id=ECDSA)
    assert caught.value.error_code == "IC0406"
