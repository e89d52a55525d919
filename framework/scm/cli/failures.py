"""A command that has failed, as JSON: what `--json` prints of it on standard output.

Pure: an error in, a document out.  The JSON is a contract: keys are added, never changed, and
`version` counts up if that can't be kept.
"""

from __future__ import annotations

from typing import Any, Final

from scm.cli.findings import JSON_VERSION
from scm.errors import (
    Diagnostic,
    InterfaceFileError,
    InterfaceRefusedError,
    LimitError,
    NetworkError,
    RejectError,
    ScmError,
    SnapshotError,
    SourceError,
    ToolchainError,
    UpgradeRefusedError,
)

_RESULTS: Final = {5: "refused", 7: "rejected"}
_NETWORK_RESULTS: Final = {"blocked": "blocked", "pending": "pending"}


def failure_document(error: ScmError) -> dict[str, Any]:
    """What became of a command, why, and what a program may want to know beside that."""
    return {
        "version": JSON_VERSION,
        "result": _result(error),
        "exit_code": error.exit_code,
        **error.details(),
        "error": _error(error),
    }


def other_failure_document(exit_code: int, message: str, help: str, result: str) -> dict[str, Any]:
    """The same for what is no error of scm: of the operating system, or someone interrupted."""
    return {
        "version": JSON_VERSION,
        "result": result,
        "exit_code": exit_code,
        "error": {"code": result, "message": message, "help": help},
    }


def error_code(error: ScmError) -> str:
    """The word for an error's kind, which the console shows in brackets where it has one."""
    match error:
        case NetworkError(code=code):
            return code
        case RejectError():
            return "rejected"
        case InterfaceRefusedError():
            return "breaking-interface"
        case UpgradeRefusedError():
            return "unsafe-upgrade"
        case SourceError():
            return (
                "unsafe-upgrade" if error.exit_code == UpgradeRefusedError.exit_code else "source"
            )
        case ToolchainError():
            return "toolchain"
        case SnapshotError():
            return "snapshot"
        case LimitError():
            return "limit"
        case _:
            return "configuration" if error.exit_code == 2 else "error"


def _result(error: ScmError) -> str:
    if isinstance(error, NetworkError):
        return _NETWORK_RESULTS.get(error.code, "failed")
    return _RESULTS.get(error.exit_code, "failed")


def _error(error: ScmError) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "code": error_code(error),
        "message": getattr(error, "message", str(error)),
        "help": getattr(error, "help", ""),
    }
    match error:
        case SourceError(diagnostics=diagnostics):
            shown["diagnostics"] = [_diagnostic(diagnostic) for diagnostic in diagnostics]
        case InterfaceFileError(diagnostic=diagnostic):
            shown["diagnostics"] = [_diagnostic(diagnostic)]
        case UpgradeRefusedError(findings=findings):
            shown["reasons"] = list(findings)
        case RejectError():
            shown |= {
                "reject_code": int(error.code),
                "error_code": error.error_code,
                "certified": error.is_certified,
            }
    return shown


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    span = diagnostic.span
    place = None if span is None else {"file": span.path, "line": span.line, "column": span.column}
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "place": place,
        "notes": list(diagnostic.notes),
        "helps": list(diagnostic.helps),
    }
