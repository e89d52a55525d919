"""Recursion without an end raises `RecursionError`, as in Python: checks put into mypyc's C.

A function that mypyc has compiled calls another as C does, and would go on until the stack is
full, which no one can catch.  So each function that can lead back to itself counts how deep it is,
down from `scm_depth_left()`.  Where its calls are seen in the C, the number is passed on as one
parameter more, and a function that calls itself is unrolled three times, so that only each third
call counts; where methods are found at run time, a global variable counts.  What goes through
Python's own calls is checked by CPython.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import frozen

from scm.compiler.mypyc_code import FAST_VALUES, after_includes

_HEAD: Final = re.compile(
    r"^(?P<type>\w[\w ]*?[ *]+)(?P<name>CPyDef_\w+)\((?P<parameters>[^\n]*)\) \{\n", re.MULTILINE
)
"""The first line of a function.  The last is `}`: looked for as text, which is far faster."""

_CALL: Final = re.compile(r"\b(CPyDef_\w+)\(")
_SLOT: Final = re.compile(r"_____(?!init__$)\w+__$|___mypyc_generator_helper__$")
"""Methods like `__call__`, the functions in functions among them, and generators."""

_PARAMETER: Final = re.compile(r"(\w+)$")
_ERRORS: Final[Mapping[str, str]] = {
    "PyObject *": "NULL",
    "CPyTagged": "CPY_INT_TAG",
    "char": "2",
    "double": "-113.0",
    "int64_t": "-113LL",
    "int32_t": "-113",
    "int16_t": "-113",
    "uint8_t": "239",
}
"""What a function returns for an exception, by its type."""

_UNROLLED_BYTES_MAX: Final = 6_000


@frozen
class _Function:
    """One function of mypyc's: `start` and `end` are where it stands in the text."""

    type: str
    name: str
    parameters: str
    body: str
    start: int
    end: int

    @property
    def arguments(self) -> str:
        """The names of its parameters, as it passes them on."""
        if self.parameters == "void":
            return ""
        found = [_PARAMETER.search(item.strip()) for item in self.parameters.split(",")]
        return ", ".join(item[1] for item in found if item is not None)


def bound_recursion(texts: Mapping[str, str]) -> dict[str, str]:
    """The C texts with checks in the functions that can call themselves, directly or not.

    They are of one program, by names of their files.
    """
    functions = {file: list(_find_functions(text)) for file, text in texts.items()}
    files = {item.name: file for file, found in functions.items() for item in found}
    known = {
        item.name: item for found in functions.values() for item in found if item.type in _ERRORS
    }
    virtual = {name for name, item in known.items() if _is_found_late(item)}
    calls = {
        name: set(_CALL.findall(item.body)) & known.keys() - virtual
        for name, item in known.items()
        if name not in virtual
    }
    cycles = {name: members for members in find_cycles(calls) for name in members}
    # Functions of several files that lead back to each other must know each other.
    shared = {
        name for name, members in cycles.items() if len({files[member] for member in members}) > 1
    }
    bounded: dict[str, str] = {}
    for file, text in texts.items():
        parts: list[str] = []
        position = 0
        for item in functions[file]:
            if item.name in virtual:
                changed = _counted(item)
            elif item.name in cycles:
                changed = _with_depth(item, cycles[item.name], is_shared=item.name in shared)
            else:
                continue
            parts += [text[position : item.start], changed]
            position = item.end
        declared = [
            name for name in sorted(cycles) if any(files[item] == file for item in cycles[name])
        ]
        head = "".join(_prototype(known[name], is_shared=name in shared) for name in declared)
        added = f'#include "recursion.h"\n{FAST_VALUES}{head}'
        bounded[file] = after_includes("".join([*parts, text[position:]]), added)
    return bounded


def _find_functions(user_c: str) -> Iterator[_Function]:
    position = 0
    while (head := _HEAD.search(user_c, position)) is not None:
        end = user_c.find("\n}\n", head.end() - 1) + 1
        if end == 0:
            return
        position = end + len("}\n")
        yield _Function(
            head["type"].strip(),
            head["name"],
            head["parameters"],
            user_c[head.end() : end],
            head.start(),
            position,
        )


