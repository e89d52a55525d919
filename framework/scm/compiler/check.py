"""The upgrade check: can the new code take over from the old while calls are in flight?

Pure: two manifests (and two interfaces) in, findings out.  The same rules run again inside the
canister at install, against what is really pending: what is `unsafe-while-pending` here without
counts is safe or unsafe with them, and the install agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve

from scm.candid.clashes import compare_methods
from scm.candid.did_parser import parse_did
from scm.compiler.artefacts import SlotEntry
from scm.compiler.check_state import check_state
from scm.compiler.check_timers import check_timers
from scm.compiler.findings import Finding as Finding
from scm.compiler.findings import handler_subject, method_subject
from scm.compiler.manifest import AbiManifest
from scm.compiler.plan import explain_change
from scm.compiler.type_clashes import path_of

_OTHER_LOCK = "build with the `scm.lock` of the deployed version"


def check_upgrade(
    old: AbiManifest,
    new: AbiManifest,
    pending: Mapping[str, int] | None = None,
    *,
    counts_timers: bool = True,
) -> list[Finding]:
    """Compare what the old code left behind with what the new code expects.

    `pending`: how many calls wait for each response handler, and how many timers are set for each
    timer handler, absent ones none; None if that is not known.  `counts_timers`: whether it tells
    of timers, too.
    """
    return [
        *_check_memory(old, new),
        *_check_own_slots(old, new),
        *check_handlers(old.handlers, new.handlers, pending),
        *check_timers(old, new, pending if counts_timers else None),
        *check_state(old, new),
    ]


def check_handlers(
    old: Sequence[SlotEntry], new: Sequence[SlotEntry], pending: Mapping[str, int] | None = None
) -> list[Finding]:
    """The part of `check_upgrade` for which slot files are enough."""
    by_name = {name: entry for entry in new for name in entry.formerly}
    by_name |= {entry.name: entry for entry in new}
    findings: list[Finding] = []
    for entry in old:
        count = _count(entry, pending)
        found = _check_handler(entry, by_name.get(entry.name), count)
        findings += [_settled(item, count) for item in found]
    return [*findings, *_check_reuse(old, new, pending)]


def name_counts(entries: Iterable[SlotEntry], by_slot: Mapping[int, int]) -> dict[str, int]:
    """Counts by handler, from counts by slot; calls may wait under older names than today's."""
    return {entry.name: by_slot[entry.slot] for entry in entries if by_slot.get(entry.slot)}


def check_interface(old_did: str, new_did: str) -> list[Finding]:
    """Compare the public interfaces; a caller that breaks is a warning, as only callers suffer.

    Raises `CandidSyntaxError` if either text is no interface.
    """
    old, new = parse_did(old_did), parse_did(new_did)
    findings: list[Finding] = []
    kept = {method.name for method in new.resolved().methods}
    for name, clashes in compare_methods(old, new).items():
        subject = method_subject(name)
        if not clashes:
            findings.append(Finding("safe", subject))
        for clash in clashes:
            path = path_of(name, clash.path, clash.reason)
            help = _interface_help(str(clash), name in kept)
            findings.append(Finding("warning", subject, str(clash), help, path))
    return findings


def _interface_help(clash: str, is_kept: bool) -> str:
    if not is_kept:
        return "keep it as long as anyone calls it"
    if clash.startswith("argument") and clash.endswith("is missing"):
        return "make new arguments optional with `| None`"
    return "keep the type as long as anyone calls it, or add a method under a new name"


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


def _count(entry: SlotEntry, pending: Mapping[str, int] | None) -> int | None:
    if pending is None:
        return None
    return sum(pending.get(name, 0) for name in {entry.name, *entry.formerly})


def _settled(finding: Finding, count: int | None) -> Finding:
    """With a count, what is unsafe while calls are pending is unsafe or it is not."""
    if finding.severity != "unsafe-while-pending" or count is None:
        return finding
    if count == 0:
        return Finding("safe", finding.subject, f"{finding.reason}; but no call waits for it")
    reason = f"{finding.reason}; and {_calls_wait(count)} for it"
    return evolve(finding, severity="unsafe", reason=reason)


