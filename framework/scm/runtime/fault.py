"""An exception as text: all of it for the canister's log, its last line for the caller's reject."""

from __future__ import annotations

from types import TracebackType
from typing import Any, NoReturn

FRAMES_MAX = 40


def describe(error: BaseException) -> tuple[str, str]:
    """The traceback (innermost call last, causes first) and its last line."""
    lines: list[str] = []
    _add_error(lines, error, 0)
    return _printable("\n".join(lines)), _printable(summary(error))


def summary(error: BaseException) -> str:
    """`ValueError: too much`, as the last line of a traceback has it."""
    name = type(error).__name__
    message = str(error)
    if isinstance(error, ModuleNotFoundError):
        message += "; what no `import` statement names, `include` in pyproject.toml must"
    return f"{name}: {message}" if message else name


def _printable(text: str) -> str:
    """The text without lone surrogates, which have no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _add_error(lines: list[str], error: BaseException, depth: int) -> None:
    cause = error.__cause__
    if cause is None and not error.__suppress_context__:
        cause = error.__context__
    if cause is not None and depth < 8:
        _add_error(lines, cause, depth + 1)
        lines.append("")
    lines.append("Traceback (most recent call last):")
    frames = _frames(error.__traceback__)
    if len(frames) > FRAMES_MAX:
        half = FRAMES_MAX // 2
        skipped = f"  ... {len(frames) - FRAMES_MAX} more ..."
        frames = [*frames[:half], skipped, *frames[-half:]]
    lines.extend(frames)
    lines.append(summary(error))


def _frames(traceback: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith("scm_entry"):
            place = f'  File "{code.co_filename}", line {traceback.tb_lineno}'
            frames.append(f"{place}, in {code.co_name}")
        traceback = traceback.tb_next
    return frames


def caused(error: object, cause: object) -> Any:
    """The exception of `raise error from cause`; either may be a class, and the cause None."""
    made: Any = error() if isinstance(error, type) else error
    made.__cause__ = cause() if isinstance(cause, type) else cause
    return made


def no_module(name: str) -> NoReturn:
    """Fail as the import of a module that is not there, though another one may have it."""
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
