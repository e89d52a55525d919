"""Values of type `Any` and `object`: operators, calls, attributes, checks of the type."""

from typing import Any, cast


def add(first: Any, second: Any) -> Any:
    return first + second


def describe(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return f"number {value + 1}"
    if isinstance(value, str | bytes):
        return f"text {len(value)}"
    if isinstance(value, (list, tuple)):
        return f"sequence {[describe(item) for item in value]}"
    if isinstance(value, dict):
        return f"dict {sorted(value)}"
    if callable(value):
        return f"callable {value()}"
    return type(value).__name__


def total(values: Any) -> Any:
    result: Any = 0
    for value in values:
        result = result + value
    return result


def run() -> str:
    lines = [f"{add(1, 2)} {add('a', 'b')} {add([1], [2])} {add(1.5, 1)} {add(True, True)}"]
    values: list[object] = [True, 4, 2.5, "abc", b"xy", [1, ("a", None)], {"k": 1}, list, None]
    lines += [describe(value) for value in values]
    lines.append(f"{total([1, 2.5, True])} {total(iter([2**70, 1]))} {total(())}")
    box: Any = {"a": [1, {"b": (2, 3)}]}
    lines.append(f"{box['a'][1]['b'][-1]} {box.get('z')} {len(box['a'])} {[*box]}")
    number = cast(int, box["a"][0])
    lines.append(str(number + 1))
    return "\n".join(lines)
