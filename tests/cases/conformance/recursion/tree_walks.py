"""Trees as nested tuples and objects: depth, order of visits, mirrored, built from a list."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class Tree:
    def __init__(self, value: int, left: Tree | None = None, right: Tree | None = None) -> None:
        self.value = value
        self.left = left
        self.right = right


def build(values: list[int]) -> Tree | None:
    if not values:
        return None
    middle = len(values) // 2
    return Tree(values[middle], build(values[:middle]), build(values[middle + 1 :]))


def in_order(tree: Tree | None) -> Iterator[int]:
    if tree is not None:
        yield from in_order(tree.left)
        yield tree.value
        yield from in_order(tree.right)


def by_level(tree: Tree | None) -> list[list[int]]:
    levels: list[list[int]] = []
    waiting = deque([(tree, 0)])
    while waiting:
        node, level = waiting.popleft()
        if node is None:
            continue
        if level == len(levels):
            levels.append([])
        levels[level].append(node.value)
        waiting.extend([(node.left, level + 1), (node.right, level + 1)])
    return levels


def depth(tree: Tree | None) -> int:
    return 0 if tree is None else 1 + max(depth(tree.left), depth(tree.right))


def mirrored(tree: Tree | None) -> Tree | None:
    return tree and Tree(tree.value, mirrored(tree.right), mirrored(tree.left))


def show(tree: Tree | None) -> str:
    return "." if tree is None else f"({show(tree.left)}{tree.value}{show(tree.right)})"


def run() -> str:
    tree = build([1, 2, 3, 4, 5, 6])
    lines = [show(tree), str(list(in_order(tree))), str(by_level(tree)), str(depth(tree))]
    lines.append(str(list(in_order(mirrored(tree)))))
    lines.append(f"{depth(None)} {by_level(None)} {show(build([]))}")
    return "\n".join(lines)
