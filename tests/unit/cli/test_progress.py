"""The line that says what is running."""

from __future__ import annotations

import io
import threading

import pytest

from scm.cli.console import Console, ConsoleOptions
from scm.cli.progress import Progress, wants_progress
from scm.compiler.builds import StageReport

CLEAR = "\r\x1b[2K"
LINK = f"{CLEAR}link         {'...':<56}    1.5 s"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, True), ({"TERM": "dumb"}, False), ({"CI": "true"}, False), ({"CI": ""}, True)],
)
def test_progress_is_for_terminals(environment: dict[str, str], expected: bool) -> None:
    assert wants_progress(Terminal(), environment) == expected
    assert not wants_progress(io.StringIO(), environment)


def started(quiet: bool = False) -> tuple[Terminal, Progress, Console]:
    stream, clock = Terminal(), Clock()
    progress = Progress(stream, clock, ticks=False)
    console = Console(io.StringIO(), stream, ConsoleOptions(quiet=quiet), progress)
    console.stage_started("link")
    clock.now += 1.5
    return stream, progress, console


def test_the_line_is_overwritten_and_goes_when_the_stage_has_ended() -> None:
    stream, progress, console = started()
    progress.draw()
    progress.draw()
    console.stage(StageReport("link", "4.9 MB", 1.5))
    assert stream.getvalue() == (f"{LINK}{LINK}{CLEAR}link         {'4.9 MB':<56}    1.5 s\n")


@pytest.mark.parametrize("what", ["error", "result", "end"])
def test_nothing_else_is_written_into_the_line(what: str) -> None:
    stream, progress, console = started()
    progress.draw()
    match what:
        case "error":
            console.error("no")
        case "result":
            console.result("here")
        case _:
            console.nothing_runs()
    assert stream.getvalue() == f"{LINK}{CLEAR}" + ("error: no\n" if what == "error" else "")


def test_what_takes_a_moment_is_never_shown() -> None:
    stream, _, console = started()
    console.nothing_runs()
    assert stream.getvalue() == ""


def test_a_stage_that_follows_begins_at_zero() -> None:
    stream, progress, console = started()
    console.stage_started("snapshot")
    progress.draw()
    assert stream.getvalue() == f"{CLEAR}snapshot     {'...':<56}    0.0 s"


def test_quiet_shows_no_progress() -> None:
    stream = Terminal()
    progress = Progress(stream, ticks=True)
    Console(stream, stream, ConsoleOptions(quiet=True), progress).stage_started("link")
    progress.stop()
    assert stream.getvalue() == ""


class Written(Terminal):
    """Tells when something is written."""

    def __init__(self) -> None:
        super().__init__()
        self.line = threading.Event()

    def write(self, text: str) -> int:
        count = super().write(text)
        self.line.set()
        return count


def test_a_thread_draws_until_it_is_stopped() -> None:
    written = Written()
    progress = Progress(written, Clock())
    progress.start("link")
    written.line.wait()
    progress.stop()
    shown = written.getvalue()
    assert shown.startswith(f"{CLEAR}link")
    assert shown.endswith(CLEAR)
