"""Requests of agents: their contents, and the envelopes with the signatures around them.

Interface Spec, "Request: Call" and following, and "CBOR encoding of requests and responses".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Protocol, cast

from attrs import frozen

from scm.model import Principal
from scm.wire.cbor import decode_cbor, encode_cbor
from scm.wire.delegations import (
    SignedDelegation,
    read_signed_delegation,
    signed_delegation_fields,
)
from scm.wire.errors import MalformedError
from scm.wire.fields import FieldReader
from scm.wire.hash_tree import Labels
from scm.wire.request_id import Hashable, request_id

REQUEST_SEPARATOR: Final = b"\x0aic-request"
NONCE_BYTES_MAX: Final = 32
SIGNATURE_BYTES_MAX: Final = 64 * 1024
"""Of one signature, the part of a hash tree in a canister's among them, which take about 4 KiB."""

PATHS_MAX: Final = 1000
PATH_LABELS_MAX: Final = 127


@frozen
class SenderInfo:
    """What a canister that signs for the sender says about it (`sender_info`)."""

    info: bytes
    signer: Principal
    signature: bytes


@frozen
class CallContent:
    """A call of an update method.  `ingress_expiry_ns`: nanoseconds since 1970."""

    request_type: ClassVar[str] = "call"

    sender: Principal
    ingress_expiry_ns: int
    canister_id: Principal
    method_name: str
    argument: bytes
    nonce: bytes | None = None
    sender_info: SenderInfo | None = None


@frozen
class QueryContent:
    """A call of a query method.  `ingress_expiry_ns`: nanoseconds since 1970."""

    request_type: ClassVar[str] = "query"

    sender: Principal
    ingress_expiry_ns: int
    canister_id: Principal
    method_name: str
    argument: bytes
    nonce: bytes | None = None
    sender_info: SenderInfo | None = None


@frozen
class ReadStateContent:
    """A request for a certificate of what is on and below `paths` in the state tree."""

    request_type: ClassVar[str] = "read_state"

    sender: Principal
    ingress_expiry_ns: int
    paths: tuple[Labels, ...]
    nonce: bytes | None = None


Content = CallContent | QueryContent | ReadStateContent


@frozen
class Envelope:
    """A request with its signatures, none of them checked; all absent for the anonymous sender."""

    content: Content
    request_id: bytes
    sender_public_key: bytes | None = None
    sender_signature: bytes | None = None
    delegations: tuple[SignedDelegation, ...] = ()

    @property
    def signed_bytes(self) -> bytes:
        """What the sender signs."""
        return REQUEST_SEPARATOR + self.request_id


class Signer(Protocol):
    """Whoever signs requests."""

    @property
    def public_key_der(self) -> bytes:
        """The key whose principal is the sender's, in DER."""

    @property
    def delegations(self) -> Sequence[SignedDelegation]:
        """From that key to the one that signs, if they are not the same."""

    def sign(self, message: bytes) -> bytes:
        """A signature of the message."""


def content_fields(content: Content) -> dict[str, Hashable | None]:
    """The fields of a content as they are hashed and sent; absent ones are left out."""
    fields: dict[str, Hashable | None] = {
        "request_type": content.request_type,
        "sender": content.sender.raw,
        "ingress_expiry": content.ingress_expiry_ns,
    }
    if content.nonce is not None:
        fields["nonce"] = content.nonce
    if isinstance(content, ReadStateContent):
        fields["paths"] = [list(path) for path in content.paths]
        return fields
    fields |= {
        "canister_id": content.canister_id.raw,
        "method_name": content.method_name,
        "arg": content.argument,
    }
    info = content.sender_info
    if info is not None:
        fields["sender_info"] = {
            "info": info.info,
            "signer": info.signer.raw,
            "sig": info.signature,
        }
    return fields


def request_id_of(content: Content) -> bytes:
    """The id of the request with this content."""
    return request_id(content_fields(content))


def sign_envelope(content: Content, signer: Signer | None) -> bytes:
    """The request as it is sent; without a signer, of the anonymous sender."""
    fields: dict[str, object] = {"content": content_fields(content)}
    if signer is not None:
        fields["sender_pubkey"] = signer.public_key_der
        fields["sender_sig"] = signer.sign(REQUEST_SEPARATOR + request_id_of(content))
        if signer.delegations:
            fields["sender_delegation"] = [
                signed_delegation_fields(signed) for signed in signer.delegations
            ]
    return encode_cbor(fields)


def decode_envelope(body: bytes) -> Envelope:
    """The request in the body of an HTTP request; raises `MalformedError`.

    Tolerant where agents differ: without the self-described tag, with null for absent fields.
    Fields that are not known count for the request id, and for nothing else.
    """
    fields = FieldReader(decode_cbor(body), "the envelope")
    raw_content = fields.map_field("content")
    delegations = fields.optional_list("sender_delegation") or []
    return Envelope(
        content=_read_content(raw_content),
        request_id=request_id(cast("Mapping[str, Hashable | None]", raw_content)),
        sender_public_key=fields.optional_bytes("sender_pubkey"),
        sender_signature=_bounded(fields.optional_bytes("sender_sig")),
        delegations=tuple(map(_read_delegation, delegations)),
    )


def _read_delegation(value: object) -> SignedDelegation:
    signed = read_signed_delegation(value)
    _bounded(signed.signature)
    return signed


def _bounded(signature: bytes | None) -> bytes | None:
    """A signature that is not too large to look into."""
    if signature is not None and len(signature) > SIGNATURE_BYTES_MAX:
        raise MalformedError(
            f"a signature has {len(signature):,} bytes, at most {SIGNATURE_BYTES_MAX:,} are allowed"
        )
    return signature


def _read_content(value: Mapping[str, object]) -> Content:
    fields = FieldReader(value, "the content")
    sender = fields.principal_field("sender")
    expiry_ns = fields.natural_field("ingress_expiry")
    nonce = fields.optional_bytes("nonce")
    if nonce is not None and len(nonce) > NONCE_BYTES_MAX:
        raise MalformedError(f"a nonce has at most {NONCE_BYTES_MAX} bytes, not {len(nonce)}")
    match fields.text_field("request_type"):
        case "call" | "query" as request_type:
            kind = CallContent if request_type == "call" else QueryContent
            return kind(
                sender=sender,
                ingress_expiry_ns=expiry_ns,
                canister_id=fields.principal_field("canister_id"),
                method_name=fields.text_field("method_name"),
                argument=fields.bytes_field("arg"),
                nonce=nonce,
                sender_info=_read_sender_info(fields),
            )
        case "read_state":
            paths = fields.list_field("paths")
            if len(paths) > PATHS_MAX:
                raise MalformedError(f"{len(paths):,} paths, at most {PATHS_MAX:,}")
            return ReadStateContent(sender, expiry_ns, tuple(map(_read_path, paths)), nonce)
        case other:
            raise MalformedError(f"unknown request type `{other[:40]!a}`")


def _read_sender_info(fields: FieldReader) -> SenderInfo | None:
    if fields.fields.get("sender_info") is None:
        return None
    info = FieldReader(fields.map_field("sender_info"), "`sender_info`")
    signature = info.bytes_field("sig")
    _bounded(signature)
    return SenderInfo(info.bytes_field("info"), info.principal_field("signer"), signature)


def _read_path(value: object) -> Labels:
    if not isinstance(value, list) or not all(isinstance(label, bytes) for label in value):
        raise MalformedError("a path is not a list of bytes")
    if len(value) > PATH_LABELS_MAX:
        raise MalformedError(f"a path has {len(value):,} labels, at most {PATH_LABELS_MAX}")
    return tuple(value)
