"""A canister as a Python object: `vault.pay(to, 5)` encodes, calls, and decodes by its interface.

The interface is the `candid:service` metadata of whatever code is installed at the time of a call,
or the text that `with_did` was given.
Values are as in `scm.candid.values`; rejects are raised as `RejectError`.  What
`handle.as_service(Ledger)` gives has the interface of that class, and its types for values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol, cast

from attrs import Factory, evolve, frozen

from scm.authoring.calls import Service
from scm.errors import RejectError as RejectError
from scm.faces import MethodFace, ServiceFace
from scm.faces.attribute_calls import attribute_call
from scm.faces.did_face import DidFace, DidMethod
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import IngressId, Outcome, Pending, Rejected, Replied
from scm.replica.usage import checked_principal
from scm.replica.view import CanisterView

SERVICE_SECTION: Final = "icp:public candid:service"
_SECTIONS: Final = (SERVICE_SECTION, "icp:private candid:service")


class Caller(Protocol):
    """Who has a principal: an identity."""

    @property
    def principal(self) -> Principal:
        """The sender of its calls."""


@frozen
class Ticket:
    """A call that was submitted; its interface is the one of that moment."""

    _replica: Replica
    reference: IngressId
    _decode: Callable[[bytes], object]

    @property
    def is_pending(self) -> bool:
        """Whether the call is not answered yet."""
        return isinstance(self._replica.status(self.reference), Pending)

    @property
    def fuel(self) -> int:
        """Fuel of the call's own executions so far."""
        return self._replica.fuel(self.reference)

    def result(self) -> object:
        """Run until the call is answered: the decoded value.

        Raises `RejectError`, or `StuckError` if a hold keeps the call from being answered.
        """
        return _answer(self._replica.wait(self.reference), self._decode)


@frozen
class CanisterHandle:
    """A canister for `sender` to call.

    `handle.method(...)` calls an update or query method and waits; `handle.call` and
    `handle.submit` take the method's name, for names that a handle has itself.  Arguments may be
    instances of `@record`, `@variant` and `Service` classes.
    """

    _replica: Replica
    canister_id: Principal
    sender: Principal = Factory(Principal.anonymous)
    _did: str = ""

    def __getattr__(self, method: str) -> Callable[..., object]:
        return attribute_call(self.call, method, ReplicaUsageError)

    def call(self, method: str, *arguments: object) -> object:
        """Call a method (as a query if it is one) and wait for the decoded value.

        Raises `RejectError`, or `StuckError` if a hold keeps the call from being answered.
        """
        found = self._method(method)
        if found.annotation in ("query", "composite_query"):
            argument = found.encode_arguments(arguments)
            outcome = self._replica.query(self.canister_id, method, argument, self.sender)
            return _answer(outcome, found.decode_result)
        return self.submit(method, *arguments).result()

    def submit(self, method: str, *arguments: object) -> Ticket:
        """Send an update call and return at once; nothing runs."""
        found = self._method(method)
        argument = found.encode_arguments(arguments)
        reference = self._replica.submit(self.canister_id, method, argument, self.sender)
        return Ticket(self._replica, reference, found.decode_result)

    def as_sender(self, sender: Principal | Caller) -> CanisterHandle:
        """The same canister for another caller: a principal, or an identity of `scm.client`."""
        principal = sender if isinstance(sender, Principal) else _principal_of(sender)
        return evolve(self, sender=checked_principal(principal, "a sender"))

    def with_did(self, did: str) -> CanisterHandle:
        """The same canister with the interface in the text of a `.did` file, whatever it says.

        Raises `CandidSyntaxError` if the text is no interface.
        """
        DidFace(did)
        return evolve(self, did=did)

    def as_service(self, service: type[Service]) -> ServiceHandle:
        """The same canister with the methods of a `Service` class, in whose types values are.

        Raises `ConfigurationError` if the class has a type that Candid has not.
        """
        return ServiceHandle(self._replica, self.canister_id, self.sender, ServiceFace(service))

    def _method(self, method: str) -> DidMethod:
        face = self._interface()
        found = face.find_method(method)
        if found is not None:
            return found
        if method.startswith("scm_"):
            raise ReplicaUsageError(
                f"`{method}` is none of the canister's own methods: for those of controllers there"
                " are `scm.testing.pending_calls`, `call_counts` and `timers`"
            )
        known = ", ".join(face.names())
        raise ReplicaUsageError(
            f"canister {self.canister_id} has no method `{method}`; it has: {known or 'none'}"
        )

    def _interface(self) -> DidFace:
        if self._did:
            return DidFace(self._did)
        canister = self._replica.canister(self.canister_id)
        if canister.module_hash is None:
            raise ReplicaUsageError(
                f"canister {self.canister_id} has no module, so no methods: {_why_empty(canister)}"
            )
        for name in _SECTIONS:
            section = canister.custom_section(name)
            if section is not None:
                return DidFace(section.decode())
        raise ReplicaUsageError(
            f"canister {self.canister_id} has no metadata section `{SERVICE_SECTION}`: give the "
            "text of its `.did` to `with_did`"
        )


@frozen
class ServiceHandle:
    """A canister with the methods of a `Service` class: `handle.as_service(Ledger)`.

    `handle.method(...)` takes and returns instances of the classes that the method's type names;
    `handle.call` and `handle.submit` take the method's name, in Python or for callers.
    """

    _replica: Replica
    canister_id: Principal
    sender: Principal
    _face: ServiceFace

    def __getattr__(self, method: str) -> Callable[..., object]:
        return attribute_call(self.call, method, ReplicaUsageError)

    def call(self, method: str, *arguments: object) -> object:
        """Call a method, as a query if the class declares it so, and wait for its result.

        Raises `RejectError`, `EncodeError`, `DecodeError`, or `StuckError` if a hold keeps the call
        from being answered.
        """
        face = self._face.method(method)
        if face.annotation in ("query", "composite_query"):
            argument = face.arguments.encode(arguments)
            name = face.public_name
            outcome = self._replica.query(self.canister_id, name, argument, self.sender)
            return _answer(outcome, face.decode_result)
        return self._submit(face, arguments).result()

    def submit(self, method: str, *arguments: object) -> Ticket:
        """Send an update call and return at once; nothing runs."""
        return self._submit(self._face.method(method), arguments)

    def _submit(self, face: MethodFace, arguments: Sequence[object]) -> Ticket:
        argument = face.arguments.encode(arguments)
        name = face.public_name
        reference = self._replica.submit(self.canister_id, name, argument, self.sender)
        return Ticket(self._replica, reference, face.decode_result)


def _why_empty(canister: CanisterView) -> str:
    """What has become of the code of a canister, by its history."""
    changes = [change.details.name for change in canister.history]
    if not changes:  # Even its creation is forgotten.
        return "it ran out of cycles, and lost it"
    if "code_uninstall" in changes:
        return "it was uninstalled"
    return "none was installed; `replica.install` does that"


def _principal_of(sender: Caller) -> Principal:
    principal = getattr(sender, "principal", None)
    # What is neither goes on to be refused by its name.
    return principal if isinstance(principal, Principal) else cast(Principal, sender)


def _answer(outcome: Outcome, decode_results: Callable[[bytes], object]) -> object:
    match outcome:
        case Rejected(code, message, error_code):
            raise RejectError(code, message, error_code)
        case Replied(data):
            return decode_results(data)
