"""Views: alive, set operations, membership, changes while iterating, over a copy."""


def run() -> str:
    table = {"a": 1, "b": 2, "c": 3}
    keys, values, items = table.keys(), table.values(), table.items()
    table["d"] = 4
    lines = [f"{keys} {values} {len(items)} {list(items)[-1]}"]
    lines.append(
        f"{keys & {'a', 'z'}} {len(keys - {'a'})} {sorted(keys ^ {'a'})} {len(keys | {'z'})}"
    )
    lines.append(
        f"{('a', 1) in items} {('a', 2) in items} {3 in values} {'q' in keys} {keys >= {'a'}}"
    )
    lines.append(f"{sorted(items & {('b', 2), ('b', 3)})} {keys == {'a', 'b', 'c', 'd'}}")
    try:
        for key in table:
            table[key * 2] = 0
    except RuntimeError as error:
        lines.append(str(error))
    for key in list(table):
        if len(key) > 1 or table[key] % 2:
            del table[key]
    lines.append(str(table))
    for key, value in table.copy().items():
        table[value * "x"] = table.pop(key)  # type: ignore[assignment, index, unused-ignore]
    lines.append(f"{table} {list(reversed(items))} {max(values)} {sum(values)}")
    for key in table:
        table[key] += 1
    lines.append(f"{values} {list(map(len, keys))} {[v for _, v in sorted(items)]}")
    flipped = {value: key for key, value in items}
    lines.append(f"{flipped} {dict(sorted(flipped.items(), reverse=True))}")
    return "\n".join(lines)
