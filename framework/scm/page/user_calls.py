"""Calls that were made on the page, and what has become of them; kept as long as `scm run` runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final

from attrs import define, field, frozen

from scm.candid.decode import decode, decode_untyped
from scm.candid.encode import encode
from scm.candid.errors import CandidSyntaxError, DecodeError, EncodeError
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.client.controls import answer_argument, call_argument, timer_argument
from scm.model import Principal
from scm.network.core import Core
from scm.network.journal import UserCall
from scm.network.work import Accepted, Busy, Certified, Refused, TooLarge
from scm.network.worker import Worker
from scm.page.form_values import FormError, values_of_form
from scm.page.interfaces import Json, MethodTypes, find_method, read_document
from scm.page.overview import known_senders
from scm.replica.queries import QueryCall
from scm.replica.state import Outcome, Pending, Rejected, Replied

CALLS_KEPT: Final = 30
CONTROLS: Final[Mapping[str, tuple[str, Callable[[int], bytes]]]] = {
    "retry": ("scm_retry", call_argument),
    "answer": ("scm_answer", lambda number: answer_argument(number, None, None)),
    "discard": ("scm_discard", call_argument),
    "retry_timer": ("scm_retry_timer", timer_argument),
    "discard_timer": ("scm_discard_timer", timer_argument),
}
"""What can be done about a failed call or timer: the canister's method and its argument.