def _calls_wait(count: int | None) -> str:
    if count is None:
        return "calls may wait"
    return "1 call waits" if count == 1 else f"{count:,} calls wait"


def _check_handler(
    entry: SlotEntry, after: SlotEntry | None, count: int | None
) -> Iterator[Finding]:
    subject = handler_subject(entry.name)
    answers = entry.status == "active" or bool(entry.answer)
    if after is None and answers:
        yield _gone(subject, entry)
    elif after is None:
        yield Finding(
            "warning",
            subject,
            "it was retired, but the new code no longer keeps its slot free",
            f"{_OTHER_LOCK}, or put the slot into `reserved` there",
        )
    elif after.slot != entry.slot and answers:
        reason = f"it moves from slot {entry.slot:,} to {after.slot:,}"
        yield Finding("unsafe-while-pending", subject, reason, _OTHER_LOCK)
    elif after.status == "active":
        yield from _changed(subject, entry, after)
    elif answers:
        yield _retired(subject, entry, after, count)


def _gone(subject: str, entry: SlotEntry) -> Finding:
    if entry.status == "retired":
        return Finding(
            "unsafe-while-pending",
            subject,
            "it was retired with an answer, and the new code has it no longer",
            f"{_OTHER_LOCK}, and remove the entry once no call is pending for it",
        )
    return Finding(
        "unsafe-while-pending",
        subject,
        "it is gone, and it was not retired",
        f"put it back, or retire it with `scm build --retire {entry.name}` once no call is pending"
        f" for it; with `--retire {entry.name}=TEXT` those who wait are rejected",
    )


def _retired(subject: str, entry: SlotEntry, after: SlotEntry, count: int | None) -> Finding:
    if after.answer:
        is_quiet = count == 0 or entry.answer == after.answer
        return Finding(
            "safe" if is_quiet else "warning",
            subject,
            f"it is retired, and {_calls_wait(count)} for it: their callers are rejected with"
            f" `{after.answer}`",
            "put it back if their responses are to be handled",
        )
    return Finding(
        "unsafe-while-pending",
        subject,
        "it is retired without an answer for those who wait",
        f"retire it with `--retire {entry.name}=TEXT`, or once no call is pending for it: say so"
        " with `--idle`, or how many are with `--pending NAME=COUNT`",
    )


def _changed(subject: str, old: SlotEntry, new: SlotEntry) -> Iterator[Finding]:
    helps = {
        "context": "give a new field the type `... | None`, or write a new handler for new calls",
        "response type": "let it take what old calls are answered, or write a new handler for new"
        " calls",
        "reply type": "reply with the old type, for which callers wait, or write a new handler for"
        " new calls",
    }
    changes = list(explain_change(old, new))
    for change in changes:
        reason = f"its {change.part} changed: {change.reason}"
        help = helps[change.part]
        yield Finding("unsafe-while-pending", subject, reason, help, change.path)
    if not changes:
        yield Finding("safe", subject)


def _check_reuse(
    old: Sequence[SlotEntry], new: Sequence[SlotEntry], pending: Mapping[str, int] | None
) -> Iterator[Finding]:
    owners = {entry.slot: entry for entry in old}
    for entry in new:
        owner = owners.get(entry.slot)
        if owner is None or owner.name in (entry.name, *entry.formerly):
            continue
        subject = handler_subject(entry.name)
        reason = f"it has the slot {entry.slot:,} of `{owner.name}`"
        if owner.status == "retired" and not owner.answer:
            # No call waits for it: the upgrade that retired it would have been refused.
            yield Finding("warning", subject, reason, _OTHER_LOCK)
            continue
        found = Finding("unsafe-while-pending", subject, reason, _OTHER_LOCK)
        yield _settled(found, _count(owner, pending))
