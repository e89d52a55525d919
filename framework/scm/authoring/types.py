"""Names for Candid types in annotations: `nat`, `int_`, `nat64`, `text`, `blob`, ...

Each is a plain Python type to mypy and at run time; the `Candid` marker inside says which Candid
type goes on the wire.  `T | None` is `opt T`; `list[T]` and `tuple[T, ...]` are `vec T`;
`tuple[A, B]` is `record { A; B }`.
"""

from __future__ import annotations

from typing import Annotated, Final, Never, NewType, TypeVar, TypeVarTuple, Union

from scm.candid.values import Some as Some

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Name:
    """The Candid name of a field or method where Python's differs, or a field's id without a name.

    `from_: Annotated[Account, Name("from")]`, for keywords and what is no identifier in Python;
    an id is a number below 2^32.
    """

    def __init__(self, name: str | int) -> None:
        self.name: Final = name

    def __repr__(self) -> str:
        return f"Name({self.name!r})"


class Candid:
    """The Candid type that an annotation stands for, by its name in the Candid specification."""

    def __init__(self, name: str) -> None:
        self.name: Final = name

    def __repr__(self) -> str:
        return f"Candid({self.name!r})"


nat = Annotated[int, Candid("nat")]
nat8 = Annotated[int, Candid("nat8")]
nat16 = Annotated[int, Candid("nat16")]
nat32 = Annotated[int, Candid("nat32")]
nat64 = Annotated[int, Candid("nat64")]
int_ = Annotated[int, Candid("int")]
int8 = Annotated[int, Candid("int8")]
int16 = Annotated[int, Candid("int16")]
int32 = Annotated[int, Candid("int32")]
int64 = Annotated[int, Candid("int64")]
float32 = Annotated[float, Candid("float32")]
float64 = Annotated[float, Candid("float64")]
text = Annotated[str, Candid("text")]
blob = Annotated[bytes, Candid("blob")]
null = Annotated[None, Candid("null")]
reserved = Annotated[object, Candid("reserved")]
empty = Annotated[Never, Candid("empty")]

Opt = Union[Some[T], None]  # noqa: UP007  (a generic alias needs Union here)
"""`opt T` whose values are `Some(value)` or `None`, for a `T` that can itself be `None`."""

Results = Annotated[tuple[*Ts], Candid("results")]
"""Several results of a callee's method, a tuple in Python: `Method[[nat], Results[nat, text]]`."""

RawMessage = NewType("RawMessage", bytes)
"""An undecoded message, for `call_raw` and what its handler gets: `Response[RawMessage]`."""
