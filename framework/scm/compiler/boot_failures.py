"""Why the canister's modules can't be imported in the canister, in the terms of who wrote them.

In: what the boot printed, which is Python's traceback, and the project.  Out: a `SourceError` at
the line of the user's that failed, without the frames of the import system and of scm; or the
`SnapshotError` as it was, if no line of the user's is to blame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from scm.compiler.artefacts import Project, SourceModule
from scm.compiler.import_failures import HELP_FILES, HELP_VARIABLES
from scm.compiler.mypyc import c_name_of
from scm.errors import Diagnostic, ScmError, SnapshotError, SourceError, SourceSpan

CODE: Final = "fails-in-canister"

_HEAD: Final = "Traceback (most recent call last):"
_FRAME: Final = re.compile(r'  File "(?P<path>[^"]+)", line (?P<line>\d+), in (?P<function>.*)')
_NOT_THE_USERS: Final = re.compile(r"importlib/|scm/|scm_entry\.py$|<frozen ")
_BODY: Final = re.compile(r"CPyDef_(?P<module>\w+?)_____top_level__")
_FRAMES_MAX: Final = 12
_TEXT_MAX: Final = 500

_ONCE: Final = (
    "modules are imported once, when the canister is built, by the Python that is in the canister:"
    " it has no files, no network, no environment variables and no threads"
)
_HELPS: Final = (
    (
        ("FileNotFoundError", "OSError", "PermissionError", "NotADirectoryError"),
        HELP_FILES,
    ),
    (
        ("ModuleNotFoundError", "ImportError"),
        "do without that module, or name it in `include` under `[tool.scm]` if it is imported by a"
        " name that only the program knows; the reference says which of the standard library a"
        " canister has",
    ),
    (
        ("MemoryError", "RecursionError"),
        "do less at the import: compute it when a message needs it, or keep it in the state",
    ),
)
_NO_ATTRIBUTES: Final = "AttributeError: 'builtin_function_or_method' object has no attribute"
_HELP_ATTRIBUTES: Final = (
    "compiled functions take no attributes: list the module under `bytecode` in `[tool.scm]`, or"
    " keep what is said of a function in a table beside it"
)
_VARIABLES: Final = re.compile(r"\b(?:environb?|getenvb?)\b")
_HELP: Final = (
    "write it so that it works there too, or do it in `@init` or a function that a message calls"
)
_CALLED: Final = re.compile(r"boot called (ic0\.\w+)")


@frozen
class _Frame:
    path: str
    line: int
    function: str


@frozen
class _Failure:
    """An exception with its traceback, as Python prints it; `text` is its last line."""

    frames: tuple[_Frame, ...]
    text: str


def explain_boot_failure(error: SnapshotError, project: Project) -> ScmError:
    """The error to raise in the place of `error`."""
    modules = {item.path: item for item in project.modules}
    failures = list(_read_failures("\n".join(error.printed)))
    called = _CALLED.fullmatch(error.message)
    if called is not None:
        message = f"a module calls the System API (`{called[1]}`) when it is imported"
        return SourceError([Diagnostic(CODE, message, None, notes=(_ONCE,), helps=(_HELP,))])
    if not failures:
        return _stuck(error, project) or error
    last = failures[-1]
    own = [frame for frame in last.frames if frame.path in modules]
    if not own:
        return error
    bodies = [frame for frame in own if frame.function == "<module>"]
    imported = modules[(bodies or own)[-1].path].name
    notes = [_ONCE, *_trace(last, modules)]
    for cause in failures[:-1]:
        place = f", {_describe(cause.frames[-1], modules)}" if cause.frames else ""
        notes.append(f"before that: {_shorten(cause.text)}{place}")
    diagnostic = Diagnostic(
        CODE,
        f"the import of `{imported}` fails in the canister: {_shorten(last.text)}",
        _span(modules[own[-1].path], own[-1].line),
        notes=(*notes, *_where_all_is(error)),
        helps=(_help_for(last.text, _line_of(modules[own[-1].path], own[-1].line)),),
    )
    return SourceError([diagnostic])


def _stuck(error: SnapshotError, project: Project) -> SourceError | None:
    """A module whose body was running when the boot was stopped, by its functions in Wasm."""
    names = {c_name_of(item.name): item for item in project.modules}
    for frame in error.frames:
        found = _BODY.search(frame)
        if found is not None and found["module"] in names:
            module = names[found["module"]]
            reason = error.message.removeprefix("boot ")
            diagnostic = Diagnostic(
                CODE,
                f"the import of `{module.name}` fails in the canister: it {reason}",
                SourceSpan(module.path, 1, 1, 1, 1),
                notes=(_ONCE, *_where_all_is(error)),
                helps=(_HELPS[-1][1],),
            )
            return SourceError([diagnostic])
    return None


def _where_all_is(error: SnapshotError) -> list[str]:
    return [] if error.log is None else [f"the whole traceback: {error.log}"]


def _read_failures(printed: str) -> Iterator[_Failure]:
    """The tracebacks in a text: causes first, as Python prints them."""
    for block in printed.split(f"{_HEAD}\n")[1:]:
        frames = []
        lines = block.split("\n")
        while lines and (found := _FRAME.fullmatch(lines[0])) is not None:
            frames.append(_Frame(found["path"], int(found["line"]), found["function"]))
            lines.pop(0)
            # Source lines, where Python knows them, are indented; so are marks below them.
            while lines and lines[0].startswith("    "):
                lines.pop(0)
        text = "\n".join(lines).split("\n\n")[0].strip()
        theirs = [frame for frame in frames if not _NOT_THE_USERS.match(frame.path)]
        yield _Failure(tuple(theirs), text)


def _trace(failure: _Failure, modules: dict[str, SourceModule]) -> list[str]:
    """The frames, outermost first, unless the place of the error says it all."""
    if len(failure.frames) < 2:
        return []
    shown = [_describe(frame, modules) for frame in failure.frames]
    if len(shown) > _FRAMES_MAX:
        half = _FRAMES_MAX // 2
        shown = [*shown[:half], f"({len(shown) - _FRAMES_MAX} more)", *shown[-half:]]
    return shown


def _describe(frame: _Frame, modules: dict[str, SourceModule]) -> str:
    line = _line_of(modules[frame.path], frame.line) if frame.path in modules else ""
    place = f"{frame.path}:{frame.line}, in {frame.function}"
    return f"{place}: {line.strip()}" if line else place


def _span(module: SourceModule, number: int) -> SourceSpan:
    line = _line_of(module, number)
    column = len(line) - len(line.lstrip()) + 1
    return SourceSpan(module.path, number, column, number, max(len(line.rstrip()) + 1, column))


def _line_of(module: SourceModule, number: int) -> str:
    lines = module.text.split("\n")
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _help_for(text: str, line: str) -> str:
    """What to do, by the exception and the line of the user's that it comes from."""
    if _VARIABLES.search(line):
        return HELP_VARIABLES
    if text.startswith(_NO_ATTRIBUTES):
        return _HELP_ATTRIBUTES
    name = text.partition(":")[0].rpartition(".")[2]
    return next((help for names, help in _HELPS if name in names), _HELP)


def _shorten(text: str) -> str:
    return " ".join(text.split())[:_TEXT_MAX]


def printed_lines(error: SnapshotError) -> Sequence[str]:
    """All that is known of a failure, for the log."""
    frames = [f"  in {name}" for name in error.frames]
    return [error.message, *frames, *(line for text in error.printed for line in text.split("\n"))]
