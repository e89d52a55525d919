"""An agent: calls, queries and certified reads of a network, synchronously.

A call has its id before it is sent, so a lost connection is no doubt for long: the agent asks for
the status of that id, and sends the same bytes again only if the network does not know them.
That a call did not happen is said only where a certificate has it, or where nothing was sent.
Nothing is believed that no certificate proves, and no query that no node of the subnet has signed.
Interface Spec, "HTTPS interface".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from attrs import frozen

from scm.client.answers import (
    REQUEST_STATUS,
    Forgotten,
    Pending,
    Rejected,
    Replied,
    RequestStatus,
    read_request_status,
    reply_of,
)
from scm.client.certified import (
    NodeKeys,
    UnknownNodeError,
    believe,
    check_query_signatures,
    node_keys,
)
from scm.client.doubts import DoubtError, check_unknown, is_of_call, not_known, not_taken
from scm.client.identities import Identity
from scm.client.requests import (
    Message,
    Request,
    call_request,
    query_request,
    read_state_envelope,
)
from scm.client.transport import (
    BUSY,
    FIRST_PAUSE_SECONDS,
    TRIES,
    Answer,
    LostError,
    Transport,
)
from scm.errors import NetworkError, UntrustedError
from scm.model import Principal
from scm.wire.cbor import decode_cbor
from scm.wire.certificates import Certificate
from scm.wire.errors import MalformedError
from scm.wire.fields import FieldReader
from scm.wire.hash_tree import Labels
from scm.wire.query_signatures import rejected_fields, replied_fields

WAIT_SECONDS: Final = 300.0
"""How long a call is waited for, if the caller does not say."""

PAUSE_SECONDS_MAX: Final = 2.0
_POLL_SECONDS: Final = 0.1
_MAY_HAVE_ARRIVED: Final = BUSY - {429}
"""Statuses of gateways and of networks that stop, by which a call may have been taken before."""

_Value = TypeVar("_Value")
_NO_SUCH_ENDPOINT: Final = frozenset({404, 405})


class Agent:
    """Speaks for one identity to one network, whose root key (DER) decides what is true."""

    def __init__(self, transport: Transport, root_key_der: bytes, identity: Identity) -> None:
        self.transport: Final = transport
        self.root_key_der: Final = root_key_der
        self.identity: Final = identity
        self._clock: Final = transport.clock
        self._nodes: Final[dict[Principal, NodeKeys]] = {}

    def for_identity(self, identity: Identity) -> Agent:
        """The same network for another caller."""
        return Agent(self.transport, self.root_key_der, identity)

    # Queries and certified reads: may be sent as often as it takes.

    def query(self, message: Message) -> bytes:
        """The reply of a query, signed by nodes of the subnet.

        Raises `RejectError`, `UntrustedError`, `NetworkError`.
        """
        request = query_request(message, self.identity, self._clock.now_ns())
        body = self._post_versions("query", request.effective_id, request.envelope, ("v3", "v2"))
        fields = self._fields(body)
        outcome = _query_outcome(fields)
        self._check_query(fields, outcome, request)
        return reply_of(outcome)

    def read_state(self, effective_id: Principal, paths: Iterable[Labels]) -> Certificate:
        """A certificate of what is on these paths; raises `UntrustedError`, `NetworkError`."""
        envelope = read_state_envelope(paths, self.identity, self._clock.now_ns())
        body = self._post_versions("read_state", effective_id, envelope, ("v3", "v2"))
        encoded = _bytes_in(self._fields(body), "certificate")
        return self._believe(encoded, effective_id)

    # Calls: one, however often its bytes are sent.

    def call(self, message: Message, seconds: float = WAIT_SECONDS) -> bytes:
        """Call an update method and wait for the reply.

        Raises `RejectError`; `UntrustedError`; `NetworkError` if the network can't be reached, or
        if there is no answer after so many seconds.
        """
        request = self.prepare(message)
        return self.wait(request, seconds, self.send(request, waits=True))

    def prepare(self, message: Message) -> Request:
        """A call that is signed and not sent."""
        return call_request(message, self.identity, self._clock.now_ns())

    def send(self, request: Request, *, waits: bool = False) -> RequestStatus:
        """Have a call taken by the network; what is known of it then.

        `waits`: let the network answer when the call is done, if it is within seconds.  Raises
        `NetworkError` if the call was not taken and never will be, which is certified where the
        connection was lost.
        """
        pause = FIRST_PAUSE_SECONDS
        refusals = 0
        is_in_doubt = False
        while True:
            try:
                answer = self._post_call(request, waits=waits)
                is_in_doubt |= answer.status in _MAY_HAVE_ARRIVED
                known = self._read_call_answer(answer, request)
                if known is not None and (not is_in_doubt or is_of_call(known)):
                    return known
            except LostError as error:
                refusals += 1
                is_in_doubt |= error.may_have_arrived
                if not is_in_doubt and (refusals == TRIES or not self.transport.was_reached):
                    raise
            except NetworkError:
                if not is_in_doubt:
                    raise  # Else it is about this copy of the call, and an earlier one may be in.
            if is_in_doubt:
                status = self._status_in_doubt(request)
                if status is not None:
                    return status
            elif not self._can_still_arrive(request):
                raise not_taken(request)
            self._clock.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    def wait(
        self, request: Request, seconds: float = WAIT_SECONDS, known: RequestStatus | None = None
    ) -> bytes:
        """Wait for the reply to a call that was taken.  Raises as `call` does.

        While the network is away it goes on, until the time is up.
        """
        until_ns = self._clock.now_ns() + round(seconds * 10**9)
        pause = _POLL_SECONDS
        status = known or Pending("received")
        was_certified = False
        trouble: NetworkError | None = None
        while True:
            match status:
                case Replied() | Rejected():
                    return reply_of(status)
                case Forgotten():
                    raise NetworkError(
                        f"the call of `{request.method}` was answered, and its answer is not kept",
                        "ask the canister what it did",
                    )
                case Pending("unknown") if was_certified:
                    raise not_known(request, "was taken", "its status is kept no longer")
                case Pending("unknown"):
                    check_unknown(status, request)
                case Pending(time_ns=time_ns):
                    was_certified |= time_ns > 0
            if self._clock.now_ns() >= until_ns:
                if trouble is not None:
                    raise not_known(request, "was taken", trouble.message) from trouble
                raise StillPendingError(request, seconds)
            self._clock.sleep(pause)
            pause = min(1.5 * pause, PAUSE_SECONDS_MAX)
            try:
                status, trouble = self.poll(request), None
            except NetworkError as error:
                trouble = error

    def poll(self, request: Request) -> RequestStatus:
        """What the network says of a call now; raises `UntrustedError`, `NetworkError`."""
        path = (REQUEST_STATUS, request.request_id)
        certificate = self.read_state(request.effective_id, [path])
        return read_request_status(certificate, request.request_id)

    def _post_call(self, request: Request, *, waits: bool) -> Answer:
        for version in ("v4", "v2") if waits else ("v2",):
            path = f"/api/{version}/canister/{request.effective_id}/call"
            answer = self.transport.post_once(path, request.envelope)
            if answer.status not in _NO_SUCH_ENDPOINT:
                return answer
        return answer

    def _read_call_answer(self, answer: Answer, request: Request) -> RequestStatus | None:
        """What an answer to a call says of it; None if the network is busy."""
        if answer.status in BUSY:
            self.transport.tell_busy(answer)
            return None
        if answer.status == 202:
            return Pending("received")
        self._check_status(answer)
        fields = self._fields(answer.body)
        if fields.optional_text("status") == "replied":
            certificate = self._believe(_bytes_in(fields, "certificate"), request.effective_id)
            return read_request_status(certificate, request.request_id)
        # Refused before it became part of the state, so that nothing certifies it.
        return _rejection(fields, is_certified=False)

    def _status_in_doubt(self, request: Request) -> RequestStatus | None:
        """What became of a call that may have arrived; None if it is to be sent (again).

        Raises `NetworkError` when its time is up: with certainty, if a certificate has it.
        """
        try:
            status = self.poll(request)
        except NetworkError as error:
            if not self._can_still_arrive(request):
                raise not_known(request, "may have been taken", error.message) from error
            return None
        if not isinstance(status, Pending) or status.status != "unknown":
            return status
        check_unknown(status, request)
        return None

    def _can_still_arrive(self, request: Request) -> bool:
        return self._clock.now_ns() < request.expiry_ns

    # What came back.

    def _post_versions(
        self, what: str, effective_id: Principal, envelope: bytes, versions: tuple[str, ...]
    ) -> bytes:
        for version in versions:
            path = f"/api/{version}/canister/{effective_id}/{what}"
            answer = self.transport.post(path, envelope)
            if answer.status not in _NO_SUCH_ENDPOINT:
                break
        self._check_status(answer)
        return answer.body

    def _check_status(self, answer: Answer) -> None:
        if answer.status == 200:
            return
        text = answer.text or f"status {answer.status}"
        help = ""
        if text.startswith("Invalid request expiry"):
            help = "the clocks of this machine and of the network differ: set them"
        elif answer.status == 413:
            help = "the message is too large: a module goes by chunks, as `scm deploy` does it"
        raise NetworkError(f"`{self.transport.url}` refuses the request: {text}", help)

    def _fields(self, body: bytes) -> FieldReader:
        try:
            return FieldReader(decode_cbor(body), "an answer")
        except MalformedError as error:
            raise UntrustedError(
                f"`{self.transport.url}` does not answer as the Internet Computer does: {error}",
                "check the URL",
            ) from error

    def _believe(self, encoded: bytes, effective_id: Principal) -> Certificate:
        about = None if effective_id == Principal.management_canister() else effective_id
        return believe(encoded, self.root_key_der, about, self._clock.now_ns())

    def _check_query(
        self, fields: FieldReader, outcome: Replied | Rejected, request: Request
    ) -> None:
        if isinstance(outcome, Replied):
            signed = replied_fields(outcome.reply)
        else:
            signed = rejected_fields(outcome.code, outcome.message, outcome.error_code)
        try:
            signatures = fields.list_field("signatures")
        except MalformedError as error:
            raise UntrustedError("an answer to a query has no signatures") from error
        canister_id, now_ns = request.effective_id, self._clock.now_ns()
        id_ = request.request_id
        try:
            nodes = self._nodes_of(canister_id)
            check_query_signatures(signed, signatures, id_, nodes, now_ns)
        except UnknownNodeError:
            self._nodes.pop(canister_id, None)  # The subnet may have new nodes.
            nodes = self._nodes_of(canister_id)
            check_query_signatures(signed, signatures, id_, nodes, now_ns)

    def _nodes_of(self, canister_id: Principal) -> NodeKeys:
        if canister_id not in self._nodes:
            certificate = self.read_state(canister_id, [(b"subnet",)])
            self._nodes[canister_id] = node_keys(certificate, self.root_key_der, canister_id)
        return self._nodes[canister_id]


class StillPendingError(DoubtError):
    """A call that the network has taken is not answered yet; `request` can be waited for again."""

    exit_code = 8
    code = "pending"

    def __init__(self, request: Request, seconds: float) -> None:
        super().__init__(
            f"`{request.method}` has not answered after {seconds:g} s; the call goes on",
            f"its request id is {request.request_id.hex()}",
            request,
        )


def _query_outcome(fields: FieldReader) -> Replied | Rejected:
    try:
        if fields.optional_text("status") == "replied":
            reply = FieldReader(fields.map_field("reply"), "a reply")
            return Replied(reply.bytes_field("arg"))
    except MalformedError as error:
        raise UntrustedError(f"an answer to a query is malformed: {error}") from error
    return _rejection(fields, is_certified=True)


def _rejection(fields: FieldReader, *, is_certified: bool) -> Rejected:
    try:
        return Rejected(
            fields.natural_field("reject_code"),
            fields.text_field("reject_message"),
            fields.optional_text("error_code") or "",
            is_certified,
        )
    except MalformedError as error:
        raise UntrustedError(f"a reject is malformed: {error}") from error


def _bytes_in(fields: FieldReader, name: str) -> bytes:
    try:
        return fields.bytes_field(name)
    except MalformedError as error:
        raise UntrustedError(f"an answer is malformed: {error}") from error


def read_root_key(transport: Transport) -> bytes:
    """The root key (DER) that a network says it has: for networks of one's own only.

    Whoever answers could make up both the key and what it signs.  Raises `NetworkError`.
    """
    return _read_status(transport, lambda fields: fields.bytes_field("root_key"))


@frozen
class Health:
    """How a network says it is: `healthy`, or another word, and why; in a stranger's words."""

    status: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}" if self.reason else self.status


def read_health(transport: Transport) -> Health:
    """What a network says of itself; raises `NetworkError`."""

    def read(fields: FieldReader) -> Health:
        status = fields.optional_text("replica_health_status") or "of unknown health"
        return Health(status, fields.optional_text("replica_health_reason") or "")

    return _read_status(transport, read)


def _read_status(transport: Transport, read: Callable[[FieldReader], _Value]) -> _Value:
    answer = transport.get("/api/v2/status")
    try:
        if answer.status != 200:
            raise MalformedError(f"status {answer.status}")
        return read(FieldReader(decode_cbor(answer.body), "the status"))
    except MalformedError as error:
        raise NetworkError(
            f"`{transport.url}` is no network of the Internet Computer: {error}", "check the URL"
        ) from error
