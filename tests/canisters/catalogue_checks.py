"""What tests of the catalogue of version pairs share: pairs, verdicts, what an install says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from attrs import frozen
from tests.canisters.upgrade_catalogue import Case

from scm.compiler.check import check_interface, check_upgrade
from scm.compiler.findings import Finding, Severity
from scm.compiler.versions import Version, version_of_module
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.testing.call_counts import CallCounts
from scm.testing.client import CanisterHandle

NOTHING_LEFT: Final = CallCounts(waiting=0, failed=0, orphans=0)

VERDICTS: Final[dict[str, tuple[Severity, Severity, Severity]]] = {
    "safe": ("safe", "safe", "safe"),
    "warning": ("warning", "safe", "warning"),
    "pending": ("unsafe-while-pending", "safe", "unsafe"),
    "migrate": ("needs-migration", "needs-migration", "needs-migration"),
    "unsafe": ("unsafe", "unsafe", "unsafe"),
    "raises": ("safe", "safe", "safe"),
}
"""What the check says of a verdict: without counts, if nothing waits, and with a call in flight."""


@frozen
class Pair:
    """Two modules, and what they say of themselves."""

    old: bytes
    new: bytes
    before: Version
    after: Version

    def findings(self, pending: dict[str, int] | None) -> list[Finding]:
        assert self.before.abi is not None
        assert self.after.abi is not None
        return [
            *check_upgrade(self.before.abi, self.after.abi, pending),
            *check_interface(self.before.did, self.after.did),
        ]

    def for_case(self, case: Case) -> Pair:
        """The pair in the direction of a case."""
        return Pair(self.new, self.old, self.after, self.before) if case.is_back else self


def pair_of(old: bytes, new: bytes) -> Pair:
    return Pair(old, new, version_of_module(old, Path("old")), version_of_module(new, Path("new")))


def by_name(case: Case) -> str:
    return case.name


def find(subject: str, findings: list[Finding]) -> list[Finding]:
    """The findings about a subject."""
    return [item for item in findings if item.subject == subject]


def severities(case: Case, subject: str, *findings: list[Finding]) -> tuple[Severity, ...]:
    """The worst that each of several checks says of a case's subject."""
    found = [find(subject, items) for items in findings]
    for items in found:
        assert all(item.reason and item.help for item in items if item.severity != "safe")
    paths = {item.path for item in found[0] if item.severity != "safe"}
    assert paths <= {case.word("path")}
    order = ("safe", "warning", "unsafe-while-pending", "needs-migration", "unsafe")
    return tuple(
        max((item.severity for item in items), key=order.index, default="safe") for items in found
    )


def is_accepted(replica: Replica, book: CanisterHandle, wasm: bytes, told: str) -> bool:
    """Whether the upgrade is installed; if not, the reason must tell of `told`."""
    message = refusal(lambda: replica.install(book.canister_id, wasm, mode="upgrade"))
    if not message:
        return True
    assert "UpgradeError" in message
    assert f"`{told}`" in message
    return False


def refusal(install: Callable[[], object]) -> str:
    """What an install that is refused says; "" if it is not."""
    try:
        install()
    except InstallError as error:
        return error.message
    return ""
