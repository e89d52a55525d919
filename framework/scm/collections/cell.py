"""`StableCell`: one value in stable memory, read only when it is asked for."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar, overload

from scm.collections.detached import Detached
from scm.runtime import store

T = TypeVar("T")
D = TypeVar("D")

_DETACHED: Final[Any] = Detached("StableCell")


class StableCell(Generic[T]):
    """A value in stable memory that is read when asked for, and not with the state.

    For what is large and rarely needed; a field of the state.  What it gives is a copy: after
    changing the value, put it back.
    """

    def __init__(self) -> None:
        self._engine: store.Positional = _DETACHED

    def attach(self, engine: store.Positional) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine

    @property
    def is_set(self) -> bool:
        """Whether there is a value."""
        return len(self._engine) > 0

    @property
    def value(self) -> T:
        """The value; LookupError if there is none."""
        if len(self._engine) == 0:
            raise LookupError("the cell has no value")
        value: T = self._engine[0]
        return value

    @value.setter
    def value(self, value: T) -> None:
        self.set(value)

    @overload
    def get(self, default: None = None, /) -> T | None: ...
    @overload
    def get(self, default: T, /) -> T: ...
    @overload
    def get(self, default: D, /) -> T | D: ...
    def get(self, default: Any = None, /) -> Any:
        """The value, or `default` if there is none."""
        return self._engine[0] if len(self._engine) > 0 else default

    def set(self, value: T, /) -> None:
        """Put a value."""
        if len(self._engine) > 0:
            self._engine[0] = value
        else:
            self._engine.append(value)

    def clear(self) -> None:
        """Have no value."""
        self._engine.clear()

    def __repr__(self) -> str:
        if self._engine is _DETACHED or not self.is_set:
            return "StableCell()"
        return f"StableCell({self.value!r})"
