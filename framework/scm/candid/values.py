"""Python values for the Candid types that Python has no word for.

The rest maps to itself: null, reserved and an absent opt to `None`, bool, every number to `int` or
`float`, text to `str`, blob to `bytes`, vec to `list`, record to `dict` (to `tuple` if its ids are
just 0, 1, 2 ...), principal to `scm.model.Principal`.  An opt's value stands for itself, except
where that could be `None` (opt of opt, null or reserved): there it is wrapped in `Some`.
Compiled into every canister.
"""

from typing import Final, Generic, TypeVar

from scm.model import Principal

T_co = TypeVar("T_co", covariant=True)


class Some(Generic[T_co]):
    """A present value of `opt opt t`, `opt null` or `opt reserved`."""

    __match_args__: Final = ("value",)

    def __init__(self, value: T_co) -> None:
        self.value: Final = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Some) and self.value == other.value

    def __hash__(self) -> int:
        return hash(("Some", self.value))

    def __repr__(self) -> str:
        return f"Some({self.value!r})"


class VariantValue:
    """One alternative of a variant: its tag (a name, or the id where no name is known)."""

    def __init__(self, tag: str | int, value: object = None) -> None:
        self.tag: Final = tag
        self.value: Final = value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, VariantValue) and self.tag == other.tag and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash((self.tag, self.value))

    def __repr__(self) -> str:
        if self.value is None:
            return f"VariantValue({self.tag!r})"
        return f"VariantValue({self.tag!r}, {self.value!r})"


class ServiceValue:
    """A reference to a canister, with the service type known from the context."""

    def __init__(self, principal: Principal) -> None:
        self.principal: Final = principal

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServiceValue) and self.principal == other.principal

    def __hash__(self) -> int:
        return hash(("ServiceValue", self.principal))

    def __repr__(self) -> str:
        return f"ServiceValue({self.principal!r})"


class FuncValue:
    """A reference to a method of a canister."""

    def __init__(self, principal: Principal, method: str) -> None:
        self.principal: Final = principal
        self.method: Final = method

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FuncValue)
            and self.principal == other.principal
            and self.method == other.method
        )

    def __hash__(self) -> int:
        return hash((self.principal, self.method))

    def __repr__(self) -> str:
        return f"FuncValue({self.principal!r}, {self.method!r})"
