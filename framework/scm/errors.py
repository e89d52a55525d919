"""All exceptions of scm, with their exit codes, and the diagnostics they carry.  No printing here.

`ScmError` and its children are mistakes that a user can cause and mend; `InternalError` is ours.
`cli/main.py` is the one place that turns them into text and an exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from attrs import frozen


@frozen(order=True)
class SourceSpan:
    """A place in a source file: lines and columns count from 1, `end_column` is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@frozen
class Diagnostic:
    """One mistake in the user's project: what is wrong, where, why, and the edit that mends it."""

    code: str
    message: str
    span: SourceSpan | None
    label: str = ""
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()


class ScmError(Exception):
    """Base of every error a user can cause."""

    exit_code: ClassVar[int] = 1

    def details(self) -> dict[str, object]:
        """What a program may want to know beside the text: values of JSON."""
        return {}


class SourceError(ScmError):
    """The user's source has mistakes; carries all diagnostics of the stage, sorted by position."""

    exit_code = 1

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=_position))
        super().__init__("\n".join(_one_line(diagnostic) for diagnostic in self.diagnostics))


class ConfigurationError(ScmError):
    """A wrong argument, project file or slot file: `message` says what, `help` how to mend it."""

    exit_code = 2

    def __init__(self, message: str, help: str = "") -> None:
        self.message = message
        self.help = help
        super().__init__(message)


class InterfaceFileError(ConfigurationError):
    """A mistake in a `.did` file; `diagnostic` has its place."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(_one_line(diagnostic))


class ToolchainError(ScmError):
    """An external tool failed; carries its command, status and output.

    The build adds the `stage` that it was run in, and the path of a `log` with all of it.
    """

    exit_code = 3

    def __init__(
        self, tool: str, command: Sequence[str], returncode: int, output: str, help: str = ""
    ) -> None:
        self.tool = tool
        self.command = tuple(command)
        self.returncode = returncode
        self.output = output
        self.help = help
        self.stage = ""
        self.log: Path | None = None
        super().__init__(f"{tool} exited with status {returncode}")


class SnapshotError(ScmError):
    """The boot of the canister's Python did not come to its end.

    `printed` is what it had printed by then, `frames` the functions in Wasm that it was in,
    innermost first.  The build adds the path of a `log` with all of it.
    """

    exit_code = 3

    def __init__(self, message: str, printed: tuple[str, ...], frames: tuple[str, ...]) -> None:
        self.message = message
        self.printed = printed
        self.frames = frames
        self.log: Path | None = None
        super().__init__("\n".join((message, *printed)))


class LimitError(ScmError):
    """The module breaks a limit of the Internet Computer (`limit`: which, with its source)."""

    exit_code = 4

    def __init__(self, limit: str, actual: int, maximum: int, help: str = "") -> None:
        self.limit = limit
        self.actual = actual
        self.maximum = maximum
        self.help = help
        super().__init__(f"{limit}: {actual:,} is over the limit of {maximum:,}")


class UpgradeRefusedError(ScmError):
    """An upgrade is not safe; `findings` lists every reason."""

    exit_code = 5

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(self.findings))


class InterfaceRefusedError(UpgradeRefusedError):
    """A new public interface breaks `whom`; `findings` lists all breaking changes."""

    def __init__(self, findings: Sequence[str], whom: str, help: str = "") -> None:
        super().__init__(findings)
        self.whom = whom
        self.help = help


class NetworkError(ScmError):
    """A network did not do what was asked: `message` says what, `help` what to do about it.

    `code` is a word for the kind of trouble.
    """

    exit_code = 6
    code: ClassVar[str] = "network"

    def __init__(self, message: str, help: str = "") -> None:
        self.message = message
        self.help = help
        super().__init__(message)


class UntrustedError(NetworkError):
    """An answer of a network that no certificate proves; nothing that it says is believed."""

    code = "untrusted"


class RejectError(ScmError):
    """A call was rejected: `code` as in `RejectCode`, `error_code` such as `IC0503` or empty.

    `is_certified` is false for what a single node of a network says, which refused to take the
    call (Interface Spec, "Request: Call", `non_replicated_rejection`): nothing proves it.
    """

    exit_code = 7

    def __init__(
        self, code: int, message: str, error_code: str, *, is_certified: bool = True
    ) -> None:
        self.code = code
        self.message = message
        self.error_code = error_code
        self.is_certified = is_certified
        named = f" ({error_code})" if error_code else ""
        super().__init__(f"reject {code}{named}: {message}")


class InternalError(Exception):
    """A broken invariant of ours: never the user's fault; exit code 70."""

    exit_code: ClassVar[int] = 70

    def __init__(self, stage: str, subject: str) -> None:
        self.stage = stage
        self.subject = subject
        super().__init__(f"internal error in {stage}: {subject}")


def _position(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    span = diagnostic.span
    if span is None:
        return ("", 0, 0, diagnostic.message)
    return (span.path, span.line, span.column, diagnostic.message)


def _one_line(diagnostic: Diagnostic) -> str:
    """As compilers print it: `canister.py:14:29: message  [code]`, and how to mend it."""
    span = diagnostic.span
    place = "" if span is None else f"{span.path}:{span.line}:{span.column}: "
    help = f"; help: {diagnostic.helps[0]}" if diagnostic.helps else ""
    return f"{place}{diagnostic.message}  [{diagnostic.code}]{help}"
