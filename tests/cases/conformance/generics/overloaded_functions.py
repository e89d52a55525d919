"""`overload`: several signatures, one body; methods too."""

from typing import Literal, overload


@overload
def parse(text: str) -> int: ...
@overload
def parse(text: str, *, many: Literal[True]) -> list[int]: ...
@overload
def parse(text: None) -> None: ...
def parse(text: str | None, *, many: bool = False) -> int | list[int] | None:
    if text is None:
        return None
    if many:
        return [int(part) for part in text.split(",")]
    return int(text)


class Row:
    def __init__(self, *values: int) -> None:
        self._values = values

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice):
            return list(self._values[index])
        return self._values[index]


def run() -> str:
    row = Row(1, 2, 3, 4)
    lines = [str(parse("7") + 1), str(sum(parse("1,2,3", many=True))), str(parse(None))]
    lines.append(f"{row[0] + row[-1]} {row[1:3]} {row[::-1]} {row[10:]}")
    try:
        lines.append(str(row[9]))
    except IndexError as error:
        lines.append(type(error).__name__)
    return "\n".join(lines)
