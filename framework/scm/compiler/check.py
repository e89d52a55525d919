"""The upgrade check: can the new code take over from the old while calls are in flight?

Pure: two manifests (and two interfaces) in, findings out.  The same rules run again inside the
canister at install, against what is really pending.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scm.candid.clashes import compare_methods
from scm.candid.did_parser import parse_did
from scm.compiler.artefacts import Finding as Finding
from scm.compiler.artefacts import SlotEntry
from scm.compiler.check_state import check_state
from scm.compiler.check_timers import check_timers
from scm.compiler.manifest import AbiManifest
from scm.compiler.plan import explain_change


def check_upgrade(
    old: AbiManifest,
    new: AbiManifest,
    pending: Mapping[str, int] | None = None,
) -> list[Finding]:
    """Compare what the old code left behind with what the new code expects.

    `pending`: how many calls wait for each handler, absent ones none; None if that is not known.
    """
    return [
        *_check_memory(old, new),
        *_check_own_slots(old, new),
        *_check_handlers(old, new, pending),
        *_check_reuse(old, new),
        *check_timers(old, new, pending),
        *check_state(old, new),
    ]


def check_interface(old_did: str, new_did: str) -> list[Finding]:
    """Compare the public interfaces; a caller that breaks is a warning, as only callers suffer.

    Raises `CandidSyntaxError` if either text is no interface.
    """
    old, new = parse_did(old_did), parse_did(new_did)
    findings: list[Finding] = []
    kept = {method.name for method in new.resolved().methods}
    for name, clashes in compare_methods(old, new).items():
        subject = f"method `{name}`"
        help = (
            "make new arguments optional with `| None`"
            if name in kept
            else "keep it as long as anyone calls it"
        )
        if not clashes:
            findings.append(Finding("safe", subject))
        findings += [Finding("warning", subject, str(clash), help) for clash in clashes]
    return findings


def is_safe(findings: list[Finding]) -> bool:
    """Whether nothing in `findings` forbids the upgrade."""
    return all(finding.severity != "unsafe" for finding in findings)


def _check_memory(old: AbiManifest, new: AbiManifest) -> Iterator[Finding]:
    if old.memory != new.memory:
        yield Finding(
            "unsafe",
            "memory",
            f"it changes from `{old.memory}` to `{new.memory}`",
            "build with the version of scm that built the deployed canister",
        )


def _check_own_slots(old: AbiManifest, new: AbiManifest) -> Iterator[Finding]:
    for word, before, after in (
        ("cleanup", old.cleanup, new.cleanup),
        ("orphan", old.orphan, new.orphan),
    ):
        if before != after:
            yield Finding(
                "unsafe",
                f"{word} callback",
                f"it moves from slot {before:,} to {after:,}",
                "build with the version of scm that built the deployed canister",
            )


def _check_handlers(
    old: AbiManifest, new: AbiManifest, pending: Mapping[str, int] | None
) -> Iterator[Finding]:
    entries = {name: entry for entry in new.handlers for name in entry.formerly}
    entries |= {entry.name: entry for entry in new.handlers}
    for entry in old.handlers:
        subject = f"response handler `{entry.name}`"
        after = entries.get(entry.name)
        if after is None:
            yield _missing(subject, entry)
        elif after.slot != entry.slot:
            yield Finding(
                "unsafe",
                subject,
                f"it moves from slot {entry.slot:,} to {after.slot:,}",
                "build with the `scm.lock` of the deployed version",
            )
        elif after.status == "retired" and entry.status == "active":
            count = None if pending is None else pending.get(entry.name, 0)
            yield _retired(subject, count, after.answer)
        elif after.status == "active":
            yield from _changed(subject, entry, after)


def _missing(subject: str, entry: SlotEntry) -> Finding:
    if entry.status == "retired":
        return Finding(
            "warning",
            subject,
            "it was retired, but the new code no longer keeps its slot free",
            "build with the `scm.lock` of the deployed version",
        )
    return Finding(
        "unsafe",
        subject,
        "it is gone, and it was not retired",
        f"put it back, or retire it with `scm build --retire {entry.name}` once no call is pending"
        " for it",
    )


def _retired(subject: str, count: int | None, answer: str) -> Finding:
    if count == 0:
        return Finding("safe", subject)
    if answer:
        calls = (
            "calls may wait"
            if count is None
            else f"{count:,} {'call waits' if count == 1 else 'calls wait'}"
        )
        return Finding(
            "warning",
            subject,
            f"it is retired, and {calls} for it: their callers are rejected with `{answer}`",
            "put it back if their responses are to be handled",
        )
    if count is None:
        return Finding(
            "unsafe",
            subject,
            "it is retired, but calls may be pending for it",
            "if none is, say so with `--idle`; if some are, name them with `--pending NAME=COUNT`",
        )
    calls = "1 call is" if count == 1 else f"{count:,} calls are"
    return Finding(
        "unsafe",
        subject,
        f"it is retired, but {calls} pending for it",
        "put it back, and retire it once no call is pending for it",
    )


def _changed(subject: str, old: SlotEntry, new: SlotEntry) -> Iterator[Finding]:
    reasons = list(explain_change(old, new))
    for part, reason in reasons:
        yield Finding(
            "unsafe",
            subject,
            f"its {part} changed: {reason}",
            "give a new field the type `... | None`, or write a new handler for new calls",
        )
    if not reasons:
        yield Finding("safe", subject)


def _check_reuse(old: AbiManifest, new: AbiManifest) -> Iterator[Finding]:
    owners = {entry.slot: entry.name for entry in old.handlers}
    for entry in new.handlers:
        owner = owners.get(entry.slot, entry.name)
        if owner != entry.name and owner not in entry.formerly:
            yield Finding(
                "unsafe",
                f"response handler `{entry.name}`",
                f"it has the slot {entry.slot:,} of `{owner}`",
                "build with the `scm.lock` of the deployed version",
            )
