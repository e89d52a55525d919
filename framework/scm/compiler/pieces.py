"""mypyc's C of one canister, cut into pieces that are compiled each by itself.

mypyc writes a file for each module, and one that they share: tables of constants, variables, the
start.  A small canister is compiled as a whole, so that calls between its modules can be inlined.
A large one is cut: pieces are compiled at the same time, and one whose text is the same as before
is in the cache.  So that an edit of one module leaves the others as they are, a piece has the
declarations that it uses and no others, and its constants are numbered by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from scm.compiler.recursion import bound_recursion

WHOLE_BYTES_MAX: Final = 400_000
"""How much C is compiled as a whole; that takes about a second."""

SHARED: Final = "user"
"""The piece with what all modules share, or the whole."""

ENTRIES: Final = "user_entries"
"""The piece with the modules that messages enter."""

_WORD: Final = re.compile(r"\w+")
_CONSTANT: Final = re.compile(r"\bCPyStatics\[(\d+)\]")
_INITIALISED: Final = re.compile(r"^ *if \(CPyStatics_Initialize\([^}]*\}\n", re.MULTILINE)
_NAME: Final = re.compile(r"(\w+)(?:\(.*\)|(?:\[\d*\])*)(?: = [^;]*)?;")


@frozen
class Headers:
    """The two headers of the user's group: its types, and its variables and functions.

    `more`: lines with `#include` for parts of mypyc's own code that the shared file has in it.
    """

    types: str
    names: str
    more: tuple[str, ...] = ()


@frozen
class _Item:
    """A declaration, of what, and what it needs."""

    name: str
    text: str
    words: frozenset[str]


def narrow(text: str) -> str:
    """The same C without most of the space that mypyc indents by, which is more than half of it."""
    return re.sub(r"^ {9,}", " " * 8, text, flags=re.MULTILINE)


def join(texts: Mapping[str, str], shared: str) -> str:
    """One text of mypyc's files by module and of the one that they share."""
    head, rest = _split_includes(shared)
    return "\n".join(
        [*head, *("\n".join(_split_includes(text)[1]) for text in texts.values()), *rest]
    )


def join_second(texts: Mapping[str, str]) -> str:
    """Another text of mypyc's files by module, to be linked with the one of `join`."""
    includes: dict[str, None] = {}
    bodies = []
    for text in texts.values():
        head, rest = _split_includes(text)
        includes |= dict.fromkeys(head)
        bodies += rest
    return "\n".join([*includes, *bodies])


def cut(
    texts: Mapping[str, str], shared: str, entered: Collection[str], headers: Headers
) -> dict[str, str]:
    """The pieces by name: a single one if there is little; functions have their depth bounded.

    `texts` by module, as `narrow` gives them; the modules that are `entered` by messages stay
    together.
    """
    if sum(map(len, texts.values())) <= WHOLE_BYTES_MAX:
        return bound_recursion({SHARED: join(texts, shared)})
    bodies: dict[str, str] = {}
    for module, text in texts.items():
        name = ENTRIES if module in entered else f"{SHARED}_of_{module.replace('.', '___')}"
        bodies[name] = "\n".join([bodies.get(name, ""), *_split_includes(text)[1]])
    declarations = _Declarations(headers)
    pieces: dict[str, str] = {}
    constants: dict[str, list[int]] = {}
    for name, bounded in bound_recursion(bodies).items():
        table = f"CPyStatics_{name}"
        body, constants[table] = _renumber(bounded, table)
        pieces[name] = declarations.used_in(body) + body
    return {SHARED: _filling(shared, constants), **pieces}


def _split_includes(text: str) -> tuple[list[str], list[str]]:
    """The lines with `#include` at the top, and the others."""
    lines = text.split("\n")
    others = (n for n, line in enumerate(lines) if line and not line.startswith("#include"))
    count = next(others, len(lines))
    return lines[:count], lines[count:]


def _renumber(body: str, table: str) -> tuple[str, list[int]]:
    """The body with its constants in a table of its own, and which of all they are."""
    own: dict[str, int] = {}
    text = _CONSTANT.sub(lambda found: f"{table}[{own.setdefault(found[1], len(own))}]", body)
    return f"PyObject *{table}[{max(len(own), 1)}];\n{text}", [int(number) for number in own]


def _filling(shared: str, constants: Mapping[str, Sequence[int]]) -> str:
    """The shared file, which also fills the pieces' own tables of constants."""
    declared = [f"extern PyObject *{table}[];" for table in constants]
    copied = [
        f"        {table}[{own}] = CPyStatics[{number}];"
        for table, numbers in constants.items()
        for own, number in enumerate(numbers)
    ]
    head, rest = _split_includes(shared)
    text = "\n".join([*head, *declared, *rest])
    found = _INITIALISED.search(text)
    assert found is not None
    return "\n".join([text[: found.end()], *copied, text[found.end() :]])


class _Declarations:
    """What the headers declare, for pieces to take their part of."""

    def __init__(self, headers: Headers) -> None:
        lines = [*headers.types.split("\n"), *headers.names.split("\n")]
        included = [line for line in lines if line.startswith("#include")]
        others = [line for line in included if f"__native_{SHARED}.h" not in line]
        self._includes: Final = list(dict.fromkeys([*others, *headers.more]))
        self._types: Final = list(_types_in(headers.types))
        self._names: Final = list(_names_in(headers.names))

    def used_in(self, body: str) -> str:
        """The declarations for a piece's body."""
        words = frozenset(_WORD.findall(body))
        names = [item for item in self._names if item.name in words]
        needed = words.union(*(item.words for item in names))
        types: list[str] = []
        for item in reversed(self._types):  # One that is needed stands before.
            if item.name in needed:
                types.append(item.text)
                needed |= item.words
        used = [*reversed(types), *(item.text for item in names)]
        return "\n".join([*self._includes, *used, ""])


def _types_in(header: str) -> Iterator[_Item]:
    """The types that it defines: `typedef struct { ... } name;`, some of them under `#ifndef`."""
    lines = header.split("\n")[2:]  # Behind the guard of the header itself.
    block: list[str] = []
    for line in lines:
        if not block and not line.startswith(("typedef", "#ifndef", "struct")):
            continue
        block.append(line)
        is_guarded = block[0].startswith("#ifndef")
        if (line == "#endif") if is_guarded else line.startswith("}"):
            text = "\n".join(block)
            names = re.findall(r"^\} (\w+);", text, re.MULTILINE)
            if names:
                yield _Item(names[-1], text, frozenset(_WORD.findall(text)))
            block = []


def _names_in(header: str) -> Iterator[_Item]:
    """The variables and functions that it declares, a line each."""
    for line in header.split("\n"):
        if line.startswith("struct export_table_"):  # Of the runtime's group: it is in `SHARED`.
            line = f"extern {line}"
        found = _NAME.search(line) if line.startswith(("extern ", "int ")) else None
        if found is not None:
            yield _Item(found[1], line, frozenset(_WORD.findall(line)))
