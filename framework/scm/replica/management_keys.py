"""Management methods of threshold keys: ECDSA, Schnorr, vetKD.

Interface Spec, "IC method ecdsa_public_key" to "IC method vetkd_derive_key".  The keys are local
ones, see `master_keys.py`; derivation and signatures are real.
"""

from __future__ import annotations

from typing import Final, cast

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica import transitions
from scm.replica.fees import KEY_CYCLES
from scm.replica.management_calls import (
    Answer,
    Fields,
    ManagementCall,
    Method,
    MethodTable,
    refusal_by,
)
from scm.replica.master_keys import KEY_NAMES, ed25519_master, secp256k1_master, vetkd_master
from scm.wire.bls import ORDER

PATH_LENGTH_MAX: Final = 255

_HASH_BYTES: Final = 32


def _ecdsa_public_key(call: ManagementCall) -> Answer:
    name = _key_name(call, "ecdsa", "curve")
    return call.done(_secp256k1_public(name, _path(call)))


def _sign_with_ecdsa(call: ManagementCall) -> Answer:
    from scm.replica.keys_secp256k1 import derive_secret, sign_ecdsa

    name = _key_name(call, "ecdsa", "curve")
    message_hash = cast(bytes, call.fields["message_hash"])
    if len(message_hash) != _HASH_BYTES:
        message = f"message_hash must have {_HASH_BYTES} bytes, got {len(message_hash)}"
        raise refusal_by(408, message)
    _check_cycles(call)
    secret = derive_secret(secp256k1_master(name), _path(call))
    return _paid(call, {"signature": sign_ecdsa(secret, message_hash)})


def _schnorr_public_key(call: ManagementCall) -> Answer:
    name = _key_name(call, "schnorr", "algorithm")
    if _algorithm(call) == "bip340secp256k1":
        return call.done(_secp256k1_public(name, _path(call)))
    from scm.replica.keys_ed25519 import derive_public, public_key

    public, chain_code, _ = derive_public(public_key(ed25519_master(name)), _path(call))
    return call.done({"public_key": public, "chain_code": chain_code})


def _sign_with_schnorr(call: ManagementCall) -> Answer:
    name = _key_name(call, "schnorr", "algorithm")
    merkle_root = _merkle_root(call)
    _check_cycles(call)
    message = cast(bytes, call.fields["message"])
    if _algorithm(call) == "bip340secp256k1":
        signature = _sign_bip340(name, _path(call), message, merkle_root)
    else:
        from scm.replica.keys_ed25519 import derive_secret, sign

        signature = sign(derive_secret(ed25519_master(name), _path(call)), message)
    return _paid(call, {"signature": signature})


def _sign_bip340(name: str, path: list[bytes], message: bytes, merkle_root: bytes | None) -> bytes:
    from scm.replica.keys_secp256k1 import derive_secret, sign_bip340, tweak_for_taproot

    secret = derive_secret(secp256k1_master(name), path)
    if merkle_root is not None:
        secret = tweak_for_taproot(secret, merkle_root)
    return sign_bip340(secret, message)


def _merkle_root(call: ManagementCall) -> bytes | None:
    aux = call.fields["aux"]
    if aux is None:
        return None
    assert isinstance(aux, VariantValue)
    if _algorithm(call) != "bip340secp256k1":
        raise refusal_by(408, "aux is for bip340secp256k1 only")
    root = cast(bytes, cast(Fields, aux.value)["merkle_root_hash"])
    if len(root) not in (0, _HASH_BYTES):
        message = f"merkle_root_hash must have 0 or {_HASH_BYTES} bytes, got {len(root)}"
        raise refusal_by(408, message)
    return root


def _vetkd_public_key(call: ManagementCall) -> Answer:
    name = _key_name(call, "vetkd", "curve")
    public, _ = _vetkd_derived(name, _owner(call), _context(call))
    return call.done({"public_key": public})


def _vetkd_derive_key(call: ManagementCall) -> Answer:
    from scm.replica.keys_vetkd import InvalidTransportKey, encrypted_key

    name = _key_name(call, "vetkd", "curve")
    _check_cycles(call)
    public, secret = _vetkd_derived(name, call.sender, _context(call))
    blinding = call.state.random.randrange(1, ORDER)
    try:
        encrypted = encrypted_key(
            secret,
            public,
            cast(bytes, call.fields["input"]),
            cast(bytes, call.fields["transport_public_key"]),
            blinding=blinding,
        )
    except InvalidTransportKey as invalid:
        raise refusal_by(408, f"The provided transport public key is invalid: {invalid}") from None
    return _paid(call, {"encrypted_key": encrypted})


def _vetkd_derived(name: str, owner: Principal, context: bytes) -> tuple[bytes, int]:
    from scm.replica.keys_vetkd import derive_public, public_key

    secret = vetkd_master(name)
    public, offset = derive_public(public_key(secret), owner.raw, context)
    return public, (secret + offset) % ORDER


def _secp256k1_public(name: str, path: list[bytes]) -> Fields:
    from scm.replica.keys_secp256k1 import derive_public, public_key

    public, chain_code, _ = derive_public(public_key(secp256k1_master(name)), path)
    return {"public_key": public, "chain_code": chain_code}


def _path(call: ManagementCall) -> list[bytes]:
    """What the key is derived by: the canister, then what the caller says."""
    path = cast("list[bytes]", call.fields["derivation_path"])
    if len(path) > PATH_LENGTH_MAX:
        raise refusal_by(
            408,
            "Error decoding candid: Deserialize error: The number of elements exceeds maximum "
            f"allowed {PATH_LENGTH_MAX}",
        )
    return [_owner(call).raw, *path]


def _owner(call: ManagementCall) -> Principal:
    named = cast("Principal | None", call.fields.get("canister_id"))
    return call.sender if named is None else named


def _context(call: ManagementCall) -> bytes:
    return cast(bytes, call.fields["context"])


def _algorithm(call: ManagementCall) -> str:
    return _tag(call, "algorithm")


def _tag(call: ManagementCall, field: str) -> str:
    value = cast(Fields, call.fields["key_id"])[field]
    assert isinstance(value, VariantValue)
    return str(value.tag)


def _key_name(call: ManagementCall, scheme: str, field: str) -> str:
    name = cast(str, cast(Fields, call.fields["key_id"])["name"])
    if name not in KEY_NAMES:
        known = ", ".join(KEY_NAMES)
        raise refusal_by(
            406,
            f"Requested unknown or disabled threshold key: {scheme}:{_tag(call, field)}:{name}, "
            f"existing enabled keys: [{known}]",
        )
    return name


def _check_cycles(call: ManagementCall) -> None:
    if call.cycles < KEY_CYCLES:
        raise refusal_by(
            406,
            f"{call.method} request sent with {call.cycles} cycles, but {KEY_CYCLES} cycles are "
            "required.",
        )


def _paid(call: ManagementCall, result: Fields) -> Answer:
    transitions.burn_cycles(call.state, KEY_CYCLES)
    return call.replied((result,), call.cycles - KEY_CYCLES)


METHODS: Final[MethodTable] = {
    "ecdsa_public_key": Method(_ecdsa_public_key, is_for_canisters=True),
    "sign_with_ecdsa": Method(_sign_with_ecdsa, is_for_canisters=True),
    "schnorr_public_key": Method(_schnorr_public_key, is_for_canisters=True),
    "sign_with_schnorr": Method(_sign_with_schnorr, is_for_canisters=True),
    "vetkd_public_key": Method(_vetkd_public_key, is_for_canisters=True),
    "vetkd_derive_key": Method(_vetkd_derive_key, is_for_canisters=True),
}
