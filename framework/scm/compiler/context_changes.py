"""Can today's handler read the contexts that older versions stored?  By types, and by migrations.

Pure.  Contexts may be as old as the canister, so each step must still read what it read before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from scm.compiler.type_clashes import TypeClash, find_type_clashes


@frozen
class Contexts:
    """The type of a handler's contexts today, and what each migration step takes: Candid texts."""

    today: str
    steps: Sequence[str] = ()


def explain_contexts(old: Contexts, new: Contexts) -> Iterator[TypeClash]:
    """Every reason why `new` can't read contexts that are stored as `old` has it, or an older one.

    Paths start with `context`.
    """
    done, known = len(old.steps), len(new.steps)
    if done > known:
        reason = f"it is at step {done} of its migrations, and the new code ends at {known}"
        yield TypeClash("context", reason)
    for number, (before, after) in enumerate(zip(old.steps, new.steps, strict=False), 1):
        yield from find_type_clashes(before, after, f"context of step {number}")
    if done <= known:
        expected = new.steps[done] if done < known else new.today
        yield from find_type_clashes(old.today, expected, "context")
