"""Classes of every kind, and an instance of each: in one canister compiled, else as bytecode."""

import dataclasses
import enum
from typing import Any, Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Point:
    def __init__(self, x: int, names: list[str]) -> None:
        self.x = x
        self.names = names
        self.share = 0.5


class Solid(Point):
    def __init__(self, x: int, names: list[str], z: int) -> None:
        super().__init__(x, names)
        self.z = z
        self.inner: Point | None = None


class Empty:
    pass


class Counted:
    total = 7

    def __init__(self) -> None:
        self.count = 1


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x: int) -> None:
        self.x = x


class Fixed:
    def __init__(self, x: int) -> None:
        self.x: Final = x


class FixedPair:
    def __init__(self, second: int, first: int) -> None:
        self.first: Final = first
        self.second: Final = second


class Custom:
    def __init__(self, x: int) -> None:
        self.x = x

    def __copy__(self) -> "Custom":
        return Custom(self.x + 1)

    def __reduce__(self) -> Any:
        return Custom, (self.x + 10,)


class Stated:
    def __init__(self, x: int) -> None:
        self.x = x

    def __getstate__(self) -> dict[str, int]:
        return {"x": self.x * 2}

    def __setstate__(self, state: dict[str, int]) -> None:
        self.x = state["x"]


@dataclasses.dataclass
class Data:
    x: int
    names: list[str]


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int
    names: tuple[str, ...]


class Pair(NamedTuple):
    x: int
    y: str


class Colour(enum.Enum):
    RED = 1


class WrongError(Exception):
    pass


class WrongValueError(ValueError):
    def __init__(self, x: int, y: str) -> None:
        super().__init__(x, y)
        self.x = x


def make() -> list[Any]:
    solid = Solid(3, ["c"], 4)
    solid.inner = Point(10**20, ["d"])
    items: list[Any] = [Point(1, ["a"]), solid, Empty(), Counted(), Box([1]), Slotted(5), Fixed(6)]
    items += [Custom(7), Stated(8), Data(9, ["e"]), Frozen(10, ("f",)), Pair(11, "g")]
    items += [Colour.RED, WrongError("h"), WrongValueError(12, "i")]
    return items


def show(item: Any) -> str:
    names = ("x", "names", "share", "z", "total", "item", "y", "value", "args", "inner")
    found = [(name, getattr(item, name)) for name in names if hasattr(item, name)]
    values = [show(value) if isinstance(value, Point) else repr(value) for _, value in found]
    return f"{type(item).__name__}({', '.join(values)})"
