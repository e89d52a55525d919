"""Calls to other canisters as values, and the responses that handlers receive.

A method or handler *returns* `call.then(handler, context)`.  Nothing is sent before that return, so
a message that traps has made no call; what waits for the response lives in stable memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, Generic, ParamSpec, TypeVar, Union, final, overload

from scm.authoring.types import RawMessage
from scm.model import Principal
from scm.runtime.forwarding import FORWARDS
from scm.runtime.outgoing import CALLEES, send_one_way

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
C = TypeVar("C")
P = ParamSpec("P")

BOUNDED_SECONDS_MAX: Final = 300  # Interface Spec, "call_with_best_effort_response"
JOINED_CALLS_MAX: Final = 1000
CYCLES_MAX: Final = 2**128 - 1  # Interface Spec, "call_cycles_add128"


@final
class Reply(Generic[T_co]):
    """The callee replied with `value`."""

    __match_args__: ClassVar = ("value",)

    def __init__(self, value: T_co) -> None:
        self.value: Final = value

    def __repr__(self) -> str:
        return f"Reply({self.value!r})"


@final
class Reject:
    """The call was rejected: `code` as in `RejectCode`, `message` from the callee or the system."""

    __match_args__: ClassVar = ("code", "message")

    def __init__(self, code: int, message: str) -> None:
        self.code: Final = code
        self.message: Final = message

    def __repr__(self) -> str:
        return f"Reject({self.code!r}, {self.message!r})"


@final
class Unknown:
    """A bounded call got no answer in time: the callee may or may not have executed it."""

    __match_args__: ClassVar = ()

    def __repr__(self) -> str:
        return "Unknown()"


Response = Union[Reply[T], Reject, Unknown]  # noqa: UP007  (a generic alias needs Union here)


@final
class Pending(Generic[R_co]):
    """A promise to reply with `R_co` once responses have been handled; only returned.

    `is_join`: the handler takes the responses of all `calls` at once.
    """

    def __init__(
        self, calls: tuple[Call[Any], ...], handler: object, context: object, is_join: bool
    ) -> None:
        self.calls: Final = calls
        self.handler: Final = handler
        self.context: Final = context
        self.is_join: Final = is_join


@final
class Call(Generic[T_co]):
    """A call that is described but not made yet; every method returns a new value.

    `arguments` are the Python values, which `codec` (a number that the compiler assigns) encodes;
    `cycles` is what is attached, `timeout_seconds` the bound on the wait (0: unbounded).
    """

    def __init__(
        self,
        callee: Principal,
        method: str,
        arguments: tuple[object, ...],
        codec: int,
        cycles: int = 0,
        timeout_seconds: int = 0,
    ) -> None:
        self.callee: Final = callee
        self.method: Final = method
        self.arguments: Final = arguments
        self.codec: Final = codec
        self.cycles: Final = cycles
        self.timeout_seconds: Final = timeout_seconds

    def with_cycles(self, cycles: int) -> Call[T_co]:
        """Attach `cycles` to the call (on top of what the call itself costs).

        The message traps when the call is made if the canister has not so many to spend.  Raises
        `ValueError` below 0 and from 2^128 on.
        """
        if not 0 <= cycles <= CYCLES_MAX:
            raise ValueError(f"a call carries 0 to 2^128 - 1 cycles, got {cycles}")
        return Call(
            self.callee, self.method, self.arguments, self.codec, cycles, self.timeout_seconds
        )

    def bounded(self, seconds: int = BOUNDED_SECONDS_MAX) -> Call[T_co]:
        """Wait at most `seconds` (1 to 300); after that the handler receives `Unknown`.

        Raises `ValueError` for another number.
        """
        if not 1 <= seconds <= BOUNDED_SECONDS_MAX:
            raise ValueError(f"a bounded call waits 1 to 300 seconds, got {seconds}")
        return Call(self.callee, self.method, self.arguments, self.codec, self.cycles, seconds)

    def send(self) -> bool:
        """Make the call without waiting for its response; whether it could be sent.

        Like everything else in a message, it is undone if the message traps.
        """
        return send_one_way(
            self.callee,
            self.method,
            self.arguments,
            self.codec,
            self.cycles,
            self.timeout_seconds,
        )

    @overload
    def then(
        self, handler: Callable[[Any, C, Response[T_co]], Pending[R]], context: C
    ) -> Pending[R]: ...

    @overload
    def then(
        self, handler: Callable[[Any, C, Response[T_co]], R | Pending[R]], context: C
    ) -> Pending[R]: ...

    @overload
    def then(self, handler: Callable[[Any, Response[T_co]], Pending[R]]) -> Pending[R]: ...

    @overload
    def then(self, handler: Callable[[Any, Response[T_co]], R | Pending[R]]) -> Pending[R]: ...

    def then(self, handler: Callable[..., Any], context: object = None) -> Pending[Any]:
        """Make the call when the message ends; `handler` gets `context` and the response."""
        return Pending((self,), handler, context, False)

    @overload
    def via(
        self,
        proxy: Principal,
        handler: Callable[[Any, C, Response[T_co]], Pending[None] | None],
        context: C,
    ) -> int: ...

    @overload
    def via(
        self, proxy: Principal, handler: Callable[[Any, Response[T_co]], Pending[None] | None]
    ) -> int: ...

    def via(self, proxy: Principal, handler: Callable[..., Any], context: object = None) -> int:
        """Have a proxy canister make the call, so that this one never waits for the callee.

        Returns at once, like `send`, the number that the call has in `scm_pending`; like everything
        else in a message it is undone if the message traps.  `handler` gets `context` and the
        response when the proxy delivers it, or a `Reject` if the proxy does not take the call.
        Raises `DrainingError` if no calls may begin, except in a response handler.
        """
        return FORWARDS.make(
            proxy,
            handler,
            context,
            self.callee,
            self.method,
            self.arguments,
            self.codec,
            self.cycles,
            self.timeout_seconds,
        )


@final
class Join(Generic[T_co]):
    """Several calls whose responses one handler gets, all at once; see `join`."""

    def __init__(self, calls: tuple[Call[T_co], ...]) -> None:
        self.calls: Final = calls

    @overload
    def then(
        self, handler: Callable[[Any, C, list[Response[T_co]]], Pending[R]], context: C
    ) -> Pending[R]: ...

    @overload
    def then(
        self, handler: Callable[[Any, C, list[Response[T_co]]], R | Pending[R]], context: C
    ) -> Pending[R]: ...

    @overload
    def then(self, handler: Callable[[Any, list[Response[T_co]]], Pending[R]]) -> Pending[R]: ...

    @overload
    def then(
        self, handler: Callable[[Any, list[Response[T_co]]], R | Pending[R]]
    ) -> Pending[R]: ...

    def then(self, handler: Callable[..., Any], context: object = None) -> Pending[Any]:
        """Make the calls when the message ends; `handler` gets `context` and all responses."""
        return Pending(self.calls, handler, context, True)


def join(calls: Iterable[Call[T]]) -> Join[T]:
    """Make several calls at once: `join([a.balance(), b.balance()]).then(compared, context)`.

    The handler runs once, when the last response has come, with a list of them in the order of the
    calls; what came before is kept in stable memory.  Raises `ValueError` unless there are 1 to
    1,000 calls.
    """
    several = tuple(calls)
    if not 1 <= len(several) <= JOINED_CALLS_MAX:
        raise ValueError(f"a join has 1 to {JOINED_CALLS_MAX} calls, got {len(several)}")
    return Join(several)


def call_raw(callee: Principal, method: str, message: bytes) -> Call[RawMessage]:
    """Describe a call of any method, with a message that is encoded already.

    For callees whose types are known only at run time.  Neither the argument nor the reply is
    looked at; the handler takes `Response[RawMessage]`.
    """
    return Call(callee, method, (message,), CALLEES.raw_codec)


class Method(Generic[P, T_co]):
    """The type of a method of a `Service`: `transfer: Method[[Principal, nat], TransferResult]`."""

    def __init__(self, call: Callable[P, Call[T_co]]) -> None:
        self._call = call

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[T_co]:
        return self._call(*args, **kwargs)


class QueryMethod(Method[P, T_co]):
    """`Method` of a callee that declares it as `query`."""


class CompositeQueryMethod(Method[P, T_co]):
    """`Method` of a callee that declares it as `composite_query`."""


class OnewayMethod(Generic[P]):
    """`Method` of a callee that declares it as `oneway`: `notify: OnewayMethod[[nat]]`."""

    def __init__(self, call: Callable[P, Call[None]]) -> None:
        self._call = call

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[None]:
        return self._call(*args, **kwargs)


class Service:
    """Base of a typed interface to another canister; the attributes are its methods.

    `class Ledger(Service): transfer: Method[[Principal, nat], TransferResult]`, and then
    `Ledger(canister_id).transfer(to, amount)` is a `Call[TransferResult]`.  As a type of Candid it
    is a reference to such a canister; two are equal if they are of one class and canister.
    """

    def __init__(self, canister_id: Principal) -> None:
        self.canister_id: Final = canister_id

    def call_method(self, method: str, arguments: tuple[object, ...], codec: int) -> Call[Any]:
        """Describe a call; the methods that the compiler generates for a service end here."""
        return Call(self.canister_id, method, arguments, codec)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Service)
            and type(self) is type(other)
            and self.canister_id == other.canister_id
        )

    def __hash__(self) -> int:
        return hash(self.canister_id)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.canister_id!r})"
