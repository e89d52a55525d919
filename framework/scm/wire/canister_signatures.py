"""Canister signatures: a canister signs by certified data.  Interface Spec, "Canister signatures".

A signature is a certificate of the canister's certified data, and the part of the tree behind that
which has the signed message in it.
"""

from __future__ import annotations

import hashlib
from typing import Final

from attrs import frozen

from scm.model import PRINCIPAL_BYTES_MAX, Principal
from scm.wire.cbor import TREE_DEPTH_MAX, decode_cbor, encode_cbor
from scm.wire.certificates import verify_certificate
from scm.wire.der import read_key_info, write_key_info
from scm.wire.errors import CertificateError, MalformedError
from scm.wire.fields import FieldReader
from scm.wire.public_keys import CANISTER_KEY_OID
from scm.wire.tree_lookup import Tree, digest_of_tree, lookup

_SIGNATURES: Final = b"sig"


@frozen
class CanisterKey:
    """A public key of a canister, which may have as many as it wants: by `seed`."""

    canister_id: Principal
    seed: bytes


def read_canister_key(public_key_der: bytes) -> CanisterKey:
    """A canister's public key from its DER; raises `MalformedError`."""
    identifier, bits = read_key_info(public_key_der)
    size = bits[0] if bits else 0
    if identifier != CANISTER_KEY_OID or size > PRINCIPAL_BYTES_MAX or len(bits) < 1 + size:
        raise MalformedError("not the public key of a canister")
    return CanisterKey(Principal(bits[1 : 1 + size]), bits[1 + size :])


def write_canister_key(key: CanisterKey) -> bytes:
    """The DER of a canister's public key."""
    raw = key.canister_id.raw
    return write_key_info(CANISTER_KEY_OID, bytes([len(raw)]) + raw + key.seed)


def encode_canister_signature(certificate: bytes, tree: Tree) -> bytes:
    """A signature as CBOR."""
    return encode_cbor({"certificate": certificate, "tree": tree})


def is_signed_by_canister(
    key: CanisterKey, message: bytes, signature: bytes, root_key_der: bytes
) -> bool:
    """Whether the canister has signed the message with the key."""
    try:
        fields = FieldReader(
            decode_cbor(signature, depth_max=TREE_DEPTH_MAX), "a canister signature"
        )
        tree = fields.list_field("tree")
        certificate = verify_certificate(
            fields.bytes_field("certificate"), root_key_der, key.canister_id
        )
        certified = certificate.lookup(b"canister", key.canister_id.raw, b"certified_data")
        path = (_SIGNATURES, _sha256(key.seed), _sha256(message))
        return certified == digest_of_tree(tree) and lookup(tree, path) == b""
    except (MalformedError, CertificateError):
        return False


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
