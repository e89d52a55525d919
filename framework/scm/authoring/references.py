"""References to a method of some canister as values: Candid's `func` types.

`Func[[A, B], R]` is `func (A, B) -> (R)`.  One that a message brought can be called like a method
of a service; one made here, `Func(canister_id, "method")`, is for sending.
"""

from __future__ import annotations

from typing import Any, Final, Generic, ParamSpec, TypeVar

from scm.authoring.calls import Call
from scm.model import Principal

P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)

NO_CODEC: Final = -1


class MethodReference:
    """A method of a canister, by name; two are equal if they name the same one.

    `codec` is the number of the arguments' encoder, which a decoder of the compiler's gives.
    """

    def __init__(self, canister_id: Principal, method: str, codec: int = NO_CODEC) -> None:
        self.canister_id: Final = canister_id
        self.method: Final = method
        self._codec: Final = codec

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Describe a call of the method; raises `TypeError` for a reference that was made here.

        Declared in this class too: mypyc gives a class that can be called another layout, so one
        that inherits from a class that can't would find its fields at the wrong places.
        """
        return self.describe(args)

    def describe(self, arguments: tuple[object, ...]) -> Call[Any]:
        """The call with these arguments."""
        if self._codec == NO_CODEC:
            raise TypeError("a reference that was made here can be sent, but not called")
        return Call(self.canister_id, self.method, arguments, self._codec)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, MethodReference)
            and self.canister_id == other.canister_id
            and self.method == other.method
        )

    def __hash__(self) -> int:
        return hash((self.canister_id, self.method))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.canister_id!r}, {self.method!r})"


class Func(MethodReference, Generic[P, T_co]):
    """A reference to an update method: `Func[[nat], text]` is `func (nat) -> (text)`."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[T_co]:
        return self.describe(args)


class QueryFunc(Func[P, T_co]):
    """A reference to a query method: `func (...) -> (...) query`."""


class CompositeQueryFunc(Func[P, T_co]):
    """A reference to a composite query method: `func (...) -> (...) composite_query`."""


class OnewayFunc(MethodReference, Generic[P]):
    """A reference to a one-way method: `OnewayFunc[[nat]]` is `func (nat) -> () oneway`."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[None]:
        return self.describe(args)
