"""Dicts: merge, `setdefault`, `pop`, `popitem`, `fromkeys`, `update`, order of insertion."""

# ruff: noqa: F601, RUF024


def run() -> str:
    table = {"b": 1, "a": 2}
    table["c"] = 3
    table["b"] = 10
    lines = [f"{table} {list(table)} {list(reversed(table))}"]
    lines.append(
        f"{table | {'a': 0, 'z': 9}} { {'z': 1} | table } {table.get('q')} {table.get('q', 5)}"
    )
    lines.append(f"{table.setdefault('a', 99)} {table.setdefault('d', 4)} {table.pop('b')}")
    table["b"] = 0
    lines.append(f"{table.popitem()} {table.popitem()} {table}")
    table |= [("e", 5)]
    table.update(f=6, a=7)
    table.update({"g": 8}, h=9)
    lines.append(f"{table} {len(table)} {'e' in table}")
    shared: dict[str, list[int]] = dict.fromkeys("xy", [])
    shared["x"].append(1)
    lines.append(f"{shared} {dict.fromkeys([1, 2])} {dict([('k', 1)], m=2)} {table.pop('x', -1)}")
    empty: dict[str, int] = {}
    for action in (lambda: table["nope"], empty.popitem, lambda: table.pop("nope")):
        try:
            action()
        except KeyError as error:
            lines.append(f"KeyError {error}")
    lines.append(f"{ {1: 'a', 1.0: 'b', True: 'c'} } { {(1, 2): 3}[1, 2] } {bool({})}")
    lines.append(
        f"{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} } {sorted(table, key=lambda k: -table[k])[:2]}"
    )
    del table["e"], table["f"]
    table.clear()
    lines.append(f"{table} {bool(table)}")
    return "\n".join(lines)
