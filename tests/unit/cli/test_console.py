"""What is printed, character by character."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scm.cli.console import Console, ConsoleOptions, Format, format_size, wants_colour
from scm.compiler.builds import BuildResult, StageReport
from scm.compiler.check import Finding
from scm.errors import (
    Diagnostic,
    InternalError,
    LimitError,
    SnapshotError,
    SourceSpan,
    ToolchainError,
)


class Printed:
    """A console that writes into memory."""

    def __init__(self, options: ConsoleOptions) -> None:
        self._out, self._err = io.StringIO(), io.StringIO()
        self.console = Console(self._out, self._err, options)

    @property
    def out(self) -> str:
        return self._out.getvalue()

    @property
    def err(self) -> str:
        return self._err.getvalue()


def printed(
    *,
    colour: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    format: Format = "full",
) -> Printed:
    return Printed(ConsoleOptions(colour=colour, quiet=quiet, verbose=verbose, format=format))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one file; paths in messages are relative to it."""
    monkeypatch.chdir(tmp_path)
    lines = ["# one", *[""] * 12, "def transfer(to: Principal, amount) -> None:", "\tx = 'é日' + y"]
    Path("canister.py").write_text("\n".join(lines) + "\n")
    return Path()


MISSING_TYPE = Diagnostic(
    "missing-type",
    "update method `transfer` has no type for parameter `amount`",
    SourceSpan("canister.py", 14, 29, 14, 35),
    label="type is missing here",
    notes=("every argument of a public method becomes a Candid type",),
    helps=("write `amount: nat64`",),
)


def test_diagnostic_shows_the_line_and_underlines(project: Path) -> None:
    to = printed()
    to.console.diagnostics([MISSING_TYPE], project)
    assert to.out == ""
    assert to.err == (
        "error: update method `transfer` has no type for parameter `amount`  [missing-type]\n"
        "  --> canister.py:14:29\n"
        "   |\n"
        "14 | def transfer(to: Principal, amount) -> None:\n"
        "   |                             ^^^^^^ type is missing here\n"
        "   = note: every argument of a public method becomes a Candid type\n"
        "   = help: write `amount: nat64`\n"
        "\n"
        "1 error\n"
    )


def test_short_format_is_one_line_as_mypy_writes_it(project: Path) -> None:
    to = printed(format="short")
    to.console.diagnostics([MISSING_TYPE, MISSING_TYPE], project / "sub")
    line = (
        "sub/canister.py:14:29: error: update method `transfer` has no type for parameter"
        " `amount`  [missing-type]\n"
    )
    assert to.err == line * 2


def test_underline_stands_under_tabs_and_wide_letters(project: Path) -> None:
    to = printed()
    span = SourceSpan("canister.py", 15, 6, 15, 10)
    to.console.diagnostics([Diagnostic("x", "y", span)], project)
    assert to.err.splitlines()[3:5] == ["15 | \tx = 'é日' + y", "   | \t    ^^^^^"]


def test_span_over_lines_is_underlined_to_the_end_of_the_first(project: Path) -> None:
    to = printed()
    span = SourceSpan("canister.py", 14, 36, 15, 3)
    to.console.diagnostics([Diagnostic("x", "y", span)], project)
    assert to.err.splitlines()[4] == "   | " + " " * 35 + "^" * 9


def test_diagnostic_without_a_place_or_a_file_is_shown_all_the_same(project: Path) -> None:
    to = printed()
    gone = SourceSpan("gone.py", 3, 1, 3, 2)
    to.console.diagnostics(
        [Diagnostic("a", "first", None), Diagnostic("b", "second", gone)], project
    )
    assert to.err == ("error: first  [a]\n\nerror: second  [b]\n  --> gone.py:3:1\n\n2 errors\n")


def test_empty_span_shows_the_line_only(project: Path) -> None:
    to = printed()
    to.console.diagnostics([Diagnostic("a", "b", SourceSpan("canister.py", 1, 1, 1, 1))], project)
    assert to.err.splitlines()[1:4] == ["  --> canister.py:1:1", "   |", " 1 | # one"]


def test_colours_wrap_words_and_nothing_else(project: Path) -> None:
    to = printed(colour=True)
    to.console.error("no", helps=["do"])
    assert to.err == "\x1b[1;31merror:\x1b[0m no\n   = \x1b[1mhelp:\x1b[0m do\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "on_terminal", "in_file"),
    [
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"NO_COLOR": "", "FORCE_COLOR": ""}, True, False),
    ],
)
def test_colour_follows_the_environment(
    environment: dict[str, str], on_terminal: bool, in_file: bool
) -> None:
    assert wants_colour(Terminal(), environment) == on_terminal
    assert wants_colour(io.StringIO(), environment) == in_file


def test_stages_go_to_standard_error_and_are_silent_if_quiet() -> None:
    report = StageReport("discover", "6 methods, 2 response handlers", 0.12, cached=True)
    to, quiet = printed(), printed(quiet=True)
    for target in (to, quiet):
        target.console.stage(report)
    assert to.err == (
        "discover     6 methods, 2 response handlers (cached)                     0.1 s\n"
    )
    assert (to.out, quiet.err) == ("", "")


