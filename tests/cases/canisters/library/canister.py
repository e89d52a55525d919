"""Runs programs that it is sent, as bytecode, and tells which modules each has loaded."""

import importlib
import sys
import traceback
from typing import Any

from scm import nat, query, record, state, text


@record
class Ran:
    result: text
    error: text
    loaded: tuple[text, ...]


@state
class Nothing:
    count: nat = 0


@query
def run(nothing: Nothing, source: text, function: text) -> Ran:
    before = set(sys.modules)
    names: dict[str, Any] = {}
    result = ""
    error = ""
    try:
        exec(source, names)
        if function:
            result = names[function]()
    except BaseException as raised:
        error = "".join(traceback.format_exception(raised))
    return Ran(result, error, tuple(sorted(set(sys.modules) - before)))


@query
def load(nothing: Nothing, module: text) -> text:
    return importlib.import_module(module).__name__
