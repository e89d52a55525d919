"""Names for Candid types in annotations: `nat`, `int_`, `nat64`, `text`, `blob`, ...

Each is a plain Python type to mypy and at run time; the `Candid` marker inside says which Candid
type goes on the wire.  `T | None` is `opt T`; `list[T]` and `tuple[T, ...]` are `vec T`.
"""

from __future__ import annotations

from typing import Annotated, Final


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
