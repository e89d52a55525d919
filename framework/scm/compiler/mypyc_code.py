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
