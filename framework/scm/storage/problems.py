"""What is wrong with an image, and whose its pages are."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

from attrs import Factory, define, frozen

from scm.storage.image import Image

PROBLEMS_MAX: Final = 100
"""Of one image; the others are only counted."""

HEADER: Final = "header"
FREE: Final = "free pages"
BLOCKS: Final = "blocks"
CATALOGUE: Final = "catalogue"
GIVEN_UP: Final = "given up"
"""Structures that are no collection of a field.  A field can have such a name too."""

Use = Literal["leaf", "branch", "bytes", "index", "free", "arena"]


@frozen
class Problem:
    """One thing that is wrong: in which structure, on which page (0: the header), and what."""

    structure: str
    page: int
    reason: str

    def __str__(self) -> str:
        return f"`{self.structure}`, page {self.page}: {self.reason}"


@define
class Account:
    """What a structure takes: pages by their use, and bytes of its keys and values."""

    pages: Counter[Use] = Factory(Counter)
    entries: int = 0
    key_bytes: int = 0
    value_bytes: int = 0

    @property
    def page_count(self) -> int:
        """All its pages."""
        return self.pages.total()


class Ledger:
    """Takes note of problems, and of every page that a structure has, each at most once.

    As a page that is taken twice is not read twice, no walk goes on for ever.
    """

    def __init__(self, image: Image, page_end: int) -> None:
        self.image: Final = image
        self.page_end: Final = min(page_end, image.page_count)
        self.problems: Final[list[Problem]] = []
        self.problem_count = 0
        self.accounts: Final[dict[str, Account]] = {}
        self._taken: Final = bytearray(self.page_end)

    def account(self, structure: str) -> Account:
        """The account of a structure, empty at first."""
        return self.accounts.setdefault(structure, Account())

    def problem(self, structure: str, page: int, reason: str) -> None:
        """Note a problem."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(structure, page, reason))

    def take(self, structure: str, page: int) -> bool:
        """Note that a structure has a page; False, with a problem, if it can't have it."""
        if not 0 < page < self.page_end:
            self.problem(structure, page, "there is no such page")
        elif self._taken[page]:
            self.problem(structure, page, "it is used twice")
        else:
            self._taken[page] = 1
            return True
        return False

    def take_run(self, structure: str, first: int, count: int, use: Use) -> bool:
        """The same for pages in a row, with their use."""
        if not all(self.take(structure, page) for page in range(first, first + count)):
            return False
        self.account(structure).pages[use] += count
        return True

    def untaken(self) -> list[int]:
        """The pages that nobody has, but for the header."""
        if self._taken.count(0, 1) == 0:
            return []
        return [page for page in range(1, self.page_end) if not self._taken[page]]
