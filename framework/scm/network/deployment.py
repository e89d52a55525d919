"""Canisters of projects on a local network: created and installed by the network itself.

As calls of the management canister in their controller's name, which come by the journal like all
others, but need no signature, and may be larger.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from attrs import frozen

from scm.candid.values import VariantValue
from scm.errors import ConfigurationError, ScmError
from scm.leb128 import read_unsigned
from scm.model import Principal
from scm.network.core import Core
from scm.network.durable import write_durably
from scm.network.journal import UserCall
from scm.network.work import Busy, Certified, Refused
from scm.network.worker import Worker
from scm.replica.management_types import decode_result, encode_argument
from scm.wire.cbor import TREE_DEPTH_MAX, decode_cbor
from scm.wire.fields import FieldReader
from scm.wire.tree_lookup import Missing, Tree, lookup

NAMES_FILE: Final = "canister_ids.json"

_REQUEST_ID_BYTES: Final = 32
_EXPIRY_NS: Final = 300 * 10**9


class DeploymentError(ScmError):
    """The network has refused to create, install or upgrade; the text says why."""


@frozen
class Deployed:
    """A canister as it is now: its controllers, and the SHA-256 of its module, if it has one."""

    controllers: tuple[Principal, ...]
    module_hash: bytes | None
    is_running: bool


class Deployer:
    """Creates and installs canisters on a network, in the name of `controller`."""

    def __init__(self, worker: Worker, controller: Principal) -> None:
        self._worker: Final = worker
        self._controller: Final = controller

    def find(self, canister_id: Principal) -> Deployed | None:
        """A canister, or None if there is none with this id."""
        return self._worker.run(lambda core: _find(core, canister_id))

    def create(self) -> Principal:
        """Create an empty canister; raises `DeploymentError`."""
        method = "provisional_create_canister_with_cycles"
        reply = self._call(method, {"settings": {"controllers": [self._controller]}})
        result = decode_result(method, reply)
        return cast("Mapping[str, Principal]", result)["canister_id"]

    def install(self, canister_id: Principal, wasm: bytes, argument: bytes, mode: str) -> None:
        """Install or upgrade (`mode`), calls in flight kept; raises `DeploymentError`."""
        found = self.find(canister_id)
        if found is None or not found.controllers:
            raise DeploymentError(f"canister {canister_id} is gone, or nobody controls it")
        controllers = found.controllers
        sender = self._controller if self._controller in controllers else next(iter(controllers))
        self._call(
            "install_code",
            {
                "mode": VariantValue(mode),
                "canister_id": canister_id,
                "wasm_module": wasm,
                "arg": argument,
            },
            sender,
        )

    def _call(
        self, method: str, fields: Mapping[str, object], sender: Principal | None = None
    ) -> bytes:
        call = UserCall(
            request_id=secrets.token_bytes(_REQUEST_ID_BYTES),
            sender=self._controller if sender is None else sender,
            expires_ns=self._worker.now_ns() + _EXPIRY_NS,
            canister_id=Principal.management_canister(),
            method=method,
            argument=encode_argument(method, dict(fields)),
        )
        match self._worker.submit(call).result():
            case Certified(certificate):
                return _reply(certificate, call.request_id)
            case Refused(rejected):
                raise DeploymentError(rejected.message)
            case Busy(reason):
                raise DeploymentError(f"the network refuses calls: {reason}")
            case other:
                raise DeploymentError(f"the network is busy: {other}")


def read_names(state_directory: Path) -> dict[str, Principal]:
    """The names of the network's canisters; raises `ConfigurationError` if they are damaged."""
    path = state_directory / NAMES_FILE
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): Principal.from_text(text) for name, text in document.items()}
    except (ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"`{path}` does not say which canister has which id: {error}",
            "delete it: canisters then get new ids",
        ) from error


def write_names(state_directory: Path, names: Mapping[str, Principal]) -> None:
    """Keep the names of the network's canisters."""
    document = {name: str(canister_id) for name, canister_id in sorted(names.items())}
    write_durably(state_directory / NAMES_FILE, (json.dumps(document, indent=2) + "\n").encode())


def _find(core: Core, canister_id: Principal) -> Deployed | None:
    canister = core.state.canisters.get(canister_id)
    if canister is None:
        return None
    view = core.replica.canister(canister_id)
    return Deployed(view.controllers, view.module_hash, view.status == "running")


def _reply(certificate: bytes, request_id: bytes) -> bytes:
    """The reply in a certificate, which our own replica has made; raises `DeploymentError`."""
    fields = FieldReader(decode_cbor(certificate, depth_max=TREE_DEPTH_MAX), "a certificate")
    tree: Tree = fields.list_field("tree")
    reply = lookup(tree, (b"request_status", request_id, b"reply"))
    if not isinstance(reply, Missing):
        return reply
    message = lookup(tree, (b"request_status", request_id, b"reject_message"))
    code = lookup(tree, (b"request_status", request_id, b"reject_code"))
    assert not isinstance(message, Missing)
    assert not isinstance(code, Missing)
    text = message.decode("utf-8", "replace")
    raise DeploymentError(f"{text} (reject code {read_unsigned(code, 0)[0]})")
