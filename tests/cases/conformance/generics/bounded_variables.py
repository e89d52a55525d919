"""Bounded and constrained type variables; the bound's methods are used."""

from collections.abc import Callable, Iterable
from typing import AnyStr, TypeVar


class Animal:
    def __init__(self, name: str) -> None:
        self.name = name

    def rank(self) -> int:
        return len(self.name)


class Dog(Animal):
    def rank(self) -> int:
        return 10 * super().rank()


A = TypeVar("A", bound=Animal)
N = TypeVar("N", int, float)
K = TypeVar("K", str, int)
V = TypeVar("V")


def best(animals: Iterable[A]) -> A:
    return max(animals, key=lambda animal: animal.rank())


def double(number: N) -> N:
    return number + number


def join(first: AnyStr, second: AnyStr) -> AnyStr:
    return first + second


def grouped(items: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def run() -> str:
    lines = [best([Animal("elephant"), Dog("rex"), Animal("cat")]).name]
    lines.append(best([Dog("a"), Dog("ab")]).name)
    lines.append(f"{double(2**64)} {double(0.25)}")
    lines.append(f"{join('a', 'b')} {join(b'c', b'd')!r}")
    lines.append(str(grouped(["a", "bb", "cc", "d"], len)))
    lines.append(str(grouped([1, 2, 3], lambda n: "odd" if n % 2 else "even")))
    return "\n".join(lines)
