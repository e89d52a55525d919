"""`__repr__` and `__str__`: which one is used where, inherited ones, in containers, recursive."""

from __future__ import annotations


class OnlyRepr:
    def __repr__(self) -> str:
        return "<repr>"


class OnlyStr:
    def __str__(self) -> str:
        return "<str>"


class Both(OnlyRepr):
    def __str__(self) -> str:
        return f"both of {super().__str__()}"


class Node:
    def __init__(self, name: str) -> None:
        self.name = name
        self.links: list[Node] = []

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {len(self.links)})"


class Special(Node):
    pass


def run() -> str:
    lines = [f"{OnlyRepr()} {OnlyRepr()!r} {OnlyStr()} {Both()} {Both()!r} {[Both()]}"]
    lines.append(f"{str(OnlyStr())} {repr(OnlyStr()).startswith('<')}")  # noqa: RUF010
    node, other = Node("a'b"), Special('q"')
    node.links += [other, node]
    lines.append(f"{node} {node.links} {(other,)} { {'k': other} } { {5: {other.name}} }")
    endless: list[object] = [1]
    endless.append(endless)
    table: dict[str, object] = {"x": 1}
    table["self"] = table
    lines.append(f"{endless} {table} {(endless,)}")
    lines.append(f"{()} {(1,)} {[]} {set()} { {1: (2, [3])} } {[None, True, 'a', b'b', 1.0]}")
    lines.append(
        f"{range(3)} {range(1, 10, 2)} {slice(1, None)} {...} {NotImplemented} {int} {len}"
    )
    lines.append(f"{'ab'!r} {'it' + chr(39) + 's'!r} {chr(39) + chr(34)!r}")
    return "\n".join(lines)
