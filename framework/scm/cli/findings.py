"""The findings of `scm check` as text, as JSON, and as annotations of a workflow on GitHub.

Pure: a report in, lines out.  The JSON is a contract: keys are added, never changed, and `version`
counts up if that can't be kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from scm.compiler.findings import Finding, Severity, is_safe
from scm.errors import SourceSpan

JSON_VERSION: Final = 1

WORDS: Final[Mapping[Severity, str]] = {
    "safe": "safe",
    "warning": "warning",
    "needs-migration": "migrate",
    "unsafe-while-pending": "pending",
    "unsafe": "unsafe",
}
"""How each severity is called in text, where it has a column of its own."""

_WORST_FIRST: Final[tuple[Severity, ...]] = (
    "unsafe",
    "needs-migration",
    "unsafe-while-pending",
    "warning",
    "safe",
)


@frozen
class CheckReport:
    """What a check found, and what is to be known of it.

    `places` has where the new version's source has the subjects, from the folder `root` on.
    """

    findings: Sequence[Finding]
    pending: Mapping[str, int] | None
    not_compared: tuple[str, ...]
    places: Mapping[str, SourceSpan]
    root: Path


def describe_finding(finding: Finding) -> str:
    """A finding in one line, without its severity and its help."""
    name = finding.subject.partition("`")[2].rstrip("`")
    at = f", at `{finding.path}`" if finding.path not in ("", name) else ""
    return f"{finding.subject}{at}: {finding.reason}" if finding.reason else finding.subject


def report_json(report: CheckReport) -> str:
    """All of a report as JSON."""
    severities = {finding.severity for finding in report.findings}
    document = {
        "version": JSON_VERSION,
        "safe": is_safe(list(report.findings)),
        "verdict": next((item for item in _WORST_FIRST if item in severities), "safe"),
        "pending": None if report.pending is None else dict(report.pending),
        "not_compared": list(report.not_compared),
        "findings": [_finding_document(finding, report) for finding in report.findings],
    }
    return json.dumps(document, indent=2)


def annotation_lines(report: CheckReport) -> Iterator[str]:
    """Workflow commands that put each finding beside the line of the source that it is about.

    Of safe ones nothing is said.
    """
    for finding in report.findings:
        if finding.severity == "safe":
            continue
        command = "warning" if finding.severity == "warning" else "error"
        place = report.places.get(finding.subject)
        properties = [f"title={_property(f'scm check: {finding.severity}')}"]
        if place is not None:
            file = _property((report.root / place.path).as_posix())
            properties = [f"file={file}", f"line={place.line}", f"col={place.column}", *properties]
        message = describe_finding(finding)
        if finding.help:
            message += f"\nhelp: {finding.help}"
        yield f"::{command} {','.join(properties)}::{_message(message)}"


def _finding_document(finding: Finding, report: CheckReport) -> dict[str, Any]:
    place = report.places.get(finding.subject)
    return {
        "severity": finding.severity,
        "subject": finding.subject,
        "path": finding.path,
        "reason": finding.reason,
        "help": finding.help,
        "place": None
        if place is None
        else {
            "file": (report.root / place.path).as_posix(),
            "line": place.line,
            "column": place.column,
        },
    }


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
