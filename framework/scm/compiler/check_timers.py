"""The timers' part of the upgrade check: what the old code may have set, the new one must fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scm.compiler.findings import Finding
from scm.compiler.manifest import AbiManifest, TimerEntry
from scm.compiler.shapes import explain_texts


def check_timers(
    old: AbiManifest, new: AbiManifest, pending: Mapping[str, int] | None
) -> Iterator[Finding]:
    """Compare the timer handlers; `pending` is as in `check_upgrade`, timers included.

    Intervals may change, come and go: their timers belong to the code, not to what it has set.
    """
    after = {entry.name: entry for entry in new.timers}
    for entry in old.timers:
        subject = f"timer handler `{entry.name}`"
        if entry.interval_seconds:
            yield Finding("safe", subject)
        else:
            count = None if pending is None else pending.get(entry.name, 0)
            yield _compared(subject, entry, after.get(entry.name), count)


def _compared(subject: str, old: TimerEntry, new: TimerEntry | None, count: int | None) -> Finding:
    if new is not None and not new.interval_seconds:
        reason = explain_texts(old.context, new.context)
        if reason is None:
            return Finding("safe", subject)
        if count == 0:
            return Finding("safe", subject, f"its context changed: {reason}; but no timer is set")
        return Finding(
            "unsafe-while-pending" if count is None else "unsafe",
            subject,
            f"its context changed: {reason}",
            "give a new field the type `... | None`, or write a new handler for new timers",
        )
    if count == 0:
        return Finding("safe", subject)
    what = "it is gone" if new is None else "it is an `@every` now"
    if count is None:
        return Finding(
            "unsafe-while-pending",
            subject,
            f"{what}, but timers may be set for it",
            "put it back; or, if neither calls nor timers are pending, say so with `--idle`",
        )
    timers = "1 timer is" if count == 1 else f"{count:,} timers are"
    return Finding(
        "unsafe",
        subject,
        f"{what}, but {timers} set for it",
        "put it back until they have fired, or discard them with `scm_discard_timer`",
    )
