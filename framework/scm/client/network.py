"""A network and what can be done on it: `Network("local").canister("vault").pay(to, 5)`.

The same handles as the replica's, so that one test runs on either.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from scm.candid.encode import encode
from scm.client.agent import Agent
from scm.client.canister_ids import LOCAL, find_id
from scm.client.chunks import Tell
from scm.client.creating import create_canister
from scm.client.handles import INTERFACE, Interfaces, NetworkHandle
from scm.client.identities import Identity
from scm.client.identity_store import load_identity
from scm.client.installing import install_module, tell_nobody
from scm.client.management import InstallMode
from scm.client.places import Place, find_place, root_key_of
from scm.client.transport import Transport
from scm.compiler.metadata import read_metadata
from scm.errors import ConfigurationError
from scm.faces.did_face import parse_interface
from scm.model import Principal


class Network:
    """A network for one identity; `with Network(...) as network:` closes its connections.

    `network` is `local` (the one that `scm run` started in the folder `project`, or above it),
    `ic`, or a URL.  `identity` is one, or its name, or a PEM file; without it the default one.
    `root_key_der` is needed for networks elsewhere that are not the Internet Computer.  `say` is
    told what is waited for while the network is busy.  Raises `ConfigurationError`, and
    `NetworkError` if the network can't be reached.
    """

    def __init__(
        self,
        network: str = LOCAL,
        identity: Identity | str | None = None,
        *,
        project: Path | str = ".",
        root_key_der: bytes | None = None,
        transport: Transport | None = None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.project: Final = Path(project)
        self.place: Final[Place] = find_place(network, self.project, root_key_der)
        caller = (
            load_identity(identity) if identity is None or isinstance(identity, str) else identity
        )
        self._transport: Final = transport or Transport(self.place.url, say=say)
        root_key = root_key_of(self.place, self._transport)
        self.agent: Final = Agent(self._transport, root_key, caller)
        self.interfaces: Final = Interfaces(self.agent)

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def identity(self) -> Identity:
        """Who calls."""
        return self.agent.identity

    def find_canister(self, name: Principal | str) -> Principal:
        """A canister by its id, or by its name in the project; raises `ConfigurationError`."""
        if isinstance(name, Principal):
            return name
        return find_id(self.project, self.place.name, name, self.agent.root_key_der)

    def canister(self, name: Principal | str) -> NetworkHandle:
        """A canister to be called, by its id or its name; raises `ConfigurationError`."""
        return NetworkHandle(self.agent, self.interfaces, self.find_canister(name))

    def create_canister(
        self, cycles: int | None = None, *, intent_path: Path | None = None
    ) -> Principal:
        """A new canister, controlled by the identity.

        On the Internet Computer the cycles are the identity's, from the cycles ledger; with an
        `intent_path` the same canister comes again as long as `end_creation` has not been called.
        """
        return create_canister(self.agent, self.place, cycles, intent_path)

    def install(
        self,
        canister_id: Principal,
        wasm: bytes,
        *arguments: object,
        mode: InstallMode = "install",
        tell: Tell = tell_nobody,
    ) -> None:
        """Install a module, its init arguments encoded by its own interface.

        An upgrade is made without stopping the canister, and without a check: `scm upgrade` checks.
        Raises `RejectError` if it is refused, and `NetworkError`.
        """
        argument = b"" if mode == "upgrade" and not arguments else encode_init(wasm, *arguments)
        install_module(self.agent, canister_id, wasm, argument, mode=mode, tell=tell)
        self.interfaces.forget(canister_id)


def install_canister(network: Network, wasm: bytes, *arguments: object) -> NetworkHandle:
    """Create a canister and install `wasm`, its init arguments encoded by its own interface.

    As `scm.testing.building.install_canister` does on a replica.
    """
    canister_id = network.create_canister()
    network.install(canister_id, wasm, *arguments)
    return network.canister(canister_id)


def encode_init(wasm: bytes, *arguments: object) -> bytes:
    """The init arguments of a module as Candid, by its `candid:service` metadata.

    Raises `ConfigurationError` if it has none, `EncodeError` if they do not fit.
    """
    section = read_metadata(wasm, INTERFACE)
    if section is None:
        raise ConfigurationError(f"the module has no metadata section `{INTERFACE}`")
    interface = parse_interface(section.decode())
    return encode(interface.init_args or (), arguments, interface.env)
