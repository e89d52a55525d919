"""What failing tools said, in full, in files: `logs/` in the cache keeps the last twenty."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scm.errors import ToolchainError

LOGS: Final = "logs"
LOGS_MAX: Final = 20

_NAME: Final = re.compile(r"(\d+)-.*\.log")
_NO_SPACE: Final = "No space left on device"
_KILLED: Final = -9
_OUT_OF_MEMORY: Final = re.compile(r"out of memory|OutOfMemory|Cannot allocate memory|MemoryError")


def write_log(cache_folder: Path, stage: str, lines: Iterable[str]) -> Path | None:
    """Write a new log, remove the oldest; returns its path, None if there can be none."""
    folder = cache_folder / LOGS
    text = "".join(f"{line}\n" for line in lines)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numbered = _numbered(folder)
        number = max(numbered, default=0) + 1
        while True:
            path = folder / f"{number:04}-{stage}.log"
            try:
                with path.open("x", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(text)
                break
            except FileExistsError:  # A build beside this one has failed, too.
                number += 1
        for old in sorted(numbered, reverse=True)[LOGS_MAX - 1 :]:
            numbered[old].unlink(missing_ok=True)
    except OSError:
        return None  # The failure itself is what matters.
    return path


def log_tool(error: ToolchainError, stage: str, cache_folder: Path) -> None:
    """Tell `error` its stage, its log and what to do about it."""
    error.stage = stage
    lines = [f"stage {stage}: {error}", f"+ {shlex.join(error.command)}", error.output.rstrip()]
    error.log = write_log(cache_folder, stage, lines)
    if not error.help:
        error.help = _help_for(error)


def _help_for(error: ToolchainError) -> str:
    if _NO_SPACE in error.output:
        return "the disk is full: make room, with `scm cache clear` for one"
    if error.returncode == _KILLED or _OUT_OF_MEMORY.search(error.output):
        return "the memory was not enough: close other programs, or give this machine more"
    return "`scm doctor` checks the tools; if it finds nothing, please report this with the log"


def _numbered(folder: Path) -> dict[int, Path]:
    found = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return {int(match[1]): path for match, path in found if match is not None}
