"""Every character that the command line prints: results, stages, errors, colours.

The result goes to standard output, all else to standard error.  Nothing here decides anything.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TextIO

from attrs import frozen

from scm.candid.clashes import Clash
from scm.cli.findings import (
    WORDS,
    CheckReport,
    annotation_lines,
    describe_finding,
    report_json,
)
from scm.cli.progress import Progress
from scm.compiler.builds import BuildResult, StageReport
from scm.compiler.findings import BREAKING_CODE, Finding
from scm.errors import (
    ConfigurationError,
    Diagnostic,
    InterfaceRefusedError,
    InternalError,
    LimitError,
    SnapshotError,
    SourceSpan,
    ToolchainError,
)

Format = Literal["full", "short"]
Style = Literal["error", "warning", "good", "place", "strong"]

TOOL_LINES_MAX: Final = 20
LINES_BEHIND_ERROR: Final = 2
_ERROR_LINE: Final = re.compile(r"\berror\b[: ]|\b\w+Error: |fatal", re.IGNORECASE)
_CODES: Final[Mapping[Style, str]] = {
    "error": "1;31",
    "warning": "1;33",
    "good": "32",
    "place": "34",
    "strong": "1",
}


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to colour: as `NO_COLOR` and `FORCE_COLOR` say, else on a terminal."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


@frozen
class ConsoleOptions:
    """How much to say and how; `quiet`: errors only, `verbose`: all that a failing tool said.

    The streams may go to different places, so each has its own colours.
    """

    colour: bool = False
    result_colour: bool = False
    quiet: bool = False
    verbose: bool = False
    format: Format = "full"


class Console:
    """Prints to two streams: `out` for results, `err` for all else, and `progress` there too."""

    def __init__(
        self,
        out: TextIO,
        err: TextIO,
        options: ConsoleOptions,
        progress: Progress | None = None,
    ) -> None:
        self._out = out
        self._err = err
        self._options = options
        self._progress = progress

    def result(self, text: str) -> None:
        """The command's result, on standard output.

        Raises `ConfigurationError` if the output has no place for one of its characters.
        """
        self.nothing_runs()
        try:
            self._out.write(f"{text}\n")
        except UnicodeEncodeError as error:
            letter = ascii(error.object[error.start])
            raise ConfigurationError(
                f"standard output is `{error.encoding}`, which has no {letter}",
                "set `PYTHONIOENCODING=utf-8`",
            ) from error
        self._out.flush()

    def raw_result(self, data: bytes) -> None:
        """The command's result as bytes, on standard output."""
        self._out.flush()
        self._out.buffer.write(data)
        self._out.buffer.flush()

    def say(self, text: str = "") -> None:
        """A line about what happens; nothing if quiet."""
        if not self._options.quiet:
            self._write(text)

    def warn(self, text: str) -> None:
        """What the user should mend, though it stops nothing; nothing if quiet."""
        self.say(f"{self._styled('warning:', 'warning')} {text}")

    def stage_started(self, stage: str) -> None:
        """A stage of the build that begins: shown while it runs, if anyone looks."""
        if self._progress is not None and not self._options.quiet:
            self._progress.start(stage)

    def nothing_runs(self) -> None:
        """Whatever was running has ended, one way or another."""
        if self._progress is not None:
            self._progress.stop()

    def stage(self, report: StageReport) -> None:
        """A finished stage of the build."""
        cached = " (cached)" if report.cached else ""
        what = f"{report.summary}{cached}"
        self.say(f"{report.stage:<12} {what:<56} {report.seconds:>6.1f} s")
        self.notes(report)

    def notes(self, report: StageReport) -> None:
        """What the user should know of a stage."""
        for note in report.notes:
            self.say(f"{'':<12} {note}")

    def built(self, result: BuildResult) -> None:
        """The finished canister: a summary, and its path as the result."""
        size = format_size(result.size_bytes)
        self.say(f"{result.wasm_path}  {size}  sha256 {result.module_hash}")
        self.say("(the module hash that the Internet Computer will report)")
        self.result(str(result.wasm_path))

    def built_again(self, result: BuildResult, seconds: float) -> None:
        """The finished canister as a line, which is the result: of a build after a change."""
        size = format_size(result.size_bytes)
        self.result(f"{result.wasm_path}  {size}  sha256 {result.module_hash}  {seconds:.1f} s")

    # Upgrade checks.

    def check_report(self, report: CheckReport, format: str) -> None:
        """What an upgrade check found, on standard output."""
        match format:
            case "json":
                self.result(report_json(report))
            case "github":
                for line in annotation_lines(report):
                    self.result(line)
            case _:
                self.findings(report.findings)

    def findings(self, findings: Sequence[Finding]) -> None:
        """Findings as lines; safe things only if not quiet."""
        styles: Mapping[str, Style] = {"safe": "good", "warning": "warning"}
        for finding in findings:
            if finding.severity == "safe" and self._options.quiet:
                continue
            word = f"{WORDS[finding.severity]:<8}"
            if self._options.result_colour:
                word = _coloured(word, styles.get(finding.severity, "error"))
            self.result(f"{word} {describe_finding(finding)}")
            if finding.help:
                self.result(f"           help: {finding.help}")

    def breaking(self, clashes: Sequence[Clash], allowed: bool) -> None:
        """Changes of the interface that break callers of the deployed one."""
        for clash in clashes:
            if not allowed:
                self.error(str(clash), code=BREAKING_CODE)
            else:
                word = self._styled("warning:", "warning")
                self.say(f"{word} {clash}  [{BREAKING_CODE}]")

    def check(self, name: str, status: str, found: str, help: str) -> None:
        """What a check of the tools has found, on standard output; what is well not if quiet."""
        if status == "ok" and self._options.quiet:
            return
        styles: Mapping[str, Style] = {"ok": "good", "warning": "warning"}
        word = f"{status:<8}"
        if self._options.result_colour:
            word = _coloured(word, styles.get(status, "error"))
        self.result(f"{word} {name:<10} {found}")
        if help:
            self.result(f"{'':<20}help: {help}")

    # Errors.

    def diagnostics(self, diagnostics: Sequence[Diagnostic], root: Path) -> None:
        """All diagnostics of a stage; their paths are relative to `root`."""
        sources: dict[str, list[str]] = {}
        for diagnostic in diagnostics:
            span = diagnostic.span
            if span is not None and span.path not in sources:
                sources[span.path] = _read_lines(root / span.path)
            if self._options.format == "short":
                self._write(self._short(diagnostic, root))
            else:
                lines = [] if span is None else sources[span.path]
                self._write(self._full(diagnostic, root, lines))
        count = len(diagnostics)
        if self._options.format == "full":
            self._write(f"{count} error{'' if count == 1 else 's'}")

    def error(self, message: str, *, code: str = "", helps: Sequence[str] = ()) -> None:
        """An error that has no place in the source."""
        shown = f"  [{code}]" if code else ""
        self._write(f"{self._styled('error:', 'error')} {message}{shown}")
        for help in helps:
            if help:
                self._write(self._remark("help", help))

    def configuration_error(self, error: ConfigurationError) -> None:
        """A wrong argument, project file or slot file."""
        self.error(error.message, helps=[error.help])

    def interface_refused(self, error: InterfaceRefusedError) -> None:
        """An interface that breaks callers; its changes have been told."""
        count = len(error.findings)
        reasons = "1 reason" if count == 1 else f"{count} reasons"
        message = f"the new interface breaks {error.whom}, for {reasons}"
        self.error(message, code=BREAKING_CODE, helps=[error.help])

    def limit_error(self, error: LimitError) -> None:
        """A broken limit of the platform."""
        self.error(str(error), code="limit", helps=[error.help])

    def tool_error(self, error: ToolchainError) -> None:
        """A failing tool: where in the build, what matters of what it printed, where all of it is.

        With `-v` all of it, with the command.
        """
        stage = f"the stage `{error.stage}` failed: " if error.stage else ""
        message = f"{stage}`{error.tool}` exited with status {error.returncode}"
        self.error(message, code="toolchain")
        lines = error.output.rstrip().splitlines()
        if self._options.verbose:
            self._write(f"  + {shlex.join(error.command)}")
        else:
            lines = lines_that_matter(lines)
        self._end_of_output(lines, error.log, error.help)

    def boot_error(self, error: SnapshotError) -> None:
        """The canister's Python did not start, for which no line of the user's is to blame."""
        self.error(f"the stage `snapshot` failed: {error.message}", code="snapshot")
        printed = [line for text in error.printed for line in text.splitlines()]
        lines = printed if self._options.verbose else printed[-TOOL_LINES_MAX:]
        help = "`scm doctor` checks the tools; if it finds nothing, please report this with the log"
        self._end_of_output(lines, error.log, help)

    def _end_of_output(self, lines: Sequence[str], log: Path | None, help: str) -> None:
        for line in lines:
            self._write(f"  < {line}")
        if log is not None:
            self._write(self._remark("note", f"all of it: {log}"))
        if help:
            self._write(self._remark("help", help))

    def internal_error(self, error: InternalError, trace: str) -> None:
        """A mistake of ours."""
        self.error(f"internal error in {error.stage}: {error.subject}", code="internal")
        self._report_please(trace)

    def crash(self, error: BaseException, trace: str) -> None:
        """An exception that nothing expected."""
        self.error(f"internal error: {type(error).__name__}: {error}", code="internal")
        self._report_please(trace)

    def _report_please(self, trace: str) -> None:
        if self._options.verbose:
            for line in trace.rstrip().splitlines():
                self._write(f"  < {line}")
        self._write(
            self._remark(
                "help",
                "this is a mistake in scm: please report it, with what `scm --version` prints"
                + ("" if self._options.verbose else " and what `-v` adds here"),
            )
        )

    def _short(self, diagnostic: Diagnostic, root: Path) -> str:
        place = "" if diagnostic.span is None else f"{_place(diagnostic.span, root)}: "
        return f"{place}error: {diagnostic.message}  [{diagnostic.code}]"

    def _full(self, diagnostic: Diagnostic, root: Path, lines: Sequence[str]) -> str:
        head = f"{self._styled('error:', 'error')} {self._styled(diagnostic.message, 'strong')}"
        shown = [f"{head}  [{diagnostic.code}]"]
        if diagnostic.span is not None:
            shown.extend(self._excerpt(diagnostic.span, diagnostic.label, root, lines))
        margin = " " * _margin(diagnostic.span)
        for word, remarks in (("note", diagnostic.notes), ("help", diagnostic.helps)):
            shown.extend(self._remark(word, remark, margin) for remark in remarks)
        return "\n".join([*shown, ""])

    def _excerpt(self, span: SourceSpan, label: str, root: Path, lines: Sequence[str]) -> list[str]:
        margin = " " * _margin(span)
        shown = [f"{margin[:-1]}{self._styled('-->', 'place')} {_place(span, root)}"]
        if not 0 < span.line <= len(lines):
            return shown
        bar = self._styled("|", "place")
        line = lines[span.line - 1]
        number = self._styled(str(span.line).rjust(len(margin) - 1), "place")
        shown += [f"{margin}{bar}", f"{number} {bar} {line}".rstrip()]
        end = span.end_column if span.end_line == span.line else len(line) + 1
        if end > span.column:
            indent = _blank(line[: span.column - 1])
            marks = "^" * max(_width(line[span.column - 1 : end - 1]), 1)
            mark = self._styled(f"{marks} {label}".rstrip(), "error")
            shown.append(f"{margin}{bar} {indent}{mark}")
        elif label:
            shown.append(f"{margin}{bar} {self._styled(label, 'error')}")
        return shown

    def _remark(self, word: str, text: str, margin: str = "   ") -> str:
        return f"{margin}= {self._styled(f'{word}:', 'strong')} {text}"

    def _styled(self, text: str, style: Style) -> str:
        return _coloured(text, style) if self._options.colour else text

    def _write(self, text: str) -> None:
        self.nothing_runs()
        self._err.write(f"{text}\n")
        self._err.flush()


