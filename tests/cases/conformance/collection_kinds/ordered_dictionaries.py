"""`OrderedDict`: moving keys, popping either end, equality that minds order."""

from collections import OrderedDict


class Recent:
    def __init__(self, size: int) -> None:
        self.size = size
        self.items: OrderedDict[str, int] = OrderedDict()

    def use(self, name: str) -> int:
        self.items[name] = self.items.pop(name, 0) + 1
        if len(self.items) > self.size:
            self.items.popitem(last=False)
        return self.items[name]


def run() -> str:
    table = OrderedDict(a=1, b=2, c=3)
    table.move_to_end("a")
    table.move_to_end("c", last=False)
    lines = [f"{list(table)} {table.popitem()} {table.popitem(last=False)} {list(table.items())}"]
    lines.append(f"{OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1)} {OrderedDict(a=1) == {'a': 1}}")
    table["b"] = 9
    table["z"] = 0
    table |= {"y": 1}
    lines.append(f"{list(reversed(table))} {table['b']} {table}")
    recent = Recent(2)
    lines.append(f"{[recent.use(name) for name in 'abacab']} {list(recent.items)}")
    try:
        table.move_to_end("q")
    except KeyError as error:
        lines.append(f"KeyError {error}")
    return "\n".join(lines)
