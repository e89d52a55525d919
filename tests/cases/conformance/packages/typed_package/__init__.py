"""Imports for type checking only, and annotations that stay text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .people import Person, introduce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .teams import Team


def sizes(teams: Sequence[Team]) -> list[int]:
    return [len(team.members) for team in teams]


def run() -> str:
    from .teams import Team as RealTeam

    ann, bob = Person("Ann"), Person("Bob")
    team = RealTeam("red", (ann, bob))
    ann.team = team
    lines = [introduce(ann), introduce(bob), str(sizes([team, RealTeam("blue", ())]))]
    lines.append(str("Team" in globals()))
    return "\n".join(lines)
