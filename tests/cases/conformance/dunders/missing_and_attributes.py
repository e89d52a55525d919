"""`__missing__`, `__dir__`, `__getattribute__`, `__class_getitem__`, `__instancecheck__`."""

from typing import Any


class Counter(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return len(key)


class Cache(dict[int, int]):
    def __missing__(self, key: int) -> int:
        self[key] = value = key if key < 2 else self[key - 1] + self[key - 2]
        return value


class Watched:
    def __init__(self) -> None:
        self.seen: list[str] = []
        self.value = 1

    def __getattribute__(self, name: str) -> Any:
        if name != "seen":
            object.__getattribute__(self, "seen").append(name)
        return object.__getattribute__(self, name)

    def __dir__(self) -> list[str]:
        return ["b", "a"]


class Typed:
    def __class_getitem__(cls, item: object) -> str:
        return f"{cls.__name__}[{item}]"


def run() -> str:
    counter = Counter(a=5)
    lines = [f"{counter['a']} {counter['abc']} {counter.get('abc')} {'abc' in counter} {counter}"]
    cache = Cache()
    lines.append(f"{cache[30]} {len(cache)}")
    watched = Watched()
    watched.value += watched.value
    lines.append(f"{watched.value} {hasattr(watched, 'none')} {watched.seen}")
    lines.append(str(dir(watched)))
    typed: Any = Typed
    lines.append(f"{typed[5]} {typed['x', 1]}")
    return "\n".join(lines)
