"""The user's Python -> syntax trees and code, whatever the process around the build does."""

from __future__ import annotations

import ast
import warnings
from types import CodeType
from typing import Final

_TOO_DEEP: Final = "an expression nests too deeply"


def module_name(path: str) -> str:
    """The module in the file at a path below the folder of modules."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def check_python(text: str, path: str) -> ast.Module:
    """The syntax tree of a module; raises `SyntaxError` for all that no import would take."""
    tree = parse_python(text, path)
    try:
        # What a parser lets pass, like a `return` outside of a function.
        compile_python(text, path)
    except SyntaxError as error:
        # Of these a rule says more (`async-def`).
        if error.msg is None or "async" not in error.msg:
            raise
    return tree


def parse_python(text: str, path: str) -> ast.Module:
    """The syntax tree of a module; raises `SyntaxError`, also for what no one can parse."""
    # An odd escape in a string is not our affair, and no error where a test run makes warnings so.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # 3.11 is the language of the canister, whatever the host's Python would accept.
            return ast.parse(text, path, feature_version=(3, 11))
        except ValueError as error:
            raise SyntaxError(str(error)) from error
        except (RecursionError, MemoryError) as error:
            raise SyntaxError(_TOO_DEEP) from error


def compile_python(text: str, path: str, *, is_library: bool = True) -> CodeType:
    """The bytecode of a module; of the standard library without docstrings and asserts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text, path, "exec", dont_inherit=True, optimize=2 if is_library else 0)
        except (RecursionError, MemoryError) as error:
            raise SyntaxError(_TOO_DEEP) from error
