"""`compare=False`, `repr=False`, `hash`, `eq=False`, `unsafe_hash`, metadata."""

from dataclasses import dataclass, field, fields


@dataclass(frozen=True)
class Cached:
    key: str
    hits: int = field(default=0, compare=False)
    secret: str = field(default="?", repr=False, metadata={"unit": "none"})


@dataclass(eq=False)
class Identity:
    value: int


@dataclass(unsafe_hash=True)
class Loose:
    value: int
    note: str = field(default="", hash=False)


@dataclass
class Unhashable:
    value: int


def run() -> str:
    lines = [repr(Cached("a", 3, "s")), str(Cached("a", 1) == Cached("a", 2))]
    lines.append(str(hash(Cached("a", 1)) == hash(Cached("a", 2))))
    lines.append(str(Cached("a", 1, "x") == Cached("a", 1, "y")))
    one = Identity(1)
    lines.append(f"{one == Identity(1)} {one == one} {len({one, one, Identity(1)})}")
    lines.append(f"{hash(Loose(1, 'a')) == hash(Loose(1, 'b'))} {Loose(1, 'a') == Loose(1, 'b')}")
    try:
        lines.append(str(hash(Unhashable(1))))
    except TypeError as error:
        lines.append(str(error))
    lines.append(str([dict(item.metadata) for item in fields(Cached)]))
    return "\n".join(lines)
