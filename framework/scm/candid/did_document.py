"""What a `.did` file says besides its types: comments, names of arguments, places, order.

Host only.  All of it is documentation: types are equal whatever is said about them, so it is kept
beside them, by the path that leads to a part.  A path starts with `("type", name)`, `("service",)`
or `("init",)`; from there a field is its id, a method `"method", name`, the inside of an opt or vec
`"opt"` or `"vec"`, an argument or result `"arg"` or `"result"` and its index.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from scm.candid.did import CandidService

Path = tuple[str | int, ...]

DEFINITION: Final = "type"
SERVICE_PATH: Final[Path] = ("service",)
INIT_PATH: Final[Path] = ("init",)


def definition_path(name: str) -> Path:
    """The path of a type's definition."""
    return (DEFINITION, name)


@frozen
class Note:
    """What is known of one part: its line and column, from 1, and what is written about it.

    `doc` is the text of the comments directly above; `name` that of an argument or result; `file`
    the name of the file, where it is known.
    """

    line: int
    column: int
    doc: str = ""
    name: str = ""
    file: str = ""


@frozen
class DidDocument:
    """An interface and what its file says about the parts, in the order of the file.

    What it imports comes before it.
    """

    interface: CandidService
    notes: Mapping[Path, Note]

    def note(self, path: Path) -> Note:
        """What is known of the part at `path`, which must be one."""
        return self.notes[path]

    def definitions(self) -> list[str]:
        """The names of all defined types, in the order of the file."""
        return [str(path[1]) for path in self.notes if path[0] == DEFINITION and len(path) == 2]

    def methods(self, path: Path) -> list[str]:
        """The names of the methods of the service at `path`, in the order of the file."""
        start = (*path, "method")
        return [
            str(found[-1])
            for found in self.notes
            if len(found) == len(start) + 1 and found[:-1] == start
        ]
