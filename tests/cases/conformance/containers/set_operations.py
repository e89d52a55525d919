"""Sets: operators and methods, updates in place, comparison, order by sorting, frozensets."""

# ruff: noqa: C405


def run() -> str:
    a, b = {1, 2, 3}, {3, 4}
    lines = [f"{a | b} {a & b} {a - b} {a ^ b} {sorted(a.union([9], (8,)))}"]
    lines.append(
        f"{a < {1, 2, 3, 4}} {a <= a} {a > b} {a.isdisjoint({7})} {a >= {1}} {a == {3, 2, 1}}"
    )
    a.add(2)
    a.discard(99)
    a |= {10}
    a -= {1}
    a ^= {2, 20}
    a &= {3, 10, 20, 30}
    lines.append(f"{sorted(a)} {len(a)} {10 in a}")
    try:
        a.remove(5)
    except KeyError as error:
        lines.append(f"KeyError {error}")
    frozen = frozenset("aab")
    groups = {frozen: 1, frozenset(): 0}
    lines.append(f"{groups[frozenset('ba')]} {frozen == {'a', 'b'}} {sorted(frozen | {'c'})}")
    lines.append(
        f"{type(frozen | {'c'}).__name__} {type({'c'} | frozen).__name__} {set()} {frozenset()}"
    )
    lines.append(
        f"{sorted(set([1, 1.0, True, 2]))} {len(set([0, False, 0.0, '']))} {sorted(set('hello'))}"
    )
    copied = a.copy()
    copied.clear()
    lines.append(f"{sorted(a)} {copied} {bool(copied)} {sorted({n % 7 for n in range(0, 70, 3)})}")
    try:
        {[1]}  # noqa: B018
    except TypeError as type_error:
        lines.append(str(type_error))
    try:
        for item in a:
            a.add(item + 1000)
    except RuntimeError as mutated:
        lines.append(str(mutated))
    return "\n".join(lines)
