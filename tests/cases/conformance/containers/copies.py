# differs: the identity of tuples
"""`copy` and `deepcopy` of builtin containers: shared parts, cycles, aliases kept."""

from copy import copy, deepcopy


def run() -> str:
    original: dict[str, list[int]] = {"a": [1], "b": [2]}
    shallow, deep = copy(original), deepcopy(original)
    original["a"].append(9)
    original["c"] = []
    lines = [f"{shallow} {deep} {shallow['a'] is original['a']} {deep['a'] is original['a']}"]
    shared = [0]
    pair = [shared, shared]
    twin = deepcopy(pair)
    twin[0].append(1)
    lines.append(f"{twin} {pair} {twin[0] is twin[1]}")
    ring: list[object] = [1]
    ring.append(ring)
    other = deepcopy(ring)
    lines.append(f"{other} {other[1] is other} {other is ring}")
    fixed = (1, "a", (2, 3))
    holding = (1, [2])
    lines.append(
        f"{copy(fixed) is fixed} {deepcopy(fixed) is fixed} {deepcopy(holding)[1] is holding[1]}"
    )
    lines.append(f"{copy([1, [2]])} {copy({1, 2})} {deepcopy({'k': ({1}, None, True)})}")
    lines.append(f"{copy('text')} {deepcopy(5)} {copy(len) is len} {deepcopy(int) is int}")
    sliced, made = pair[:], list(pair)
    lines.append(f"{sliced[0] is made[0] is shared} {sliced == made} {sliced is made}")
    return "\n".join(lines)
