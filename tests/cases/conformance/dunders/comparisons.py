# differs: `in` without a test of identity
"""Comparison dunders: all six, reflected ones, chains, sorting, with other types."""

from __future__ import annotations

from typing import Any


class Version:
    def __init__(self, text: str) -> None:
        self.parts = tuple(int(part) for part in text.split("."))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Version):
            return self.parts == other.parts
        if isinstance(other, str):
            return self == Version(other)
        return NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self.parts < other.parts

    def __le__(self, other: Version) -> bool:
        return self.parts <= other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return "v" + ".".join(map(str, self.parts))


class Never:
    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 1


def run() -> str:
    old, new = Version("1.9"), Version("1.10")
    lines = [f"{old < new} {old > new} {old <= new} {old >= new} {old == new} {old != new}"]
    lines.append(
        f"{Version('1.2') == Version('1.2')} {old < Version('1.9.1') < new < Version('2')}"
    )
    text: Any = "1.9"
    lines.append(f"{old == text} {text == old} {old != text} {old == 5}")
    lines.append(f"{sorted([new, Version('0.1'), old], reverse=True)} {max(old, new)}")
    lines.append(
        f"{Version('3.0') in [old, Version('3.0')]} {len({Version('1'), Version('1'), old})}"
    )
    never: Any = Never()
    lines.append(f"{never == never} {never != never} {never in [never]} {[never] == [never]}")
    try:
        lines.append(str(old < text))
    except (TypeError, AttributeError) as error:
        lines.append(str(isinstance(error, (TypeError, AttributeError))))
    return "\n".join(lines)
