"""The timers' part of the upgrade check: what the old code may have set, the new one must fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scm.compiler.context_changes import Contexts, explain_contexts
from scm.compiler.findings import Finding, Severity, timer_subject
from scm.compiler.manifest import AbiManifest, TimerEntry

_NEW_CONTEXT = (
    "give a new field the type `... | None`, add a `@migration`, or write a new handler for new"
    " timers"
)


def check_timers(
    old: AbiManifest, new: AbiManifest, pending: Mapping[str, int] | None
) -> Iterator[Finding]:
    """Compare the timer handlers; `pending` is as in `check_upgrade`, timers included.

    Intervals may change, come and go: their timers belong to the code, not to what it has set.
    """
    after = {name: entry for entry in new.timers for name in entry.formerly}
    after |= {entry.name: entry for entry in new.timers}
    current = {entry.name for entry in old.timers}
    for entry in old.timers:
        if entry.interval_seconds:
            yield Finding("safe", timer_subject(entry.name))
            continue
        yield from _compared(entry.name, entry, after.get(entry.name), pending)
        # Timers that a still older version set are stored under the name that it used.
        for name in entry.formerly:
            if name not in current:
                found = _compared(name, entry, after.get(name), pending)
                yield from (item for item in found if item.severity != "safe")


def _compared(
    name: str, old: TimerEntry, new: TimerEntry | None, pending: Mapping[str, int] | None
) -> Iterator[Finding]:
    """What becomes of the timers that are set under a name of `old`."""
    subject = timer_subject(name)
    count = None if pending is None else pending.get(name, 0)
    if new is None or new.interval_seconds:
        yield _gone(name, new, count)
        return
    before = Contexts(old.context, old.migrations)
    clashes = list(explain_contexts(before, Contexts(new.context, new.migrations)))
    for clash in clashes:
        reason = f"its context changed: {clash.reason}"
        if count == 0:
            yield Finding("safe", subject, f"{reason}; but no timer is set")
        else:
            severity: Severity = "unsafe-while-pending" if count is None else "unsafe"
            yield Finding(severity, subject, reason, _NEW_CONTEXT, clash.path)
    if not clashes:
        yield Finding("safe", subject)


def _gone(name: str, new: TimerEntry | None, count: int | None) -> Finding:
    subject = timer_subject(name)
    if count == 0:
        return Finding("safe", subject)
    what, mend = "it is an `@every` now", "make it `@on_timer` again"
    if new is None:
        what = "it is gone"
        mend = f"put it back; if it was renamed, say so: `@on_timer(formerly=({name!r},))`"
    if count is None:
        return Finding(
            "unsafe-while-pending",
            subject,
            f"{what}, but timers may be set for it",
            f"{mend}; or, if neither calls nor timers are pending, say so with `--idle`",
        )
    timers = "1 timer is" if count == 1 else f"{count:,} timers are"
    return Finding(
        "unsafe",
        subject,
        f"{what}, but {timers} set for it",
        f"{mend}; or wait until they have fired, or discard them with `scm_discard_timer`",
    )
