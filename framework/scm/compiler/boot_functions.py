"""Which functions a boot runs, so that the next one need not have the others compiled.

A boot runs a third of a module's functions, once, and compiling them all takes ten times as long as
running these.  So a first boot marks what it runs, in globals of its own, and the boots after an
edit have `unreachable` for the bodies of what no boot has run.  That is a guess and is treated as
one: where such a body is entered after all, the boot traps, and is done again with everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from scm.leb128 import write_signed, write_unsigned
from scm.wasm.code import read_code
from scm.wasm.custom import read_function_names
from scm.wasm.module import Module, SectionId
from scm.wasm.sections import (
    I64,
    ExternKind,
    Global,
    GlobalType,
    all_global_types,
    imported,
    read_globals,
    read_imports,
    write_globals,
    write_vector,
)
from scm.wasm.segments import read_elements

_UNREACHABLE_BODY: Final = b"\x03\x00\x00\x0b"
"""A body of 3 bytes: no local variables, `unreachable`, `end`."""

_BITS: Final = 64
_ZERO: Final = b"\x42\x00\x0b"  # i64.const 0, end


def add_marks(module: Module) -> Module:
    """The module with a bit for each function that is set when it is entered.

    The bits are in globals behind the module's own, 64 in each.
    """
    first = len(all_global_types(module))
    code = read_code(module)
    bodies = []
    for number, body in enumerate(code.bodies):
        place = write_unsigned(first + number // _BITS)
        bit = write_signed(_signed(1 << number % _BITS))
        # global.get, i64.const, i64.or, global.set
        mark = b"\x23" + place + b"\x42" + bit + b"\x84\x24" + place
        locals_, rest = code.payload[body.locals_start : body.start], body.start
        whole = locals_ + mark + code.payload[rest : body.end]
        bodies.append(write_unsigned(len(whole)) + whole)
    marks = [Global(GlobalType(I64, True), _ZERO)] * -(-len(code.bodies) // _BITS)
    grown = module.with_section(SectionId.GLOBAL, write_globals([*read_globals(module), *marks]))
    return grown.with_section(SectionId.CODE, write_vector(bodies))


def entered_functions(module: Module, marks: Mapping[int, int]) -> tuple[set[str], set[str]]:
    """The names of the functions that were entered, and of those that were not.

    `marks`: the bits by global of `add_marks`.  A name that several functions have counts as
    entered if one of them was.
    """
    first = len(all_global_types(module))
    before = len(imported(read_imports(module), ExternKind.FUNCTION))
    entered: set[str] = set()
    idle: set[str] = set()
    for index, name in read_function_names(module).items():
        number = index - before
        if number >= 0:
            is_entered = marks[first + number // _BITS] >> number % _BITS & 1
            (entered if is_entered else idle).add(name)
    return entered, idle - entered


def leave_out(module: Module, idle: Collection[str]) -> Module:
    """The module without the bodies of these functions.

    In the table they are all the same one: each that is in it has code made to be called from
    outside, which takes as long as a body.
    """
    emptied, left_out = without_bodies(module, idle.__contains__)
    return _same_in_table(emptied, left_out)


def without_bodies(
    module: Module, is_left_out: Callable[[str], object]
) -> tuple[Module, list[int]]:
    """The module with `unreachable` for the bodies of functions, by name, and which they are.

    They keep their places.  One without a name stays as it is.
    """
    before = len(imported(read_imports(module), ExternKind.FUNCTION))
    names = read_function_names(module)
    code = read_code(module)
    bodies = []
    left_out: list[int] = []
    for index, body in enumerate(code.bodies, before):
        name = names.get(index)
        if name is not None and is_left_out(name):
            bodies.append(_UNREACHABLE_BODY)
            left_out.append(index)
        else:
            whole = code.payload[body.locals_start : body.end]
            bodies.append(write_unsigned(len(whole)) + whole)
    return module.with_section(SectionId.CODE, write_vector(bodies)), left_out


def _same_in_table(module: Module, functions: Sequence[int]) -> Module:
    """The module with the first of these functions for all of them in its table."""
    segments = read_elements(module)
    if not all(segment.is_plain for segment in segments):
        return module
    same = dict.fromkeys(functions, functions[0]) if functions else {}
    written = [
        b"\x00"
        + segment.offset
        + write_vector([write_unsigned(same.get(f, f)) for f in segment.functions if f is not None])
        for segment in segments
    ]
    return module.with_section(SectionId.ELEMENT, write_vector(written))


def _signed(bits: int) -> int:
    return bits - (1 << _BITS) if bits >> (_BITS - 1) else bits
