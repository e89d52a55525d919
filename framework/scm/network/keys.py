"""The keys of a local network: the root's, which signs certificates, and the one node's."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Final

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scm.errors import ConfigurationError
from scm.model import Principal
from scm.network.durable import write_durably
from scm.replica.root_key import RootKey, root_key
from scm.wire.bls import ORDER, public_key_der
from scm.wire.public_keys import self_authenticating

_NODE_BYTES: Final = 32


@frozen
class NetworkKeys:
    """The keys; `node_public_der` is an Ed25519 key in DER, `node_id` its principal."""

    root: RootKey
    node_id: Principal
    node_public_der: bytes
    _node_key: Ed25519PrivateKey = field(repr=False)

    def sign_response(self, message: bytes) -> bytes:
        """The node's signature, 64 bytes."""
        return self._node_key.sign(message)


def network_keys(root_secret: int, node_secret: bytes) -> NetworkKeys:
    """The keys with these secrets; the node's are 32 bytes."""
    node_key = Ed25519PrivateKey.from_private_bytes(node_secret)
    node_public = node_key.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    root = root_key(root_secret, public_key_der(root_secret))
    return NetworkKeys(root, self_authenticating(node_public), node_public, node_key)


def make_keys(path: Path) -> NetworkKeys:
    """Make keys at random, and keep them in a file that only its owner may read."""
    root_secret = 1 + secrets.randbelow(ORDER - 1)
    node_secret = secrets.token_bytes(_NODE_BYTES)
    document = {"root": f"{root_secret:064x}", "node": node_secret.hex()}
    write_durably(path, (json.dumps(document, indent=2) + "\n").encode())
    return network_keys(root_secret, node_secret)


def read_keys(path: Path) -> NetworkKeys:
    """The keys in a file; raises `ConfigurationError` if it is damaged, `OSError`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return network_keys(int(document["root"], 16), bytes.fromhex(document["node"]))
    except (ValueError, LookupError, TypeError) as error:
        raise ConfigurationError(
            f"`{path}` does not hold the keys of a network: {error}",
            "start with `--clean`, which makes a new network",
        ) from error
