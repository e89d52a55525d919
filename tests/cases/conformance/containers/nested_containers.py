"""Containers in containers: changed deep inside, compared, counted, flattened, rendered."""

from typing import Any


def flatten(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [item for pair in value.items() for item in flatten(list(pair))]
    if isinstance(value, (list, tuple, set)):
        return [item for inner in value for item in flatten(inner)]
    return [value]


def depth(value: Any) -> int:
    if isinstance(value, (list, tuple)):
        return 1 + max((depth(item) for item in value), default=0)
    if isinstance(value, dict):
        return 1 + max((depth(item) for item in value.values()), default=0)
    return 0


def set_path(table: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        table = table.setdefault(name, {})
    table[last] = value


def run() -> str:
    data: dict[str, Any] = {"a": [1, (2, {"b": {3}})], "c": {}}
    lines = [f"{data} {flatten(data)} {depth(data)} {depth([])} {depth(5)}"]
    data["a"][1][1]["b"].add(30)
    data["c"].setdefault("list", []).append(None)
    lines.append(f"{sorted(data['a'][1][1]['b'])} {data['c']}")
    set_path(data, "x.y.z", 1)
    set_path(data, "x.y.w", [2])
    set_path(data, "c.list", "gone")
    lines.append(f"{data['x']} {data['c']}")
    lines.append(
        f"{[[1], [2]] == [[1], [2]]} {[(1, [2])] < [(1, [3])]} { {'k': [1]} == {'k': [1]} }"
    )
    matrix = [[1, 2], [3, 4]]
    matrix[0], matrix[1][0] = matrix[1][:], matrix[0][1]
    lines.append(f"{matrix} {sum(map(sum, matrix))} {[max(row) for row in matrix]}")
    counts: dict[str, dict[str, int]] = {}
    for first, second in zip("abab", "xyxx", strict=True):
        inner = counts.setdefault(first, {})
        inner[second] = inner.get(second, 0) + 1
    lines.append(str(counts))
    return "\n".join(lines)