def test_path_alone_is_the_result_of_a_build() -> None:
    to = printed()
    to.console.built(BuildResult(Path("build/vault.wasm"), 7_912_345, "4f1c"))
    assert to.out == "build/vault.wasm\n"
    assert to.err.startswith("build/vault.wasm  7.9 MB  sha256 4f1c\n")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (41_200, "41 kB"),
        (7_912_345, "7.9 MB"),
        (3_210_000_000, "3.2 GB"),
    ],
)
def test_sizes_are_for_people(size: int, text: str) -> None:
    assert format_size(size) == text


FINDINGS = [
    Finding("safe", "response handler `paid`"),
    Finding("unsafe", "state field `total`", "it is gone", "put it back"),
]


def test_findings_are_the_result_of_a_check() -> None:
    to, quiet = printed(), printed(quiet=True)
    for target in (to, quiet):
        target.console.findings(FINDINGS)
    unsafe = "unsafe   state field `total`: it is gone\n           help: put it back\n"
    assert to.out == f"safe     response handler `paid`\n{unsafe}"
    assert quiet.out == unsafe
    assert to.err == ""


def test_each_stream_has_its_own_colours() -> None:
    to = Printed(ConsoleOptions(colour=True, result_colour=False))
    to.console.findings(FINDINGS)
    assert "\x1b" not in to.out
    coloured = Printed(ConsoleOptions(colour=False, result_colour=True))
    coloured.console.findings(FINDINGS)
    assert "\x1b[32msafe    \x1b[0m response handler `paid`\n" in coloured.out


def tool_failure(output: str) -> ToolchainError:
    error = ToolchainError("zig cc", ["zig", "cc", "a b.c"], 1, output, "remove the import")
    error.stage, error.log = "compile", Path("logs/0001-compile.log")
    return error


def test_tool_failure_shows_where_what_and_the_end_of_the_output() -> None:
    error = tool_failure("\n".join(f"line {number}" for number in range(30)))
    to, verbose = printed(), printed(verbose=True)
    for target in (to, verbose):
        target.console.tool_error(error)
    assert to.err.splitlines() == [
        "error: the stage `compile` failed: `zig cc` exited with status 1  [toolchain]",
        *(f"  < line {number}" for number in range(10, 30)),
        "   = note: all of it: logs/0001-compile.log",
        "   = help: remove the import",
    ]
    assert verbose.err.splitlines()[1:3] == ["  + zig cc 'a b.c'", "  < line 0"]


def test_tool_failure_shows_the_errors_among_warnings() -> None:
    warnings = "a.c:1:1: warning: odd\n" * 30
    to = printed()
    output = f"{warnings}a.c:7:1: error: no such type\n  7 | nat x;\n    | ^\n{warnings}"
    to.console.tool_error(tool_failure(output))
    assert to.err.splitlines()[1:4] == [
        "  < a.c:7:1: error: no such type",
        "  <   7 | nat x;",
        "  <     | ^",
    ]
    assert "warning" not in to.err


def test_failing_boot_shows_what_was_printed_and_the_log() -> None:
    error = SnapshotError("boot trapped: unreachable", ("one\ntwo", "three"), ())
    error.log = Path("logs/0001-snapshot.log")
    to = printed()
    to.console.boot_error(error)
    assert to.err.splitlines() == [
        "error: the stage `snapshot` failed: boot trapped: unreachable  [snapshot]",
        *("  < one", "  < two", "  < three"),
        "   = note: all of it: logs/0001-snapshot.log",
        "   = help: `scm doctor` checks the tools; if it finds nothing, please report this with"
        " the log",
    ]


def test_build_after_a_change_is_one_line() -> None:
    to, quiet = printed(), printed(quiet=True)
    for target in (to, quiet):
        result = BuildResult(Path("build/vault.wasm"), 7_912_345, "4f1c")
        target.console.built_again(result, 3.21)
        assert target.out == "build/vault.wasm  7.9 MB  sha256 4f1c  3.2 s\n"
        assert target.err == ""


def test_checks_are_lines_with_help_and_only_what_is_wrong_if_quiet() -> None:
    to, quiet = printed(), printed(quiet=True)
    for target in (to, quiet):
        target.console.check("python", "ok", "3.11.7", "")
        target.console.check("zig", "wrong", "it does not compile", "install it again")
    wrong = "wrong    zig        it does not compile\n                    help: install it again\n"
    assert to.out == f"ok       python     3.11.7\n{wrong}"
    assert quiet.out == wrong


def test_limit_and_internal_errors_say_what_to_do() -> None:
    to = printed()
    to.console.limit_error(LimitError("functions", 60_000, 50_000, "remove some"))
    to.console.internal_error(InternalError("link", "no table"), "Traceback\nlast")
    assert to.err.startswith(
        "error: functions: 60,000 is over the limit of 50,000  [limit]\n   = help: remove some\n"
        "error: internal error in link: no table  [internal]\n   = help: this is a mistake in scm"
    )
    assert "Traceback" not in to.err
    verbose = printed(verbose=True)
    verbose.console.crash(ValueError("odd"), "Traceback\nlast")
    assert "  < Traceback\n  < last\n" in verbose.err
