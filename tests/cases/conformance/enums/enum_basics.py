"""Enum: members, lookup by value and name, identity, iteration, repr and errors."""

from enum import Enum


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = "b"


def run() -> str:
    lines = [repr(Colour.RED), str(Colour.GREEN), f"{Colour.BLUE}", Colour.RED.name]
    lines.append(f"{Colour(2)} {Colour['BLUE'].value} {Colour('b') is Colour.BLUE}")
    for value in (3, "RED", None):
        try:
            Colour(value)
        except ValueError as error:
            lines.append(str(error))
    try:
        Colour["PINK"]
    except KeyError as key_error:
        lines.append(f"KeyError {key_error}")
    lines.append(" ".join(colour.name for colour in Colour))
    lines.append(f"{len(Colour)} {list(Colour)[0].name} {Colour.RED in Colour}")  # noqa: RUF015
    lines.append(f"{Colour(1) == Colour.RED} {Colour(2) != Colour.RED}")
    one: object = 1
    lines.append(f"{one == Colour.RED} {hash(Colour.RED) == hash(Colour.RED)}")
    lines.append(str({Colour.RED: "stop", Colour.GREEN: "go"}))
    lines.append(" ".join(Colour.__members__))
    return "\n".join(lines)
