"""What an upgrade check finds: how bad, about what, where in it, why, and what to do."""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

BREAKING_CODE: Final = "breaking-interface"
"""Of the mistake that callers of an interface would break."""

Severity = Literal["safe", "warning", "needs-migration", "unsafe-while-pending", "unsafe"]
"""`unsafe-while-pending`: unsafe if a call waits, and it is not known whether one does."""


@frozen
class Finding:
    """One thing that the check looked at: whether it is safe, and if not, why, and what to do.

    `path` leads to the place inside of it where it breaks, as in `context.amount`.
    """

    severity: Severity
    subject: str
    reason: str = ""
    help: str = ""
    path: str = ""


def handler_subject(name: str) -> str:
    """What findings about a response handler are about."""
    return f"response handler `{name}`"


def timer_subject(name: str) -> str:
    """The same for a timer handler."""
    return f"timer handler `{name}`"


def field_subject(name: str) -> str:
    """The same for a field of the state."""
    return f"state field `{name}`"


def method_subject(name: str) -> str:
    """The same for a public method."""
    return f"method `{name}`"


def is_safe(findings: list[Finding]) -> bool:
    """Whether nothing in `findings` forbids the upgrade."""
    return all(finding.severity in ("safe", "warning") for finding in findings)
