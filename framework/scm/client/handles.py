"""A canister on a network as a Python object, with the methods of the replica's handles.

`vault.pay(to, 5)` encodes, calls, and decodes by the interface that the installed module tells in
certified metadata (`candid:service`), or by the text that `with_did` was given, or by the class of
`as_service`.  Rejects are raised as `RejectError`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from attrs import evolve, frozen

from scm.authoring.calls import Service
from scm.client.agent import WAIT_SECONDS, Agent
from scm.client.answers import Pending, RequestStatus
from scm.client.identities import Identity
from scm.client.installing import read_metadata_section
from scm.client.requests import Message, Request
from scm.errors import ConfigurationError
from scm.faces import ServiceFace
from scm.faces.attribute_calls import attribute_call
from scm.faces.did_face import DidFace
from scm.model import Principal

INTERFACE: Final = "candid:service"
_QUERIES: Final = ("query", "composite_query")


class Method(Protocol):
    """A method, whatever tells of it."""

    @property
    def public_name(self) -> str:
        """Its name for callers."""

    @property
    def annotation(self) -> str:
        """Candid's: `query`, `composite_query`, `oneway`, or empty."""

    def encode_arguments(self, values: Sequence[object]) -> bytes:
        """The message of a call."""

    def decode_result(self, message: bytes) -> object:
        """What a reply says."""


class Ticket:
    """A call that the network has taken."""

    def __init__(
        self,
        agent: Agent,
        request: Request,
        known: RequestStatus,
        decode: Callable[[bytes], object],
    ) -> None:
        self._agent: Final = agent
        self._known = known
        self._decode: Final = decode
        self.request: Final = request

    @property
    def reference(self) -> bytes:
        """The id of its request, 32 bytes."""
        return self.request.request_id

    @property
    def is_pending(self) -> bool:
        """Whether it is not answered yet: asks the network."""
        if isinstance(self._known, Pending):
            self._known = self._agent.poll(self.request)
        return isinstance(self._known, Pending)

    def result(self, seconds: float = WAIT_SECONDS) -> object:
        """Wait for the decoded value.

        Raises `RejectError`; `StillPendingError` after so many seconds, when it can be called
        again; `NetworkError`, `UntrustedError`.
        """
        return self._decode(self._agent.wait(self.request, seconds, self._known))


class NoInterfaceError(ConfigurationError):
    """A canister tells no interface, and nobody else has told it."""


class Interfaces:
    """The interfaces of canisters on one network, read once each."""

    def __init__(self, agent: Agent) -> None:
        self._agent: Final = agent
        self._known: Final[dict[Principal, DidFace]] = {}

    def of(self, canister_id: Principal, *, anew: bool = False) -> DidFace:
        """The interface that the installed module tells; raises `NoInterfaceError` if none."""
        if anew or canister_id not in self._known:
            did = read_metadata_section(self._agent, canister_id, INTERFACE)
            if did is None:
                raise NoInterfaceError(
                    f"canister {canister_id} tells no interface: it has no module, or one without"
                    f" metadata `{INTERFACE}`",
                    "give the text of its `.did` to `with_did`",
                )
            self._known[canister_id] = DidFace(did.decode(errors="replace"))
        return self._known[canister_id]

    def forget(self, canister_id: Principal) -> None:
        """Its module has changed."""
        self._known.pop(canister_id, None)


@frozen
class NetworkHandle:
    """A canister for `agent.identity` to call.

    `handle.method(...)` calls an update or query method and waits; `handle.call` and
    `handle.submit` take the method's name, for names that a handle has itself.  Arguments may be
    instances of `@record`, `@variant` and `Service` classes.  The interface is read once, and again
    if it has not the method, or after an upgrade by the same `Network`.
    """

    _agent: Agent
    _interfaces: Interfaces
    canister_id: Principal
    _told: DidFace | ServiceFace | None = None

    def __getattr__(self, method: str) -> Callable[..., object]:
        return attribute_call(self.call, method, ConfigurationError)

    @property
    def sender(self) -> Principal:
        """Who calls."""
        return self._agent.identity.principal

    def call(self, method: str, *arguments: object, seconds: float = WAIT_SECONDS) -> object:
        """Call a method (as a query if it is one) and wait for the decoded value.

        Raises `RejectError`, `EncodeError`, `StillPendingError` after so many seconds, and other
        kinds of `NetworkError`.
        """
        found = self._method(method)
        message = self._message(found, arguments)
        if found.annotation in _QUERIES:
            return found.decode_result(self._agent.query(message))
        return found.decode_result(self._agent.call(message, seconds))

    def submit(self, method: str, *arguments: object) -> Ticket:
        """Send an update call, and return as soon as the network has it."""
        found = self._method(method)
        request = self._agent.prepare(self._message(found, arguments))
        return Ticket(self._agent, request, self._agent.send(request), found.decode_result)

    def as_sender(self, sender: Identity) -> NetworkHandle:
        """The same canister for another identity."""
        return evolve(self, agent=self._agent.for_identity(sender))

    def with_did(self, did: str) -> NetworkHandle:
        """The same canister with the interface in the text of a `.did` file, whatever it says.

        Raises `CandidSyntaxError` if the text is no interface.
        """
        return evolve(self, told=DidFace(did))

    def as_service(self, service: type[Service]) -> NetworkHandle:
        """The same canister with the methods of a `Service` class, in whose types values are.

        Raises `ConfigurationError` if the class has a type that Candid has not.
        """
        return evolve(self, told=ServiceFace(service))

    def _message(self, method: Method, arguments: Sequence[object]) -> Message:
        return Message(self.canister_id, method.public_name, method.encode_arguments(arguments))

    def _method(self, name: str) -> Method:
        if isinstance(self._told, ServiceFace):
            return self._told.method(name)
        face = self._told or self._interfaces.of(self.canister_id)
        found = face.find_method(name)
        if found is None and self._told is None:
            face = self._interfaces.of(self.canister_id, anew=True)
            found = face.find_method(name)
        if found is None:
            known = ", ".join(face.names())
            raise ConfigurationError(
                f"canister {self.canister_id} has no method `{name}`; it has: {known or 'none'}"
            )
        return found
