"""Certificates: a hash tree that the network's root key, or a subnet's, has signed.

Interface Spec, "Certificate" and "Certificate delegation".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from scm.leb128 import read_unsigned
from scm.model import Principal
from scm.wire.bls import is_signed_by
from scm.wire.cbor import TREE_DEPTH_MAX, decode_cbor, encode_cbor
from scm.wire.errors import CertificateError, MalformedError
from scm.wire.fields import FieldReader
from scm.wire.hash_tree import Node
from scm.wire.tree_lookup import Missing, Tree, children, digest_of_tree, lookup, lookup_tree

STATE_ROOT_SEPARATOR: Final = b"\x0dic-state-root"


@frozen
class Certificate:
    """A certificate whose signatures hold.

    `subnet_id` is None if the root key has signed it; else `delegated_ns` is when that was allowed
    to the subnet, in nanoseconds since 1970.
    """

    tree: Tree
    subnet_id: Principal | None
    delegated_ns: int | None = None

    def lookup(self, *path: bytes) -> bytes | Missing:
        """The value at a path of the state tree."""
        return lookup(self.tree, path)

    def lookup_tree(self, *path: bytes) -> Tree | Missing:
        """What is below a path of the state tree."""
        return lookup_tree(self.tree, path)

    @property
    def time_ns(self) -> int:
        """When it was made, in nanoseconds since 1970; raises `CertificateError` without a time."""
        time = self.lookup(b"time")
        if isinstance(time, Missing):
            raise CertificateError("the certificate does not say when it was made")
        try:
            return read_unsigned(time, 0)[0]
        except ValueError as error:
            raise CertificateError("the certificate's time is no number") from error


def encode_certificate(tree: Node, signature: bytes) -> bytes:
    """A certificate without a delegation, as CBOR."""
    return encode_cbor({"tree": tree.cbor, "signature": signature})


def signed_root(root_hash: bytes) -> bytes:
    """What is signed, for a tree with this hash."""
    return STATE_ROOT_SEPARATOR + root_hash


def verify_certificate(
    encoded: bytes, root_key_der: bytes, effective_canister_id: Principal | None = None
) -> Certificate:
    """The certificate in CBOR, if its signatures hold.

    A subnet may only speak of its own canisters: `effective_canister_id` must be among them, unless
    it is None or the root key itself has signed.  Whether its time is recent is the caller's to
    check.  Raises `CertificateError`.
    """
    return _verify(encoded, root_key_der, effective_canister_id, may_delegate=True)


def _verify(
    encoded: bytes,
    root_key_der: bytes,
    effective_canister_id: Principal | None,
    *,
    may_delegate: bool,
) -> Certificate:
    try:
        fields = FieldReader(decode_cbor(encoded, depth_max=TREE_DEPTH_MAX), "a certificate")
        tree = fields.list_field("tree")
        signature = fields.bytes_field("signature")
        has_delegation = fields.fields.get("delegation") is not None
        delegation = fields.map_field("delegation") if has_delegation else None
    except MalformedError as error:
        raise CertificateError(f"invalid certificate: {error}") from error
    digest = digest_of_tree(tree)
    key, subnet_id, delegated_ns = root_key_der, None, None
    if delegation is not None:
        if not may_delegate:
            raise CertificateError("the certificate of a delegation has a delegation itself")
        key, subnet_id, delegated_ns = _delegated_key(
            FieldReader(delegation, "a delegation"), root_key_der, effective_canister_id
        )
    if not is_signed_by(key, signed_root(digest), signature):
        raise CertificateError("the certificate's signature does not hold")
    return Certificate(tree, subnet_id, delegated_ns)


def _delegated_key(
    fields: FieldReader, root_key_der: bytes, effective_canister_id: Principal | None
) -> tuple[bytes, Principal, int]:
    try:
        subnet_id = fields.principal_field("subnet_id")
        encoded = fields.bytes_field("certificate")
    except MalformedError as error:
        raise CertificateError(f"invalid delegation: {error}") from error
    certificate = _verify(encoded, root_key_der, None, may_delegate=False)
    key = certificate.lookup(b"subnet", subnet_id.raw, b"public_key")
    if isinstance(key, Missing):
        raise CertificateError(f"the delegation does not show the key of subnet {subnet_id}")
    if effective_canister_id is not None and not is_in_ranges(
        effective_canister_id, canister_ranges(certificate, subnet_id)
    ):
        raise CertificateError(f"subnet {subnet_id} does not have canister {effective_canister_id}")
    return key, subnet_id, certificate.time_ns


CanisterRange = tuple[Principal, Principal]
"""The first and the last canister id of a range."""


def canister_ranges(certificate: Certificate, subnet_id: Principal) -> tuple[CanisterRange, ...]:
    """The ranges of canister ids that a certificate shows for a subnet, in shards or whole.

    Raises `CertificateError` if it shows none.
    """
    shards = certificate.lookup_tree(b"canister_ranges", subnet_id.raw)
    found: list[CanisterRange] = []
    if not isinstance(shards, Missing):
        for shard in children(shards):
            ranges = lookup(shard.tree, ())
            if not isinstance(ranges, Missing):
                found += read_ranges(ranges)
    if not found:
        whole = certificate.lookup(b"subnet", subnet_id.raw, b"canister_ranges")
        if isinstance(whole, Missing):
            raise CertificateError(f"no canister ranges of subnet {subnet_id} in the certificate")
        found += read_ranges(whole)
    return tuple(found)


def read_ranges(encoded: bytes) -> tuple[CanisterRange, ...]:
    """Canister ranges from CBOR; raises `CertificateError`."""
    try:
        pairs = decode_cbor(encoded)
        if not isinstance(pairs, list):
            raise CertificateError("canister ranges are no list")
        return tuple((Principal(start), Principal(end)) for start, end in pairs)
    except (MalformedError, TypeError, ValueError) as error:
        raise CertificateError(f"invalid canister ranges: {error}") from error


def write_ranges(ranges: Sequence[CanisterRange]) -> bytes:
    """Canister ranges as CBOR."""
    return encode_cbor([[start.raw, end.raw] for start, end in ranges])


def is_in_ranges(canister_id: Principal, ranges: Sequence[CanisterRange]) -> bool:
    """Whether a canister id is in one of the ranges, which are closed."""
    return any(start.raw <= canister_id.raw <= end.raw for start, end in ranges)
