"""`__hash__` and `__eq__` in sets and dicts: colliding hashes, `None` as hash, identity first."""

from typing import Any


class Key:
    def __init__(self, name: str, bucket: int) -> None:
        self.name = name
        self.bucket = bucket

    def __hash__(self) -> int:
        return self.bucket

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.name == other.name

    def __repr__(self) -> str:
        return f"{self.name}{self.bucket}"


class NoHash:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoHash)


class Weird:
    def __hash__(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        return False


def run() -> str:
    table = {Key("a", 1): 1, Key("b", 1): 2, Key("c", 2): 3}
    table[Key("a", 1)] = 10
    lines = [f"{table} {table[Key('b', 1)]} {Key('c', 1) in table} {len(table)}"]
    lines.append(f"{len({Key(str(n % 5), 0) for n in range(50)})} {Key('a', 1) == Key('a', 2)}")
    loose: Any = NoHash()
    try:
        lines.append(str({loose}))
    except TypeError as error:
        lines.append(str(error))
    lines.append(f"{NoHash() == NoHash()} {NoHash() != NoHash()} {loose in [NoHash()]}")
    weird = Weird()
    lines.append(f"{weird in {weird}} {Weird() in {weird}} {[weird].count(weird)}")
    lines.append(
        f"{hash((1, 2)) == hash((1, 2))} {hash(1) == hash(1.0) == hash(True)} {hash('') == 0}"
    )
    del table[Key("b", 1)]
    lines.append(f"{list(table.values())} {table.get(Key('b', 1), 'gone')}")
    return "\n".join(lines)
