"""Names a class of a module that imports this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from .teams import Team


class Person:
    def __init__(self, name: str, team: Optional[Team] = None) -> None:  # noqa: UP045
        self.name = name
        self.team = team


def introduce(person: Person) -> str:
    if person.team is None:
        return f"{person.name} has no team"
    others = [other.name for other in person.team.members if other is not person]
    return f"{person.name} is {person.team.name}, with {', '.join(others)}"