`answer` runs the handler with `Unknown`.
"""

_EXPIRY_NS: Final = 240 * 10**9
_TEXT_MAX: Final = 20_000


@frozen
class Wanted:
    """A call that is to be made: `given` as a form has it, or else `text`, Candid."""

    canister_id: Principal
    method: str
    sender: Principal
    given: object = None
    text: str | None = None


@define
class MadeCall:
    """A call that was made; `outcome` is None as long as it has no answer."""

    number: int
    request_id: bytes
    wanted: Wanted
    is_query: bool
    arguments: str
    types: MethodTypes | None
    made_ns: int
    outcome: Json | None = None


@define
class UserCalls:
    """The last calls of the page; their answers are written as the module of then declared them."""

    _worker: Worker
    _made: list[MadeCall] = field(factory=list)
    _numbers: count[int] = field(factory=lambda: count(1))

    async def make(self, wanted: Wanted) -> MadeCall:
        """Make a call; an update call may wait for its answer for long, so its answer comes later.

        Raises `FormError` if the values do not fit, or if the network does not take the call.
        """
        types = await self._worker.look(lambda core: _types_of(core, wanted))
        argument, shown = encode_arguments(wanted, types)
        is_query = types is not None and types.is_query
        made = MadeCall(
            number=next(self._numbers),
            request_id=secrets.token_bytes(32),
            wanted=wanted,
            is_query=is_query,
            arguments=shown,
            types=types,
            made_ns=self._worker.now_ns(),
        )
        if is_query:
            call = QueryCall(wanted.canister_id, wanted.method, argument, wanted.sender)
            made.outcome = describe_outcome(await self._worker.query(call), types)
        else:
            await self._submit(made, argument)
        self._made = [*self._made, made][-CALLS_KEPT:]
        return made

    async def control(self, canister_id: Principal, action: str, number: int) -> MadeCall:
        """Have a failed call or timer of a canister dealt with, as a controller of it.

        `action` is one of `CONTROLS`.  Raises `FormError` if the network does not take the call.
        """
        sender = await self._worker.look(lambda core: _controller_of(core, canister_id))
        method, argument_of = CONTROLS[action]
        made = MadeCall(
            number=next(self._numbers),
            request_id=secrets.token_bytes(32),
            wanted=Wanted(canister_id, method, sender),
            is_query=False,
            arguments=f"({number})",
            types=None,
            made_ns=self._worker.now_ns(),
        )
        await self._submit(made, argument_of(number))
        self._made = [*self._made, made][-CALLS_KEPT:]
        return made

    async def _submit(self, made: MadeCall, argument: bytes) -> None:
        wanted = made.wanted
        result = await self._worker.call(
            UserCall(
                request_id=made.request_id,
                sender=wanted.sender,
                expires_ns=made.made_ns + _EXPIRY_NS,
                canister_id=wanted.canister_id,
                method=wanted.method,
                argument=argument,
            ),
            is_waiting=False,
        )
        match result:
            case Refused(rejected):
                made.outcome = describe_outcome(rejected, made.types)
            case TooLarge(reason) | Busy(reason):
                raise FormError((), reason)
            case Accepted() | Certified():
                pass

    def mark(self) -> str:
        """Changes with the calls."""
        last = self._made[-1].number if self._made else 0
        return f"{last}.{sum(made.outcome is not None for made in self._made)}"

    def describe(self, core: Core) -> list[Json]:
        """The calls with their answers, the newest first."""
        for made in self._made:
            if made.outcome is None:
                made.outcome = _find_outcome(core, made)
        return [_describe(made) for made in reversed(self._made)]


def encode_arguments(wanted: Wanted, types: MethodTypes | None) -> tuple[bytes, str]:
    """The message, and the arguments as Candid; raises `FormError`."""
    if types is None:
        raise FormError((), f"the interface has no method `{wanted.method}` any more")
    try:
        values: Sequence[object]
        if wanted.text is not None:
            values = parse_values(wanted.text, types.arguments, types.env, exact=True)
        else:
            values = values_of_form(wanted.given, types.arguments, types.env)
        message = encode(types.arguments, values, types.env)
        return message, format_values(values, types.arguments, types.env)
    except CandidSyntaxError as error:
        place = f"line {error.line}, column {error.column}"
        raise FormError(("text",), f"{place}: {error.message}") from error
    except EncodeError as error:
        raise FormError((), str(error)) from error


def describe_outcome(outcome: Outcome, types: MethodTypes | None) -> Json:
    """An answer as JSON: its text is Candid, or the reject message."""
    match outcome:
        case Replied(reply):
            return {"kind": "reply", "text": _reply_text(reply, types)[:_TEXT_MAX]}
        case Rejected(code, message, error_code):
            return {
                "kind": "reject",
                "text": message[:_TEXT_MAX],
                "code": f"reject code {code}, {error_code}",
            }


def _types_of(core: Core, wanted: Wanted) -> MethodTypes | None:
    if wanted.canister_id not in core.state.canisters:
        raise FormError((), f"there is no canister {wanted.canister_id}")
    if wanted.sender not in known_senders(core):
        raise FormError((), f"the page makes no calls for {wanted.sender}")
    return find_method(read_document(core.replica.canister(wanted.canister_id)), wanted.method)


def _controller_of(core: Core, canister_id: Principal) -> Principal:
    canister = core.state.canisters.get(canister_id)
    if canister is None:
        raise FormError((), f"there is no canister {canister_id}")
    if not canister.controllers:
        raise FormError((), f"canister {canister_id} has no controller")
    return next(iter(canister.controllers))


def _find_outcome(core: Core, made: MadeCall) -> Json | None:
    record = core.find_request(made.request_id)
    if record is None:
        return {"kind": "reject", "text": "the network has forgotten this call", "code": ""}
    if isinstance(record.status, Pending):
        return None
    return describe_outcome(record.status, made.types) | {"ms": record.answered_ns // 10**6}


def _reply_text(reply: bytes, types: MethodTypes | None) -> str:
    try:
        if types is not None:
            return format_values(decode(reply, types.results, types.env), types.results, types.env)
    except (DecodeError, EncodeError):
        pass  # It is none of what the interface promises: shown as it is.
    try:
        untyped: Any = decode_untyped(reply)
        return f"{untyped}"
    except DecodeError:
        return f"{len(reply)} bytes that are no Candid: {reply[:64].hex()}"


def _describe(made: MadeCall) -> Json:
    wanted = made.wanted
    return {
        "number": made.number,
        "canister": str(wanted.canister_id),
        "method": wanted.method,
        "sender": str(wanted.sender),
        "arguments": made.arguments[:_TEXT_MAX],
        "is_query": made.is_query,
        "made_ms": made.made_ns // 10**6,
        "outcome": made.outcome,
    }
