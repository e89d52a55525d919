"""Classes that inherit from builtin containers and numbers."""

from collections import UserDict, UserList
from typing import Any


class Even(int):
    def __new__(cls, value: int) -> "Even":
        if value % 2:
            raise ValueError(f"{value} is odd")
        return super().__new__(cls, value)

    def half(self) -> int:
        return self // 2


class Shout(str):
    def louder(self) -> "Shout":
        return Shout(self.upper() + "!")


class History(list[int]):
    def append(self, item: int) -> None:
        super().append(item * 10)

    @property
    def last(self) -> int:
        return self[-1]


class Lower(dict[str, int]):
    def __setitem__(self, key: str, value: int) -> None:
        super().__setitem__(key.lower(), value)

    def __missing__(self, key: str) -> int:
        return -1


class Wrapped(UserDict[str, int]):
    def __setitem__(self, key: str, value: int) -> None:
        super().__setitem__(key, value + 1)


def run() -> str:
    lines = [f"{Even(8).half()} {Even(4) + 1} {type(Even(2) + Even(2)).__name__} {Even(6)!r}"]
    try:
        Even(3)
    except ValueError as error:
        lines.append(str(error))
    lines.append(f"{Shout('hi').louder().louder()} {Shout('a') == 'a'} {len(Shout('abc'))}")
    history = History([1])
    history.append(2)
    lines.append(f"{history} {history.last} {isinstance(history, list)}")
    table = Lower()
    table["A"] = 1
    table.update({"B": 2})
    lines.append(f"{table} {table['q']} {table.get('q')}")
    wrapped: Any = Wrapped({"k": 1})
    lines.append(f"{wrapped} {UserList([1, 2]) * 2}")
    return "\n".join(lines)
