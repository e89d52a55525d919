"""Decorators that mark what a canister is made of.

A decorator only marks: functions come back unchanged, classes become dataclasses on the host.  The
compiler reads the marks at discovery, then builds the canister from a copy of the source without
them (`@record` and `@state` classes become native classes), so nothing here runs in a canister.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, ParamSpec, TypeVar, dataclass_transform, overload

MARK: Final = "__scm_mark__"  # Attribute that holds a `Mark` on a marked function or class.

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C")
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")  # Of a state,
X = TypeVar("X")  # a context,
A = TypeVar("A")  # and a response.


class Mark:
    """What a decorator said: `kind` is its name, `tag` the tag of a variant's case (or its id)."""

    def __init__(self, kind: str, tag: str | int = "") -> None:
        self.kind: Final = kind
        self.tag: Final = tag


def init(function: F) -> F:
    """Mark the function that makes the first state, at install and reinstall.

    Its parameters are the canister's init arguments; it returns the `@state` object.
    """
    setattr(function, MARK, Mark("init"))
    return function


@overload
def update(function: F) -> F: ...


@overload
def update(function: str) -> Callable[[F], F]: ...


def update(function: F | str) -> F | Callable[[F], F]:
    """Mark a public update method: `(state, *arguments) -> reply` or `-> Pending[reply]`.

    `@update("icrc1:mint")` gives it a public name that is not the function's.
    """
    return _as_method(function, "update")


@overload
def query(function: F) -> F: ...


@overload
def query(function: str) -> Callable[[F], F]: ...


def query(function: F | str) -> F | Callable[[F], F]:
    """Mark a public query method: like an update, but its changes are dropped; no calls."""
    return _as_method(function, "query")


@overload
def on_response(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def on_response(
    *,
    on_trap: Callable[[S, X], None],
    valid_for: int = ...,
    retry: bool = ...,
    formerly: tuple[str, ...] = ...,
) -> Callable[[Callable[[S, X, A], R]], Callable[[S, X, A], R]]: ...


@overload
def on_response(
    *,
    on_trap: Callable[[S], None],
    valid_for: int = ...,
    retry: bool = ...,
    formerly: tuple[str, ...] = ...,
) -> Callable[[Callable[[S, A], R]], Callable[[S, A], R]]: ...


@overload
def on_response(
    *, valid_for: int = ..., retry: bool = ..., formerly: tuple[str, ...] = ...
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def on_response(
    function: Callable[..., Any] | None = None,
    /,
    *,
    on_trap: object = None,
    valid_for: int = 0,
    retry: bool = False,
    formerly: tuple[str, ...] = (),
) -> Any:
    """Mark a response handler: `(state, context, response) -> reply` or `-> Pending[reply]`.

    Its name gets a slot in the function table for good (`scm.lock`), so that a response that
    arrives after an upgrade finds it.

    `on_trap` is a function `(state, context) -> None` that runs if the handler traps, after its
    changes are undone: to release a lock, for instance.  It can't call nor reply, and what it
    changes before an exception of its own is kept.  A response later than `valid_for` seconds after
    the call is refused: the call is kept as failed, and the caller gets a reject.  `retry`: the
    response is kept first, and the handler runs in a message of its own, so that it can be run
    again if it traps.  `formerly` are names that the handler had in older versions: it has their
    slot, and takes their calls over.
    """

    def mark(marked: Callable[..., Any]) -> Callable[..., Any]:
        setattr(marked, MARK, Mark("on_response"))
        return marked

    return mark if function is None else mark(function)


@overload
def migration(number: int, /, *, field: str) -> Callable[[Callable[[X], R]], Callable[[X], R]]: ...


@overload
def migration(
    number: int, /, *, handler: str
) -> Callable[[Callable[[X], R]], Callable[[X], R]]: ...


def migration(number: int, /, *, field: str = "", handler: str = "") -> Callable[[F], F]:
    """Mark a function `(old) -> new` that makes a value of today's type of one that is stored.

    `field`: of a field of the state, or of each value of a collection; `handler`: of the contexts
    of calls that wait for a response handler, or of timers that are set for a timer handler.  The
    steps of a target are numbered 1, 2, 3, ...; what is stored goes through those that it has not
    behind it, each taking what the one before returns.
    """

    def mark(marked: F) -> F:
        setattr(marked, MARK, Mark("migration"))
        return marked

    return mark


@dataclass_transform(frozen_default=True)
def record(cls: type[C]) -> type[C]:
    """Mark a Candid record: an immutable value with typed fields."""
    return _as_value(cls, Mark("record"))


@overload
@dataclass_transform(frozen_default=True)
def variant(cls: type[C]) -> type[C]: ...


@overload
@dataclass_transform(frozen_default=True)
def variant(cls: str | int) -> Callable[[type[C]], type[C]]: ...


def variant(cls: type[C] | str | int) -> type[C] | Callable[[type[C]], type[C]]:
    """Mark one case of a Candid variant; the variant itself is a union of cases.

    `@variant class Paid: block: nat` has the tag `Paid` and a record as its payload; no field means
    no payload; a single field called `value` is the payload itself.  `@variant("ok")` sets the tag,
    `@variant(7)` the id of a tag without a name.
    """
    if isinstance(cls, (str, int)):
        tag = cls

        def mark(marked: type[C]) -> type[C]:
            return _as_value(marked, Mark("variant", tag))

        return mark
    return _as_value(cls, Mark("variant", cls.__name__))


@overload
@dataclass_transform()
def state(cls: type[C]) -> type[C]: ...


@overload
@dataclass_transform()
def state(
    *, renamed: Mapping[str, str] = ..., dropped: tuple[str, ...] = ...
) -> Callable[[type[C]], type[C]]: ...


def state(
    cls: type[C] | None = None,
    *,
    renamed: Mapping[str, str] | None = None,
    dropped: tuple[str, ...] = (),
) -> type[C] | Callable[[type[C]], type[C]]:
    """Mark the class whose fields live in stable memory; there is one per canister.

    `@state(renamed={"new": "old"})`: field `new` takes over at an upgrade what is stored for `old`.
    `@state(dropped=("old",))`: what is stored for `old`, which is a field no longer, is given up.
    Both have no effect where nothing is stored under the old name.
    """
    return _as_state if cls is None else _as_state(cls)


def _as_state(cls: type[C]) -> type[C]:
    import dataclasses  # Host only: the canister never runs a decorator.

    for name, default in list(vars(cls).items()):
        if type(default).__module__.startswith("scm.collections."):
            # Each state object gets a collection of its own, as in the canister.
            setattr(cls, name, dataclasses.field(default_factory=type(default)))
    marked = dataclasses.dataclass(cls)
    setattr(marked, MARK, Mark("state"))
    return marked


def _as_value(cls: type[C], mark: Mark) -> type[C]:
    import dataclasses  # Host only: the canister never runs a decorator.

    marked = dataclasses.dataclass(frozen=True)(cls)
    setattr(marked, MARK, mark)
    return marked


def _as_method(function: F | str, kind: str) -> F | Callable[[F], F]:
    if isinstance(function, str):

        def mark(marked: F) -> F:
            setattr(marked, MARK, Mark(kind))
            return marked

        return mark
    setattr(function, MARK, Mark(kind))
    return function
