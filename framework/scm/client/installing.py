"""Install, reinstall or upgrade over a network, whatever the size of the module.

An interrupted install leaves no doubt: the agent knows the id of its request, and the network
certifies the hash of the module that a canister has.
"""

from __future__ import annotations

import hashlib
from typing import Final

from scm.client.agent import WAIT_SECONDS, Agent
from scm.client.chunks import (
    MESSAGE_MODULE_BYTES_MAX,
    Tell,
    clear_chunks,
    install_chunked_message,
    split_module,
    upload_chunks,
)
from scm.client.management import InstallMode, install_message
from scm.errors import ConfigurationError, NetworkError, UntrustedError
from scm.model import Principal
from scm.wire.certificates import Certificate
from scm.wire.hash_tree import Labels
from scm.wire.tree_lookup import Missing

_BEHIND_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.5


def tell_nobody(_done: int, _count: int) -> None:
    """Nobody watches."""


def install_module(
    agent: Agent,
    canister_id: Principal,
    wasm: bytes,
    argument: bytes,
    *,
    mode: InstallMode,
    module_hash: bytes | None = None,
    tell: Tell = tell_nobody,
) -> bytes:
    """Install a module (or its gzip) and verify that it is the one that the canister has: its hash.

    `module_hash`: what the SHA-256 must be, checked before anything is sent, and by the network.
    Raises `RejectError` if the canister refuses it, and is as before; `ConfigurationError` for a
    wrong hash; `NetworkError`.
    """
    actual = hashlib.sha256(wasm).digest()
    if module_hash is not None and module_hash != actual:
        raise ConfigurationError(
            f"the module has the hash {actual.hex()}, and not {module_hash.hex()}",
            "nothing was sent: give the module that was built, or its hash",
        )
    if len(wasm) <= MESSAGE_MODULE_BYTES_MAX:
        agent.call(install_message(mode, canister_id, wasm, argument), WAIT_SECONDS)
    else:
        chunks = split_module(wasm)
        upload_chunks(agent, canister_id, chunks, tell)
        message = install_chunked_message(mode, canister_id, chunks, actual, argument)
        agent.call(message, WAIT_SECONDS)
        clear_chunks(agent, canister_id, chunks)
    found = await_module_hash(agent, canister_id, actual)
    if found != actual:
        raise NetworkError(
            f"the canister has the module {_shown(found)} after the install, and not"
            f" {actual.hex()}",
            "somebody else has installed something meanwhile: `scm status` shows it",
        )
    return actual


def await_module_hash(agent: Agent, canister_id: Principal, expected: bytes) -> bytes | None:
    """As `read_module_hash`; where it is another hash, of a state that is not of before now.

    Whoever answers may be a round behind the one that has taken a call.  Raises as
    `read_canister_value` does.
    """
    clock = agent.transport.clock
    asked_ns = clock.now_ns()
    until_ns = asked_ns + round(_BEHIND_SECONDS * 10**9)
    path = (b"canister", canister_id.raw, b"module_hash")
    while True:
        certificate = agent.read_state(canister_id, [path])
        found = _value_in(certificate, path)
        if found == expected or certificate.time_ns >= asked_ns or clock.now_ns() >= until_ns:
            return found
        clock.sleep(_POLL_SECONDS)


def read_module_hash(agent: Agent, canister_id: Principal) -> bytes | None:
    """The certified hash of the module that a canister has; None if it has none."""
    return read_canister_value(agent, canister_id, b"module_hash")


def read_metadata_section(agent: Agent, canister_id: Principal, name: str) -> bytes | None:
    """A metadata section of the installed module, certified; private ones for controllers only."""
    return read_canister_value(agent, canister_id, b"metadata", name.encode())


def read_canister_value(agent: Agent, canister_id: Principal, *labels: bytes) -> bytes | None:
    """A value below a canister in the state tree; None if a certificate proves that it is absent.

    Raises `UntrustedError`, `NetworkError`.
    """
    path = (b"canister", canister_id.raw, *labels)
    return _value_in(agent.read_state(canister_id, [path]), path)


def _value_in(certificate: Certificate, path: Labels) -> bytes | None:
    value = certificate.lookup(*path)
    if value is Missing.ABSENT:
        return None
    if isinstance(value, Missing):
        raise UntrustedError("the certificate does not show what was asked for")
    return value


def _shown(module_hash: bytes | None) -> str:
    return "(none)" if module_hash is None else module_hash.hex()
