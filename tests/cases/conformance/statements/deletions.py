"""`del` of names, items, slices, attributes, keys, several at once; names used again."""

from collections.abc import Callable
from typing import Any


class Holder:
    kind = "class"

    def __init__(self) -> None:
        self.kind = "object"
        self.value = 1


def run() -> str:
    values = [0, 1, 2, 3, 4, 5, 6]
    del values[0], values[-1]
    del values[1:3]
    lines = [str(values)]
    table = {(0, 1): "a", (1, 1): "b", (2, 2): "c"}
    del table[0, 1]
    for key in [k for k in table if k[0] == k[1] == 2]:
        del table[key]
    lines.append(str(table))
    holder: Any = Holder()
    lines.append(holder.kind)
    del holder.kind
    lines.append(holder.kind)
    del holder.value
    try:
        lines.append(str(holder.value))
    except AttributeError as missing:
        lines.append(type(missing).__name__)
    number = 5
    del number
    number = 6
    lines.append(str(number))
    nested = [[1, 2], [3, 4]]
    del nested[0][1], nested[1]
    lines.append(str(nested))
    actions: list[Callable[[], None]] = [
        lambda: values.__delitem__(50),
        lambda: table.__delitem__((9, 9)),
    ]
    for action in actions:
        try:
            action()
        except (IndexError, KeyError) as error:
            lines.append(f"{type(error).__name__} {error}")
    return "\n".join(lines)
