"""The page's addresses: the page itself, and JSON under `/_scm/` for it alone.

What changes something is a POST with the token of this run; a GET changes nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from scm.candid.errors import EncodeError
from scm.model import Principal
from scm.network.hold_orders import HoldOrder, MessageOrder
from scm.network.worker import Worker, WorkerStoppedError
from scm.page.canister_calls import CanisterCalls
from scm.page.form_values import FormError
from scm.page.guard import PAGE_HEADERS, ForbiddenError, check_place, check_request
from scm.page.interfaces import Json, describe_interface
from scm.page.overview import describe_network, state_mark
from scm.page.upgrades import BusyError, Upgrades
from scm.page.user_calls import CONTROLS, UserCalls, Wanted
from scm.replica.errors import ReplicaUsageError
from scm.replica.held_kinds import MessagesOf
from scm.replica.state import DeliveryId, DeliveryKind

BODY_BYTES_MAX: Final = 4 * 1024 * 1024
_PREFIX: Final = "/_scm"
_TOKEN_PLACE: Final = "{{token}}"
_KINDS: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
_HELD: Final = {kind.value: kind for kind in (DeliveryKind.REQUEST, DeliveryKind.RESPONSE)}

_Handler = Callable[[Request], Awaitable[Response]]


class _BadRequestError(Exception):
    """The body of a request is not what it must be, or what it asks for can't be done now."""


class Page:
    """The page of one run of a network."""

    def __init__(self, worker: Worker, upgrades: Upgrades) -> None:
        self.token: Final = secrets.token_urlsafe(32)
        self._worker: Final = worker
        self._upgrades: Final = upgrades
        self._user_calls: Final = UserCalls(worker)
        self._canister_calls: Final = CanisterCalls()

    def routes(self) -> list[Route]:
        """All addresses."""
        gets = {"/state": self._state, "/interface": self._interface}
        posts = {
            "/call": self._call,
            "/control": self._control,
            "/hold": self._hold,
            "/message": self._message,
            "/upgrade": self._upgrade,
        }
        return [
            Route("/", _guarded(self._index, check_place), methods=["GET"]),
            *(
                Route(f"/page/{name}", _guarded(_file(name), check_place), methods=["GET"])
                for name in static_files()
                if name != "index.html"
            ),
            *(self._route(path, handler, "GET") for path, handler in gets.items()),
            *(self._route(path, handler, "POST") for path, handler in posts.items()),
        ]

    def _route(self, path: str, handler: _Handler, method: str) -> Route:
        endpoint = _guarded(handler, lambda request: check_request(request, self.token))
        return Route(f"{_PREFIX}{path}", endpoint, methods=[method])

    async def _index(self, _request: Request) -> Response:
        text = static_files()["index.html"].replace(_TOKEN_PLACE, escape(self.token))
        return Response(text, media_type=_KINDS["html"])

    async def _state(self, request: Request) -> Response:
        """The state; 204 if it is as the page knows it."""
        known = request.query_params.get("since", "")
        now_ns = self._worker.now_ns()

        def look(core: Any) -> Json | None:
            # Answers that have come change the mark, so they come first.
            calls = self._user_calls.describe(core)
            mark = "-".join([state_mark(core), self._user_calls.mark(), self._upgrades.mark()])
            if mark == known:
                return None
            found = describe_network(core, self._canister_calls, now_ns)
            for canister in found["canisters"]:
                project = self._upgrades.project_of(Principal.from_text(canister["id"]))
                canister["project"] = None if project is None else project.name
            upgrade = self._upgrades.describe(core, now_ns)
            return {"mark": mark, **found, "user_calls": calls, "upgrade": upgrade}

        state = await self._worker.look(look)
        return Response(status_code=204) if state is None else JSONResponse(state)

    async def _interface(self, request: Request) -> Response:
        canister_id = _principal(request.query_params.get("canister"))

        def look(core: Any) -> Json:
            if canister_id not in core.state.canisters:
                raise _BadRequestError(f"there is no canister {canister_id}")
            return describe_interface(core.replica.canister(canister_id))

        return JSONResponse(await self._worker.look(look))

    async def _call(self, request: Request) -> Response:
        fields = await _read_fields(request)
        text = fields.get("text")
        wanted = Wanted(
            canister_id=_principal(fields.get("canister")),
            method=_text(fields.get("method")),
            sender=_principal(fields.get("sender")),
            given=fields.get("arguments"),
            text=None if text is None else _text(text),
        )
        try:
            made = await self._user_calls.make(wanted)
        except FormError as error:
            # No failure, but an answer: what is filled in does not fit.
            return JSONResponse({"error": error.message, "path": list(error.path)})
        return JSONResponse({"number": made.number, "outcome": made.outcome})

    async def _control(self, request: Request) -> Response:
        fields = await _read_fields(request)
        action, number = _text(fields.get("action")), fields.get("id")
        if action not in CONTROLS or type(number) is not int or not 0 <= number < 1 << 64:
            raise _BadRequestError("expected an action and the number of a call or timer")
        try:
            made = await self._user_calls.control(
                _principal(fields.get("canister")), action, number
            )
        except (FormError, EncodeError) as error:
            raise _BadRequestError(str(error)) from error
        return JSONResponse({"number": made.number})

    async def _hold(self, request: Request) -> Response:
        fields = await _read_fields(request)
        kind = _HELD.get(_text(fields.get("kind")))
        action = fields.get("action")
        if kind is None or action not in ("hold", "resume"):
            raise _BadRequestError("expected an action and a kind of messages")
        picks = MessagesOf(_principal(fields.get("canister")), kind)
        await self._worker.order(HoldOrder("hold" if action == "hold" else "resume", picks))
        return JSONResponse({})

    async def _message(self, request: Request) -> Response:
        fields = await _read_fields(request)
        action, number = fields.get("action"), fields.get("id")
        if action not in ("release", "lose") or type(number) is not int:
            raise _BadRequestError("expected an action and a message")
        word: Any = action
        await self._worker.order(MessageOrder(word, DeliveryId(number)))
        return JSONResponse({})

    async def _upgrade(self, request: Request) -> Response:
        fields = await _read_fields(request)
        try:
            match fields.get("action"):
                case "start":
                    self._upgrades.start(_principal(fields.get("canister")))
                case "install":
                    self._upgrades.install()
                case "dismiss":
                    self._upgrades.dismiss()
                case _:
                    raise _BadRequestError("expected `start`, `install` or `dismiss`")
        except (BusyError, LookupError) as error:
            raise _BadRequestError(str(error.args[0])) from error
        return JSONResponse({})


