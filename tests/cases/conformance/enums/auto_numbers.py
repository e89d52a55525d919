"""`auto` with other values between, `_generate_next_value_`, `unique`, `global` numbering."""

from enum import Enum, auto, unique


@unique
class Step(Enum):
    FIRST = auto()
    SECOND = auto()
    TENTH = 10
    ELEVENTH = auto()


class Label(Enum):
    @staticmethod
    def _generate_next_value_(
        name: str, start: int, count: int, last_values: list[object]
    ) -> object:
        return f"{name.lower()}-{count}-{len(last_values)}"

    ALPHA = auto()
    BETA = auto()


Direction = Enum("Direction", ["NORTH", "SOUTH"])


def run() -> str:
    lines = [" ".join(f"{step.name}={step.value}" for step in Step)]
    lines.append(" ".join(str(label.value) for label in Label))
    lines.append(" ".join(f"{d.name}={d.value}" for d in Direction))
    lines.append(f"{Direction.SOUTH!r} {Direction(1).name}")
    lines.append(str(Step(11)))
    return "\n".join(lines)