def _is_found_late(item: _Function) -> bool:
    """Whether it calls methods that are found at run time, or is one that its type's slots call."""
    return "CPY_GET_METHOD(" in item.body or bool(_SLOT.search(item.name))


def find_cycles(calls: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """The sets of functions that lead back to each other; one that calls itself is one, too."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[frozenset[str]] = []
    for root in calls:
        if root in index:
            continue
        work: list[tuple[str, list[str]]] = [(root, sorted(calls[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, rest = work[-1]
            if rest:
                callee = rest.pop()
                if callee not in index:
                    index[callee] = low[callee] = len(index)
                    stack.append(callee)
                    on_stack.add(callee)
                    work.append((callee, sorted(calls[callee])))
                elif callee in on_stack:
                    low[name] = min(low[name], index[callee])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[name])
            if low[name] == index[name]:
                members = set()
                while True:
                    member = stack.pop()
                    on_stack.discard(member)
                    members.add(member)
                    if member == name:
                        break
                if len(members) > 1 or name in calls[name]:
                    found.append(frozenset(members))
    return found


def _prototype(item: _Function, *, is_shared: bool) -> str:
    where = "" if is_shared else "static "
    return f"{where}{item.type} {item.name}_at({_more(item.parameters)});\n"


def _more(parameters: str) -> str:
    return "uint32_t depth" if parameters == "void" else f"{parameters}, uint32_t depth"


def _check(item: _Function) -> str:
    return (
        "    if (unlikely(depth == 0)) {\n"
        "        scm_too_deep();\n"
        f"        return {_ERRORS[item.type]};\n"
        "    }\n"
    )


def _with_depth(item: _Function, cycle: frozenset[str], *, is_shared: bool) -> str:
    """The function with the depth as a parameter, and one of its own name that starts to count."""
    parameters = _more(item.parameters)
    lines: list[str] = []
    last, step = f"{item.name}_at", " - 1"
    if cycle == {item.name} and len(item.body) <= _UNROLLED_BYTES_MAX:
        for copy in ("_inner", "_middle"):
            body = _passing_on(item.body, cycle, last, "")
            head = f"static inline __attribute__((always_inline)) {item.type} {item.name}{copy}"
            lines += [f"{head}({parameters}) {{\n{body}}}\n"]
            last = f"{item.name}{copy}"
    body = _passing_on(item.body, cycle, last, step)
    # Declarations stand first in mypyc's functions, but C does not ask for that.
    copies = len(lines) + 1
    where = "" if is_shared else "static "
    lines += [f"{where}{item.type} {item.name}_at({parameters}) {{\n{_check(item)}{body}}}\n"]
    left = f"scm_depth_left({copies})"
    more = ", ".join([*([item.arguments] if item.arguments else []), left])
    lines += [f"{item.type} {item.name}({item.parameters}) {{\n"]
    lines += [f"    return {item.name}_at({more});\n}}\n"]
    return "".join(lines)


def _passing_on(body: str, cycle: frozenset[str], own: str, step: str) -> str:
    """The body with its calls in the cycle: to `own` if there is one function, else each to its."""

    def replace(found: re.Match[str]) -> str:
        name, arguments = found[1], found[2]
        if name not in cycle:
            return found[0]
        target = own if len(cycle) == 1 else f"{name}_at"
        more = f"{arguments}, depth{step}" if arguments else f"depth{step}"
        return f"{target}({more});"

    return re.sub(r"\b(CPyDef_\w+)\(([^;\n]*)\);", replace, body)


def _counted(item: _Function) -> str:
    head = f"static {item.type} {item.name}_counted({item.parameters}) {{\n{item.body}}}\n"
    return (
        f"{head}{item.type} {item.name}({item.parameters}) {{\n"
        "    if (unlikely(scm_depth >= SCM_DEPTH_MAX)) {\n"
        "        scm_too_deep();\n"
        f"        return {_ERRORS[item.type]};\n"
        "    }\n"
        "    scm_depth++;\n"
        f"    {item.type} result = {item.name}_counted({item.arguments});\n"
        "    scm_depth--;\n"
        "    return result;\n"
        "}\n"
    )
