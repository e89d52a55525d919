"""Sequence patterns over objects: lists and tuples match, texts and sets do not; stars anywhere."""

from collections import deque


def shape(value: object) -> str:
    match value:
        case []:
            return "empty"
        case [[]]:
            return "empty in one"
        case [1, 2, *rest]:
            return f"1, 2, then {rest}"
        case [first, *middle, "end"]:
            return f"{first!r} and {middle} to the end"
        case (x, y):
            return f"pair {x!r} {y!r}"
        case [[a, *_], *others, [*_, z]]:
            return f"corners {a!r} {z!r} around {len(others)}"
        case [*items] if len(items) > 4:
            return f"many: {len(items)}"
        case [*_]:
            return "some"
        case _:
            return "no sequence"


def run() -> str:
    values: list[object] = [[], (), [[]], [1, 2], (1, 2, 3, 4), ["a", 5, 6, "end"], ["end"]]
    values += [[3, 4], ("x", None), [["a", "b"], 0, ("y", "z")], range(6), deque([7]), [0, 0, 0]]
    values += ["ab", b"ab", {1, 2}, {1: 2}, None, bytearray(b"x")]
    return "\n".join(shape(value) for value in values)