@cache
def static_files() -> Mapping[str, str]:
    """The files of the page: their text by name."""
    folder = files("scm.page") / "static"
    return {
        item.name: item.read_text(encoding="utf-8")
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.rpartition(".")[2] in _KINDS
    }


def _file(name: str) -> _Handler:
    async def endpoint(_request: Request) -> Response:
        return Response(static_files()[name], media_type=_KINDS[name.rpartition(".")[2]])

    return endpoint


def _guarded(handler: _Handler, check: Callable[[Request], None]) -> _Handler:
    async def endpoint(request: Request) -> Response:
        try:
            check(request)
            response = await handler(request)
        except ForbiddenError as error:
            response = PlainTextResponse(str(error), error.status)
        except (_BadRequestError, ReplicaUsageError) as error:
            response = JSONResponse({"error": str(error)}, 400)
        except WorkerStoppedError as error:
            response = PlainTextResponse(str(error), 503)
        except ClientDisconnect:
            response = Response(status_code=400)  # Nobody is there to read it.
        response.headers.update(PAGE_HEADERS)
        return response

    return endpoint


async def _read_fields(request: Request) -> Mapping[str, Any]:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise ForbiddenError(413, f"The request has more than {BODY_BYTES_MAX} bytes.")
        chunks.append(chunk)
    try:
        fields = json.loads(b"".join(chunks))
    except (ValueError, RecursionError) as error:
        raise _BadRequestError("the body is not JSON") from error
    if not isinstance(fields, dict):
        raise _BadRequestError("the body is not an object")
    return fields


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise _BadRequestError("expected a text")
    return given


def _principal(given: object) -> Principal:
    try:
        return Principal.from_text(_text(given))
    except ValueError as error:
        raise _BadRequestError(str(error)) from error