def lines_that_matter(lines: Sequence[str]) -> list[str]:
    """Of a tool's output the errors with what follows them; without any, the end."""
    found: list[str] = []
    for index, line in enumerate(lines):
        if _ERROR_LINE.search(line):
            found += lines[index : index + 1 + LINES_BEHIND_ERROR]
    return (found or list(lines[-TOOL_LINES_MAX:]))[:TOOL_LINES_MAX]


def _coloured(text: str, style: Style) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def format_size(size_bytes: int) -> str:
    """A size for people: `3.2 GB`, `7.9 MB`, `41 kB`, `512 bytes`."""
    if size_bytes >= 1_000_000_000:
        return f"{size_bytes / 1_000_000_000:.1f} GB"
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    if size_bytes >= 1_000:
        return f"{size_bytes / 1_000:.0f} kB"
    return f"{size_bytes} bytes"


def _margin(span: SourceSpan | None) -> int:
    """The width of the column with line numbers, and a space."""
    return 3 if span is None else max(len(str(span.line)) + 1, 3)


def _place(span: SourceSpan, root: Path) -> str:
    return f"{root / span.path}:{span.line}:{span.column}"


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return []  # Only the excerpt is missing then; the error itself is shown.


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _blank(text: str) -> str:
    """As much space as `text` takes."""
    return "".join("\t" if letter == "\t" else " " * _width(letter) for letter in text)
