"""Which certificates and answers an agent believes: signed by whom, how old, about whom.

Interface Spec, "Certification" and "Request: Query call".  The root key decides; nothing that a
network says of itself does.
"""

from __future__ import annotations

from typing import Final, NoReturn

from attrs import frozen

from scm.errors import UntrustedError
from scm.model import Principal
from scm.wire.certificates import (
    Certificate,
    canister_ranges,
    is_in_ranges,
    verify_certificate,
)
from scm.wire.errors import CertificateError, MalformedError
from scm.wire.fields import FieldReader
from scm.wire.public_keys import read_public_key, self_authenticating
from scm.wire.query_signatures import signed_response
from scm.wire.request_id import Hashable
from scm.wire.tree_lookup import Missing, children, lookup

AGE_NS_MAX: Final = 5 * 60 * 10**9
"""How far the time of an answer may be from the clock of this machine, either way."""

DELEGATION_AGE_NS_MAX: Final = 30 * 24 * 3600 * 10**9
"""How old a subnet's delegation may be: its key and its canisters seldom change, but they do."""

_CLOCK_HELP: Final = "set the clock of this machine, and that of the network if it is yours"


@frozen
class NodeKeys:
    """The nodes of the subnet that a canister is on, with their public keys in DER."""

    keys: dict[Principal, bytes]


def believe(
    encoded: bytes, root_key_der: bytes, effective_id: Principal | None, now_ns: int
) -> Certificate:
    """The certificate, if it is signed, recent, and may speak of this canister.

    `effective_id`: None for what is not about a canister.  Raises `UntrustedError`.
    """
    try:
        certificate = verify_certificate(encoded, root_key_der, effective_id)
        check_age(certificate.time_ns, now_ns, "a certificate")
        _check_delegation(certificate, now_ns)
    except (CertificateError, MalformedError) as error:
        _distrust(f"a certificate of the network proves nothing: {error}", error)
    return certificate


def _check_delegation(certificate: Certificate, now_ns: int) -> None:
    delegated_ns = certificate.delegated_ns
    if delegated_ns is None:
        return
    if delegated_ns < now_ns - DELEGATION_AGE_NS_MAX:
        days = (now_ns - delegated_ns) // (24 * 3600 * 10**9)
        raise UntrustedError(f"the delegation of a subnet is {days} days old", _CLOCK_HELP)
    if delegated_ns > now_ns + AGE_NS_MAX:
        raise UntrustedError(
            "the delegation of a subnet is ahead of this machine's clock", _CLOCK_HELP
        )


def check_age(time_ns: int, now_ns: int, what: str) -> None:
    """Raise `UntrustedError` for an answer that is too old, or from the future."""
    if abs(time_ns - now_ns) > AGE_NS_MAX:
        seconds = abs(time_ns - now_ns) // 10**9
        word = "old" if time_ns < now_ns else "ahead of this machine's clock"
        raise UntrustedError(f"{what} of the network is {seconds} s {word}", _CLOCK_HELP)


def node_keys(certificate: Certificate, root_key_der: bytes, canister_id: Principal) -> NodeKeys:
    """The nodes that may answer queries to a canister, of a certificate for the path `subnet`.

    Raises `UntrustedError`.
    """
    subnet_id = certificate.subnet_id
    try:
        if subnet_id is None:  # The root key has signed: its own subnet, with the ranges beside it.
            subnet_id = self_authenticating(root_key_der)
            if not is_in_ranges(canister_id, canister_ranges(certificate, subnet_id)):
                raise UntrustedError(f"canister {canister_id} is not on the subnet that answers")
        nodes = certificate.lookup_tree(b"subnet", subnet_id.raw, b"node")
        if isinstance(nodes, Missing):
            raise UntrustedError(f"the nodes of subnet {subnet_id} are not in the certificate")
        found = {}
        for node in children(nodes):
            key = lookup(node.tree, (b"public_key",))
            if not isinstance(key, Missing):
                found[Principal(node.label)] = key
    except (CertificateError, ValueError) as error:
        _distrust(f"the nodes of the network are not to be learned: {error}", error)
    return NodeKeys(found)


def check_query_signatures(
    fields: dict[str, Hashable | None],
    signatures: list[object],
    request_id: bytes,
    nodes: NodeKeys,
    now_ns: int,
) -> None:
    """Raise `UntrustedError` unless a node of the subnet, or more, have signed an answer."""
    if not 0 < len(signatures) <= len(nodes.keys):
        raise UntrustedError(
            f"an answer to a query has {len(signatures)} signatures, of {len(nodes.keys)} nodes"
        )
    for entry in signatures:
        try:
            signature = FieldReader(entry, "a signature")
            timestamp_ns = signature.natural_field("timestamp")
            node = signature.principal_field("identity")
            raw = signature.bytes_field("signature")
            key = nodes.keys.get(node)
            if key is None:
                raise UnknownNodeError(f"node {node}, which signed an answer, is not of the subnet")
            check_age(timestamp_ns, now_ns, "an answer to a query")
            message = signed_response(fields, request_id, timestamp_ns)
            if not read_public_key(key).is_signed(message, raw):
                raise UntrustedError(f"the signature of node {node} does not hold")
        except MalformedError as error:
            _distrust(f"the signature of an answer is malformed: {error}", error)


class UnknownNodeError(UntrustedError):
    """A node signed that the agent does not know; its subnet may have changed."""


def _distrust(message: str, error: Exception) -> NoReturn:
    raise UntrustedError(message, "is this the right network, and its root key?") from error
