"""mypyc's own C code, which each group includes, and the declarations of it."""

from __future__ import annotations

import re
from typing import Final

from scm.compiler.toolchain import mypyc_runtime

INCLUDED_CODE: Final = re.compile(r"^#include <[\w/]+\.c>$", re.MULTILINE)
"""A line that includes a part of it."""


def declaration_of(include: str) -> str:
    """The line that includes the header of such a part, where `CPy.h` does not have it; or none."""
    header = include.removeprefix("#include <").removesuffix(".c>") + ".h"
    return f"#include <{header}>" if (mypyc_runtime() / header).is_file() else ""


def included_declarations(shared_c: str) -> tuple[str, ...]:
    """The lines for all parts that a group's shared file includes."""
    lines = map(declaration_of, INCLUDED_CODE.findall(shared_c))
    return tuple(line for line in lines if line)


FAST_VALUES: Final = '#include "fast_values.h"\n'
"""Shorter ways for some of mypyc's functions; it goes behind the code that defines those."""


def after_includes(text: str, added: str) -> str:
    """Put C behind the last `#include` at the top of a file of mypyc's."""
    last = 0
    for found in re.finditer(r"^#include [^\n]*\n", text, re.MULTILINE):
        if found.start() - last > 2_000:
            break
        last = found.end()
    return f"{text[:last]}{added}{text[last:]}"
