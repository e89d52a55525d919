"""`json`: round trips, options, special floats, custom encoders, errors."""

import json
from typing import Any


class Point:
    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y


def encode(value: object) -> object:
    if isinstance(value, Point):
        return {"x": value.x, "y": value.y}
    if isinstance(value, set):
        return sorted(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def revive(table: dict[str, Any]) -> Any:
    return Point(**table) if table.keys() == {"x", "y"} else table


def run() -> str:
    document = {
        "n": None,
        "f": [1.5, 1e100, -0.0],
        "t": "é\n🦊",
        "nested": {"b": [True, []]},
        "i": 10**20,
    }
    text = json.dumps(document)
    lines = [text, str(json.loads(text) == document)]
    lines.append(json.dumps({"b": 1, "a": (2, "é")}, sort_keys=True, ensure_ascii=False))
    lines.append(json.dumps([1, {"k": [2]}], indent=2, separators=(",", ":")))
    lines.append(json.dumps({"p": Point(1, 2), "s": {3, 1}}, default=encode))
    back = json.loads('[{"x": 5, "y": 6}, {"z": 1}]', object_hook=revive)
    lines.append(f"{back[0].x} {back[1]} {json.loads('[NaN, 1.0, 1]')} {json.loads(' 3 ')}")
    lines.append(json.dumps({1: "int", False: "bool", None: "none", 2.5: "float"}))
    for wrong in ('{"a": }', "[1,]", '"open', "", "tru"):
        try:
            json.loads(wrong)
        except json.JSONDecodeError as error:
            lines.append(str(error))
    try:
        json.dumps(object(), default=encode)
    except TypeError as type_error:
        lines.append(str(type_error))
    return "\n".join(lines)
