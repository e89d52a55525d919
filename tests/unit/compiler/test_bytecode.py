"""Code objects as bytes: they load as the same code, and do not depend on the process."""

from __future__ import annotations

import _pydecimal
import enum
import functools
import marshal
import sys
import typing
from pathlib import Path
from types import CodeType

import pytest

from scm.compiler.bytecode import marshal_code

SAMPLE = '''
"""A docstring, ünïcode."""
import os as system
NUMBERS = (0, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 10**40, -(10**40), True, False)
OTHERS = (0.0, -0.0, 1e300, 2j, ..., None, b"", b"\\x00\\xff", "", "\\udc80", "a" * 300)

def outer(first, /, second, *rest, third=3, **named):
    total = first
    def inner(step):
        nonlocal total
        total += step
        return second, rest
    return [inner(x) for x in named if x in {"b", "a", 1, 2.5, None}]

class Child(dict):
    def __init__(self):
        super().__init__()
        try:
            raise ValueError
        except* ValueError:
            pass

async def later():
    async with lock as x:
        yield x
'''


def attributes(code: CodeType) -> list[object]:
    """Everything that code consists of, with the code among its constants."""
    names = [name for name in dir(code) if name.startswith("co_") and name != "co_consts"]
    plain = [getattr(code, name) for name in names if not callable(getattr(code, name))]
    return [*plain, *(describe(item) for item in code.co_consts)]


def describe(constant: object) -> object:
    """The constant in a form that tells 0 from False and 0.0 from -0.0."""
    match constant:
        case CodeType():
            return attributes(constant)
        case frozenset():
            return constant
        case _:
            return repr(constant)


def assert_loads_as_it_was(text: str) -> None:
    code = compile(text, "sample.py", "exec", dont_inherit=True)
    loaded = marshal.loads(marshal_code(code))
    assert loaded == code
    assert attributes(loaded) == attributes(code)


def test_code_loads_as_it_was():
    assert_loads_as_it_was(SAMPLE)


@pytest.mark.parametrize("module", [typing, enum, functools, _pydecimal])
def test_standard_library_loads_as_it_was(module):
    assert_loads_as_it_was(Path(module.__file__).read_text(encoding="utf-8"))


def test_bytes_do_not_tell_what_else_the_process_holds():
    def compiled() -> CodeType:
        return compile("mark = '\u00a7', unusual_name_here", "sample.py", "exec", dont_inherit=True)

    before = marshal_code(compiled())
    held = [sys.intern("\u00a7"), sys.intern("unusual_name_here"), compiled()]
    assert marshal_code(compiled()) == before
    assert len(held) == 3
