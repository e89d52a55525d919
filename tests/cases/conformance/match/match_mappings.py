"""Mapping patterns: some keys, nested ones, the rest, and values that decide."""

from collections import OrderedDict, defaultdict


def handle(message: dict[str, object]) -> str:
    match message:
        case {"type": "move", "x": int(x), "y": int(y)}:
            return f"move {x},{y}"
        case {"type": "text", "body": str(body), **rest} if rest:
            return f"{body} with {sorted(rest)}"
        case {"type": "text", "body": str(body)}:
            return f"{body} alone"
        case {"user": {"name": str(name), "age": int(age)}} if age >= 18:
            return f"adult {name}"
        case {"user": {"name": name}}:
            return f"user {name!r}"
        case {"type": ("a" | "b") as letter, **nothing}:
            return f"letter {letter}, {len(nothing)} more"
        case {}:
            return f"mapping of {len(message)}"


def run() -> str:
    messages: list[dict[str, object]] = [
        {"type": "move", "x": 1, "y": 2, "z": 3},
        {"type": "move", "x": 1, "y": "2"},
        {"type": "text", "body": "hi", "to": "ann", "at": 5},
        {"type": "text", "body": "hi"},
        {"user": {"name": "bob", "age": 40}},
        {"user": {"name": "kid", "age": 4}},
        {"user": {"name": None}},
        {"type": "b", "n": 1},
        {},
        OrderedDict(type="move", x=7, y=8),
    ]
    lines = [handle(message) for message in messages]
    counts: defaultdict[str, object] = defaultdict(int)
    lines.append(f"{handle(counts)} {len(counts)}")
    return "\n".join(lines)
