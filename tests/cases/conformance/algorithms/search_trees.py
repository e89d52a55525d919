"""A binary search tree with an iterator, removal, ranges and comparison with a sorted list."""

from __future__ import annotations

from collections.abc import Iterator


class Node:
    def __init__(self, key: int) -> None:
        self.key = key
        self.left: Node | None = None
        self.right: Node | None = None


class Tree:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.count = 0

    def add(self, key: int) -> bool:
        if self.root is None:
            self.root = Node(key)
            self.count += 1
            return True
        node = self.root
        while node.key != key:
            following = node.left if key < node.key else node.right
            if following is None:
                if key < node.key:
                    node.left = Node(key)
                else:
                    node.right = Node(key)
                self.count += 1
                return True
            node = following
        return False

    def remove(self, key: int) -> None:
        self.root = self._without(self.root, key)
        self.count -= 1

    def _without(self, node: Node | None, key: int) -> Node | None:
        if node is None:
            raise KeyError(key)
        if key < node.key:
            node.left = self._without(node.left, key)
        elif key > node.key:
            node.right = self._without(node.right, key)
        elif node.left is None or node.right is None:
            return node.left or node.right
        else:
            least = node.right
            while least.left is not None:
                least = least.left
            node.key = least.key
            node.right = self._without(node.right, least.key)
        return node

    def __iter__(self) -> Iterator[int]:
        waiting: list[Node] = []
        node = self.root
        while waiting or node is not None:
            while node is not None:
                waiting.append(node)
                node = node.left
            node = waiting.pop()
            yield node.key
            node = node.right

    def __contains__(self, key: int) -> bool:
        node = self.root
        while node is not None and node.key != key:
            node = node.left if key < node.key else node.right
        return node is not None

    def between(self, low: int, high: int) -> list[int]:
        return [key for key in self if low <= key < high]


def run() -> str:
    tree = Tree()
    keys = [number * 37 % 101 for number in range(1, 40)]
    added = [tree.add(key) for key in [*keys, 37, 74]]
    lines = [
        f"{list(tree) == sorted(keys)} {tree.count} {added.count(False)} {tree.between(10, 30)}"
    ]
    for key in keys[::3]:
        tree.remove(key)
    left = sorted(key for index, key in enumerate(keys) if index % 3)
    lines.append(f"{list(tree) == left} {tree.count} {keys[1] in tree} {keys[0] in tree}")
    try:
        tree.remove(1000)
    except KeyError as error:
        lines.append(f"KeyError {error}")
    lines.append(f"{next(iter(tree))} {max(tree)} {list(Tree())}")
    return "\n".join(lines)
