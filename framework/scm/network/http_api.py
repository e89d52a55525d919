"""The IC's HTTP interface: requests in CBOR to work for the replica, and its results to answers.

Interface Spec, "HTTPS interface".  All versions of the endpoints give the same: what differs
between them is how a subnet's delegation is told, and this subnet is its own root.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Final, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from scm.model import Principal
from scm.network.admission import (
    RequestError,
    check_effective_id,
    check_expiry,
    check_readable,
    check_subnet_call,
    read_request_id,
)
from scm.network.bodies import Bodies
from scm.network.core import Core
from scm.network.journal import UserCall
from scm.network.keys import NetworkKeys
from scm.network.work import Accepted, Busy, CallResult, Certified, Refused, TooLarge
from scm.network.worker import Clock, Worker, WorkerStoppedError
from scm.replica.ingress import INGRESS_BYTES_MAX
from scm.replica.queries import QueryCall
from scm.replica.state import Outcome, Rejected, Replied
from scm.wire.authentication import Authority, authenticate
from scm.wire.cbor import encode_cbor
from scm.wire.envelopes import (
    CallContent,
    Envelope,
    QueryContent,
    ReadStateContent,
    decode_envelope,
)
from scm.wire.errors import AuthenticationError, MalformedError
from scm.wire.query_signatures import rejected_fields, replied_fields, signed_response
from scm.wire.request_id import Hashable

SYNCHRONOUS_SECONDS: Final = 10.0
"""How long a synchronous call waits for its answer."""

_CBOR: Final = "application/cbor"
_RECENT: Final = 1024
_VERSION: Final = "scm-embedded-replica"

_Content = TypeVar("_Content", CallContent, QueryContent, ReadStateContent)


class HttpApi:
    """The endpoints under `/api`."""

    def __init__(self, worker: Worker, keys: NetworkKeys, clock: Clock) -> None:
        self._worker: Final = worker
        self._keys: Final = keys
        self._clock: Final = clock
        self._bodies: Final = Bodies()
        self._subnet_id: Final = Principal(keys.root.subnet_id)

    def routes(self) -> list[Route]:
        """The endpoints, by method and path."""
        posts = [
            ("/v2/canister/{id}/call", self._call_asynchronously),
            ("/v3/canister/{id}/call", self._call_synchronously),
            ("/v4/canister/{id}/call", self._call_synchronously),
            ("/v4/subnet/{id}/call", self._call_subnet),
            ("/v2/canister/{id}/query", self._query),
            ("/v3/canister/{id}/query", self._query),
            ("/v3/subnet/{id}/query", self._query_subnet),
            ("/v2/canister/{id}/read_state", self._read),
            ("/v3/canister/{id}/read_state", self._read),
            ("/v2/subnet/{id}/read_state", self._read_subnet),
            ("/v3/subnet/{id}/read_state", self._read_subnet),
        ]
        return [
            Route("/v2/status", _guarded(self._status), methods=["GET"]),
            *(Route(path, _guarded(handler), methods=["POST"]) for path, handler in posts),
        ]

    async def _status(self, _request: Request) -> Response:
        refusing = self._worker.refusing
        return _cbor(
            {
                "root_key": self._keys.root.public_der,
                "impl_version": _VERSION,
                "replica_health_status": "refusing_calls" if refusing else "healthy",
                # A field of ours, as the specification lets implementations add them.
                **({"replica_health_reason": refusing} if refusing else {}),
            }
        )

    # Calls.

    async def _call_asynchronously(self, request: Request) -> Response:
        content, envelope = await self._read_call(request)
        result = await self._worker.call(_user_call(content, envelope), is_waiting=False)
        if isinstance(result, Refused):
            return _cbor(_reject_fields(result.rejected))
        return Response(status_code=202) if result == Accepted() else _call_response(result)

    async def _call_synchronously(self, request: Request) -> Response:
        content, envelope = await self._read_call(request)
        return await self._wait(content, envelope)

    async def _call_subnet(self, request: Request) -> Response:
        self._check_subnet(request)
        content, envelope, _ = await self._authenticated(request, CallContent)
        check_subnet_call(content)
        return await self._wait(content, envelope)

    async def _wait(self, content: CallContent, envelope: Envelope) -> Response:
        answer = self._worker.call(_user_call(content, envelope), is_waiting=True)
        try:
            return _call_response(await asyncio.wait_for(answer, SYNCHRONOUS_SECONDS))
        except TimeoutError:
            return _call_response(Accepted())

    async def _read_call(self, request: Request) -> tuple[CallContent, Envelope]:
        effective_id = _path_principal(request)
        content, envelope, _ = await self._authenticated(request, CallContent)
        check_effective_id(content, effective_id)
        return content, envelope

    # Queries.

    async def _query(self, request: Request) -> Response:
        effective_id = _path_principal(request)
        content, envelope, _ = await self._authenticated(request, QueryContent)
        check_effective_id(content, effective_id)
        return await self._answer_query(content, envelope)

    async def _query_subnet(self, request: Request) -> Response:
        self._check_subnet(request)
        content, envelope, _ = await self._authenticated(request, QueryContent)
        check_subnet_call(content)
        return await self._answer_query(content, envelope)

    async def _answer_query(self, content: QueryContent, envelope: Envelope) -> Response:
        call = QueryCall(content.canister_id, content.method_name, content.argument, content.sender)
        fields = _query_fields(await self._worker.query(call))
        time_ns = self._clock()
        message = signed_response(fields, envelope.request_id, time_ns)
        signature = {
            "timestamp": time_ns,
            "signature": self._keys.sign_response(message),
            "identity": self._keys.node_id.raw,
        }
        return _cbor({**fields, "signatures": [signature]})

    # Reads.

    async def _read(self, request: Request) -> Response:
        return await self._certify(request, _path_principal(request), is_subnet=False)

    async def _read_subnet(self, request: Request) -> Response:
        self._check_subnet(request)
        return await self._certify(request, self._subnet_id, is_subnet=True)

    async def _certify(
        self, request: Request, effective_id: Principal, *, is_subnet: bool
    ) -> Response:
        content, _, authority = await self._authenticated(request, ReadStateContent)
        request_id = read_request_id(content.paths, effective_id, is_subnet=is_subnet)

        def check(core: Core) -> None:
            check_readable(core, content.paths, authority, request_id, effective_id)

        return _cbor({"certificate": await self._worker.read(list(content.paths), check)})

    # What all have in common.

    def _check_subnet(self, request: Request) -> None:
        if _path_principal(request) != self._subnet_id:
            raise RequestError(400, f"There is only one subnet here, {self._subnet_id}.")

    async def _authenticated(
        self, request: Request, kind: type[_Content]
    ) -> tuple[_Content, Envelope, Authority]:
        """The request in the body, if its sender has signed it, and it is of this kind."""
        body = await self._bodies.receive(request)
        if kind is CallContent and len(body) > INGRESS_BYTES_MAX:
            raise RequestError(
                413, f"The call has {len(body)} bytes, at most {INGRESS_BYTES_MAX} are allowed."
            )
        try:
            envelope = decode_envelope(body)
            content = envelope.content
            if not isinstance(content, kind):
                raise RequestError(400, f"Not a request of the type `{kind.request_type}`.")
            now_ns = self._clock()
            check_expiry(content, now_ns)
            authority = authenticate(envelope, now_ns, self._keys.root.public_der)
        except (MalformedError, AuthenticationError) as error:
            raise RequestError(400, str(error)) from error
        return content, envelope, authority


def _guarded(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except RequestError as error:
            # What is left of a body would be taken for the next request.
            headers = {"connection": "close"} if error.status in (408, 413, 503) else None
            return PlainTextResponse(error.text, error.status, headers)
        except WorkerStoppedError as error:
            return PlainTextResponse(str(error), 503)
        except ClientDisconnect:
            return Response(status_code=400)  # Nobody is there to read it.

    return endpoint


def _user_call(content: CallContent, envelope: Envelope) -> UserCall:
    return UserCall(
        request_id=envelope.request_id,
        sender=content.sender,
        expires_ns=content.ingress_expiry_ns,
        canister_id=content.canister_id,
        method=content.method_name,
        argument=content.argument,
    )


_read_principal: Final = lru_cache(_RECENT)(Principal.from_text)


def _path_principal(request: Request) -> Principal:
    try:
        return _read_principal(str(request.path_params["id"]))
    except ValueError as error:
        raise RequestError(400, f"Invalid id in the URL: {error}") from error


def _call_response(result: CallResult) -> Response:
    match result:
        case Certified(certificate):
            return _cbor({"status": "replied", "certificate": certificate})
        case Accepted():
            # Some agents want a map in any case.
            return _cbor({"status": "accepted"}, 202)
        case Refused(rejected):
            return _cbor({"status": "non_replicated_rejection", **_reject_fields(rejected)})
        case TooLarge(reason):
            return PlainTextResponse(reason, 413)
        case Busy(reason):
            return PlainTextResponse(reason, 503)


def _reject_fields(rejected: Rejected) -> dict[str, object]:
    fields: dict[str, object] = {
        "reject_code": rejected.code,
        "reject_message": rejected.message,
    }
    return fields | ({"error_code": rejected.error_code} if rejected.error_code else {})


def _query_fields(outcome: Outcome) -> dict[str, Hashable | None]:
    match outcome:
        case Replied(reply):
            return replied_fields(reply)
        case Rejected(code, message, error_code):
            fields = rejected_fields(code, message, error_code)
            return {name: value for name, value in fields.items() if value is not None}


def _cbor(value: Mapping[str, object], status: int = 200) -> Response:
    return Response(encode_cbor(value), status, media_type=_CBOR)
