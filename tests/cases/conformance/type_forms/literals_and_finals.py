"""`Literal`, `Final`, `ClassVar`, unions, optional values and narrowing."""

from typing import Final, Literal, Optional, Union, get_args

Direction = Literal["north", "south"]
LIMIT: Final = 10
NAMES: Final[tuple[str, ...]] = ("a", "b")
Number = Union[int, float]  # noqa: UP007


class Account:
    MAXIMUM: Final = 100

    def __init__(self, owner: Optional[str] = None) -> None:  # noqa: UP045
        self.owner: Final = owner

    def label(self) -> str:
        return self.owner.upper() if self.owner is not None else "nobody"


def move(at: int, direction: Direction, steps: Literal[1, 2] = 1) -> int:
    return at + steps if direction == "north" else at - steps


def halve(value: Number | None) -> Number:
    if value is None:
        return 0
    if isinstance(value, int):
        return value // 2
    return value / 2


def first(values: list[int | str | None]) -> int | str:
    for value in values:
        if value:
            return value
    return -1


def run() -> str:
    lines = [f"{move(0, 'north')} {move(0, 'south', 2)} {get_args(Direction)}"]
    lines.append(f"{LIMIT} {NAMES} {Account.MAXIMUM} {Account('ann').label()} {Account().label()}")
    lines.append(f"{halve(7)} {halve(7.0)} {halve(None)} {halve(True)}")
    lines.append(f"{first([None, 0, '', 'x', 5])} {first([])} {first([None, 3])}")
    return "\n".join(lines)
