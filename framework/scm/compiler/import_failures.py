"""Why a module of the user's can't be imported: the exception's place in it, and what to do.

Runs in the discovery worker.  Most annotations are evaluated at the import, so this is also where
mistakes in them show: of those whose meaning is plain the answer has a text of our own.
"""

from __future__ import annotations

import ast
import difflib
import linecache
import os
import re
import sys
from itertools import islice
from types import FrameType, ModuleType, TracebackType

from scm.compiler.classify import value_of
from scm.compiler.refusals import AnnotationError, explain_operation
from scm.compiler.type_shapes import Json

TEXT_MAX = 500
HELP_FILES = "put what is in the file into a module, as a constant: a canister has no files"
HELP_VARIABLES = (
    "put the value into a module, as a constant, or let `@init` take it: a canister has no"
    " environment variables"
)
_MISSING_NAME = re.compile(
    r"ImportError: cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'(?= \()"
)


def describe_failure(module: str, error: BaseException, root: str) -> Json:
    """The failed import of `module` of the project in `root`, as `annotations.py` reads it."""
    frame, place = _user_frame(error.__traceback__, root)
    answer: Json = {"place": [module, 0, 0, 0, 0], "text": _text(error, root), "help": ""}
    if frame is None:
        return answer
    path = frame.f_code.co_filename
    answer["place"] = [os.path.relpath(path, root).replace(os.sep, "/"), *place]
    tree = _tree(path)
    if isinstance(error, TypeError):
        problem = _wrong_type(tree, frame, place)
        if problem is not None:
            answer["problem"] = problem.as_json()
    elif isinstance(error, NameError) and error.name in _defined_names(tree):
        answer["help"] = (
            f"define `{error.name}` above this line, or write the type in quotes if it is one"
        )
    elif (missing := _MISSING_NAME.match(answer["text"])) is not None:
        # Where the module lies on this machine is of no help.
        answer["text"] = missing[0]
        near = _near_names(missing["name"], missing["module"])
        answer["help"] = f"did you mean {near}?" if near else ""
    elif isinstance(error, ImportError) and "relative import" in answer["text"]:
        answer["help"] = "the main module is in no package: name the other one, `import helper`"
    elif isinstance(error, ImportError | AttributeError) and "circular import" in answer["text"]:
        answer["help"] = (
            "move what both modules need into a third one, or import the other inside a function"
        )
    elif isinstance(error, OSError) and error.filename is not None:
        answer["help"] = HELP_FILES
    elif isinstance(error, KeyError) and "environ" in linecache.getline(path, place[0]):
        answer["help"] = HELP_VARIABLES
    elif isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        near = _near_names(error.name or "", error.obj.__name__)
        answer["help"] = f"did you mean {near}?" if near else ""
    return answer


def _near_names(name: str, module: str) -> str:
    """What a module has under a name like this one, to be shown."""
    found = sys.modules.get(module)
    known = getattr(found, "__all__", None) or [n for n in dir(found) if not n.startswith("_")]
    near = difflib.get_close_matches(name, known, n=2)
    return " or ".join(f"`{item}`" for item in near)


def _text(error: BaseException, root: str) -> str:
    name = type(error).__name__
    try:
        message = str(error)
    except Exception:  # The user's class may have any `__str__`.
        return name
    # Messages of the import system name files; where the project is must not matter.
    text = " ".join(f"{name}: {message}".replace(root + os.sep, "").split())
    return text[:TEXT_MAX].removesuffix(":")


def _user_frame(
    traceback: TracebackType | None, root: str
) -> tuple[FrameType | None, tuple[int, int, int, int]]:
    """The innermost frame in a file of the user's; the place is as in `ast`."""
    found: FrameType | None = None
    place = (0, 0, 0, 0)
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if os.path.abspath(code.co_filename).startswith(root + os.sep):
            found = traceback.tb_frame
            # One entry for each instruction, which has two bytes.
            positions = next(islice(code.co_positions(), traceback.tb_lasti // 2, None))
            line, end_line, column, end_column = positions
            if None in positions:
                place = (traceback.tb_lineno, 0, traceback.tb_lineno, 0)
            else:
                place = (line or 0, column or 0, end_line or 0, end_column or 0)
        traceback = traceback.tb_next
    return found, place


def _tree(path: str) -> ast.Module:
    # It has been parsed before, by the compiler, and again by the import.
    return ast.parse("".join(linecache.getlines(path)))


def _wrong_type(
    tree: ast.Module, frame: FrameType, place: tuple[int, int, int, int]
) -> AnnotationError | None:
    names = {**frame.f_globals, **frame.f_locals}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript | ast.BinOp) and place == (
            *(node.lineno, node.col_offset),
            *(node.end_lineno, node.end_col_offset),
        ):
            try:
                return explain_operation(node, lambda part: value_of(part, names))
            except Exception:  # What ran once need not run twice.
                return None
    return None


def _defined_names(tree: ast.Module) -> set[str]:
    names = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    return names | {
        target.id for node in assigned for target in node.targets if isinstance(target, ast.Name)
    }
