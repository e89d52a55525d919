"""`copy` and `deepcopy` of objects: `__copy__`, `__deepcopy__`, plain ones, dataclasses."""

from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import Any


class Plain:
    def __init__(self, items: list[int]) -> None:
        self.items = items


@dataclass
class Record:
    name: str
    tags: list[str] = field(default_factory=list)


class Custom:
    def __init__(self, value: int, log: list[str]) -> None:
        self.value = value
        self.log = log

    def __copy__(self) -> "Custom":
        self.log.append("copy")
        return Custom(self.value + 1, self.log)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Custom":
        self.log.append("deep")
        return Custom(self.value + 10, self.log)


def run() -> str:
    log: list[str] = []
    custom = Custom(1, log)
    lines = [f"{copy(custom).value} {deepcopy(custom).value} {deepcopy([custom])[0].value} {log}"]
    plain = Plain([1])
    shallow, deep = copy(plain), deepcopy(plain)
    plain.items.append(2)
    lines.append(f"{shallow.items} {deep.items} {type(deep).__name__} {shallow is plain}")
    record = Record("r", ["x"])
    other = deepcopy(record)
    other.tags.append("y")
    lines.append(f"{record} {other} {copy(record) == record}")
    table = {"k": [Plain([5]), record]}
    again = deepcopy(table)
    lines.append(f"{again['k'][1] == record} {again['k'][1] is record}")
    return "\n".join(lines)
