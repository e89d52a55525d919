"""Generators as iterators: shared between loops, in `zip`, unpacked, as methods and properties."""

from collections.abc import Generator, Iterator
from types import GeneratorType


def letters(text: str) -> Iterator[str]:
    yield from text


class Tree:
    def __init__(self, value: int, *children: "Tree") -> None:
        self.value = value
        self.children = children

    def __iter__(self) -> Iterator[int]:
        yield self.value
        for child in self.children:
            yield from child

    @property
    def leaves(self) -> Generator[int, None, None]:
        if not self.children:
            yield self.value
        for child in self.children:
            yield from child.leaves


def run() -> str:
    source = letters("abcdef")
    lines = [f"{next(source)} {[*zip(source, source, strict=False)]} {next(source, '-')}"]
    tree = Tree(1, Tree(2, Tree(3), Tree(4)), Tree(5))
    lines.append(f"{list(tree)} {sum(tree)} {max(tree)} {4 in tree} {list(tree.leaves)}")
    first, *rest = letters("xyz")
    lines.append(f"{first} {rest}")
    generator = letters("q")
    lines.append(f"{iter(generator) is generator} {isinstance((n for n in 'a'), GeneratorType)}")
    half = letters("mnop")
    for letter in half:
        if letter == "n":
            break
    lines.append("".join(half))
    lines.append(str(sorted(letters("hello"), reverse=True)))
    return "\n".join(lines)
