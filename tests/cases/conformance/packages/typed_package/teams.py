"""Imports the module that names its class."""

from __future__ import annotations

from .people import Person


class Team:
    def __init__(self, name: str, members: tuple[Person, ...]) -> None:
        self.name = name
        self.members = members
