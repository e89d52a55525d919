"""Fields of base classes come first; a redefined field keeps its place."""

from dataclasses import dataclass, field, fields


@dataclass
class Animal:
    name: str
    legs: int = 4

    def describe(self) -> str:
        return f"{self.name} on {self.legs}"


@dataclass
class Bird(Animal):
    legs: int = 2
    wings: int = 2


@dataclass
class Parrot(Bird):
    words: list[str] = field(default_factory=list)

    def describe(self) -> str:
        return f"{super().describe()}, says {'/'.join(self.words) or 'nothing'}"


def run() -> str:
    animals = [Animal("cat"), Bird("crow"), Parrot("polly", words=["hi", "bye"]), Parrot("mute", 1)]
    lines = [animal.describe() for animal in animals]
    lines.append(repr(animals[2]))
    lines.append(" ".join(f"{item.name}={item.default!r}" for item in fields(Bird)[1:]))
    lines.append(str([item.name for item in fields(Parrot)]))
    lines.append(str(Animal("x", 2) == Bird("x")))
    lines.append(f"{isinstance(animals[3], Animal)} {issubclass(Parrot, Bird)}")
    return "\n".join(lines)
