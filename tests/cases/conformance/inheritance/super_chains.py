"""`super()` through three levels: constructors, methods, class methods, static methods."""

from __future__ import annotations


class Root:
    created = 0

    def __init__(self, name: str, *, size: int = 1) -> None:
        self.name = name
        self.size = size

    def describe(self) -> str:
        return f"{self.name}({self.size})"

    @classmethod
    def make(cls, name: str) -> Root:
        return cls(f"{cls.__name__}:{name}")

    @staticmethod
    def scale(value: int) -> int:
        return value * 2


class Middle(Root):
    def __init__(self, name: str, *, size: int = 5, extra: str = "m") -> None:
        super().__init__(name, size=size)
        self.extra = extra

    def describe(self) -> str:
        return f"[{super().describe()}+{self.extra}]"

    @staticmethod
    def scale(value: int) -> int:
        return Root.scale(value) + 1


class Leaf(Middle):
    def describe(self) -> str:
        return super().describe().upper()

    @classmethod
    def make(cls, name: str) -> Root:
        made = super().make(name)
        made.size += 10
        return made


def run() -> str:
    things = [Root("r"), Middle("m", size=2), Leaf("l", extra="x")]
    lines = [thing.describe() for thing in things]
    lines += [cls.make("q").describe() for cls in (Root, Middle, Leaf)]
    lines.append(f"{Root.scale(3)} {Leaf.scale(3)} {things[1].scale(1)}")
    lines.append(Root.describe(things[2]))
    lines.append(
        f"{isinstance(things[2], Root)} {issubclass(Root, Leaf)} {type(things[2]) is Leaf}"
    )
    return "\n".join(lines)
