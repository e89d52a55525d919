"""CanisterSpec + slot file -> SlotPlan: each handler's slot, now and in every later version.

Pure.  A known name keeps its slot, a new one gets the slot after the highest ever given, and no
slot is given twice.  What a call in flight relies on may only change compatibly: the new code must
read old contexts and responses, and its replies must fit the type that the caller waits for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from scm.compiler.artefacts import (
    RAW,
    CanisterSpec,
    HandlerSpec,
    MigrationSpec,
    Shape,
    Slot,
    SlotEntry,
    SlotPlan,
    message_shapes,
)
from scm.compiler.context_changes import Contexts, explain_contexts
from scm.compiler.lockfile import (
    CLEANUP_SLOT,
    FIRST_HANDLER_SLOT,
    NO_LOCK,
    ORPHAN_SLOT,
    SLOT_BASE,
    SLOT_LIMIT,
    LockFile,
)
from scm.compiler.rules_migrations import steps_by_target
from scm.compiler.shapes import ShapeTypes, canister_types
from scm.compiler.type_clashes import find_type_clashes
from scm.errors import ConfigurationError, Diagnostic, LimitError, SourceError, SourceSpan

TIMER_SLOT: Final = Slot(SLOT_BASE + 2)
"""Of the response to the call that fires a timer."""

_OLD_ENTRY: Final = (
    "if it took a list before, too, an older scm wrote its entry: add `join = true` to it",
)


def plan_slots(
    spec: CanisterSpec, lock: LockFile = NO_LOCK, retire: frozenset[str] = frozenset()
) -> SlotPlan:
    """Give every handler of `spec` its slot; `retire` names handlers that are gone for good.

    `NAME=TEXT` in it: those who wait for NAME are rejected with the text.  The plan also holds the
    retired entries.  Raises `SourceError` if a handler is gone or has changed incompatibly,
    `ConfigurationError` if `retire` names no handler that is gone.
    """
    plan, problems = propose_slots(spec, lock, retire)
    if problems:
        raise SourceError(problems)
    return plan


def propose_slots(
    spec: CanisterSpec, lock: LockFile = NO_LOCK, retire: frozenset[str] = frozenset()
) -> tuple[SlotPlan, list[Diagnostic]]:
    """The plan, and why it must not be built; handlers that are gone are not in it.

    Raises `ConfigurationError` if `retire` names no handler that is gone.
    """
    wanted = {entry.name: (entry, spec_) for entry, spec_ in _described(spec)}
    answers = {name: answer for name, _, answer in (item.partition("=") for item in retire)}
    _check_retired(lock, answers, wanted)
    present = {name: name for name in wanted}
    for entry, _handler in wanted.values():
        present |= {name: entry.name for name in entry.formerly if name not in wanted}
    problems: list[Diagnostic] = []
    planned: list[SlotEntry] = []
    for old in lock.entries:
        if old.name in present:
            entry, handler = wanted[present[old.name]]
            problems.extend(_incompatibilities(old, entry, handler.span))
            names = (*old.formerly, old.name, *entry.formerly)
            formerly = tuple(dict.fromkeys(name for name in names if name != entry.name))
            planned.append(evolve(entry, slot=old.slot, formerly=formerly))
        elif old.name in answers or old.status == "retired":
            answer = answers.get(old.name) or old.answer
            planned.append(evolve(old, status="retired", answer=answer))
        else:
            problems.append(_removed(old, lock))
    problems.extend(_joined(planned, spec))
    problems.extend(_reserved(lock, spec))
    known = {entry.name for entry in planned}
    new = [pair for name, pair in wanted.items() if name not in known]
    problems.extend(_taken_names(new, planned, lock))
    # Of a handler that is gone the slot stays taken, too.
    next_slot = max((entry.slot + 1 for entry in lock.entries), default=FIRST_HANDLER_SLOT)
    for entry, _handler in new:
        while next_slot in lock.reserved:
            next_slot += 1
        planned.append(evolve(entry, slot=Slot(next_slot)))
        next_slot += 1
    if planned and planned[-1].slot >= SLOT_LIMIT:
        raise LimitError("response handler slots", planned[-1].slot + 1, SLOT_LIMIT)
    timer = TIMER_SLOT if spec.timers else None
    return SlotPlan(CLEANUP_SLOT, ORPHAN_SLOT, tuple(planned), timer), problems


def describe_handler(
    types: ShapeTypes, handler: HandlerSpec, migrations: Sequence[MigrationSpec] = ()
) -> SlotEntry:
    """The entry of a handler, with slot 0: its place is not known yet."""

    def text(shape: Shape | None) -> str:
        return types.text(message_shapes(shape))

    return SlotEntry(
        name=handler.name,
        slot=Slot(0),
        context=text(handler.context),
        response=types.text(handler.waits_for),
        reply=text(handler.result),
        status="active",
        formerly=handler.formerly,
        migrations=tuple(types.text([step.old]) for step in migrations),
        is_join=handler.is_join,
        is_raw=message_shapes(handler.response) == (RAW,),
    )


@frozen
class HandlerChange:
    """A part of a handler's interface that calls in flight don't survive: where, and why."""

    part: str
    path: str
    reason: str


def explain_change(old: SlotEntry, new: SlotEntry) -> Iterator[HandlerChange]:
    """Everything that makes `new` unable to take over calls made for `old`."""
    if old.is_join != new.is_join:
        count = "a list of responses" if old.is_join else "one response"
        reason = f"it was {count}, and is {'a list' if new.is_join else 'one'} now"
        yield HandlerChange("response type", "response", reason)
    if old.is_raw and not new.is_raw:
        reason = "it was a raw message, which may be anything, and is decoded now"
        yield HandlerChange("response type", "response", reason)
    before, after = Contexts(old.context, old.migrations), Contexts(new.context, new.migrations)
    for clash in explain_contexts(before, after):
        yield HandlerChange("context", clash.path, clash.reason)
    changes = (
        ("response type", old.response, new.response),
        # The other way round: the caller reads what the new code replies.
        ("reply type", new.reply, old.reply),
    )
    for part, given, wanted in changes:
        if part == "response type" and (new.is_raw or old.is_raw or old.is_join != new.is_join):
            continue  # Told already; and a raw message may be anything.
        for clash in find_type_clashes(given, wanted, part.removesuffix(" type")):
            yield HandlerChange(part, clash.path, clash.reason)


def _described(spec: CanisterSpec) -> Iterator[tuple[SlotEntry, HandlerSpec]]:
    types = canister_types(spec)
    steps = steps_by_target(spec.migrations)
    for handler in spec.handlers:
        yield describe_handler(types, handler, steps.get(("handler", handler.name), ())), handler


def _joined(planned: list[SlotEntry], spec: CanisterSpec) -> Iterator[Diagnostic]:
    """Handlers that are said to have the names, and so the slots, of two earlier ones."""
    spans = {handler.name: handler.span for handler in spec.handlers}
    first: dict[str, SlotEntry] = {}
    for entry in planned:
        other = first.setdefault(entry.name, entry)
        if other is not entry:
            yield Diagnostic(
                "removed-handler",
                f"response handler `{entry.name}` can't take the places of two: slots"
                f" {other.slot:,} and {entry.slot:,}",
                spans[entry.name],
                notes=("a response finds its handler by the slot, and each has one of its own",),
                helps=("keep a function for each, and let one call the other",),
            )


def _reserved(lock: LockFile, spec: CanisterSpec) -> Iterator[Diagnostic]:
    """Handlers with a name that the slot file says must never be given again."""
    for handler in spec.handlers:
        if handler.name in lock.reserved:
            yield Diagnostic(
                "reserved-handler",
                f"response handler `{handler.name}` has a name that `{lock.path}` reserves",
                handler.span,
                notes=("a call of an older version may still wait under that name",),
                helps=(
                    "give the handler another name",
                    f"if no such call can be left, take the name out of `reserved` in"
                    f" `{lock.path}`",
                ),
            )


def _taken_names(
    new: Sequence[tuple[SlotEntry, HandlerSpec]], planned: Sequence[SlotEntry], lock: LockFile
) -> Iterator[Diagnostic]:
    """New handlers with a name that another one, which has a slot already, had before."""
    owners = {name: entry for entry in planned for name in entry.formerly}
    for entry, handler in new:
        owner = owners.get(entry.name)
        if owner is not None:
            yield Diagnostic(
                "reserved-handler",
                f"response handler `{entry.name}` has a name that `{owner.name}` had before",
                handler.span,
                notes=(
                    "a call of an older version may still wait under that name, for the slot of"
                    f" `{owner.name}`, which `{lock.path}` tells",
                ),
                helps=("give the new handler another name",),
            )


def _check_retired(
    lock: LockFile, retire: Collection[str], wanted: Mapping[str, tuple[SlotEntry, HandlerSpec]]
) -> None:
    known = {entry.name for entry in lock.entries}
    for name in sorted(retire):
        if name in wanted:
            raise ConfigurationError(
                f"response handler `{name}` can't be retired: the source still has it",
                f"remove `{name}` from the source first",
            )
        if name not in known:
            raise ConfigurationError(
                f"response handler `{name}` can't be retired: `{lock.path}` has no such entry",
                f"the entries are listed in `{lock.path}`",
            )


def _removed(old: SlotEntry, lock: LockFile) -> Diagnostic:
    line = lock.line_of(old.name)
    return Diagnostic(
        "removed-handler",
        f"response handler `{old.name}` is gone from the source",
        SourceSpan(lock.path, line, 1, line, 1),
        label="it has a slot here",
        notes=(
            "a response may still be on its way to it; after an upgrade to this code it would find"
            " no one",
        ),
        helps=(
            f"put `{old.name}` back",
            f"if it was renamed, say so: `@on_response(formerly=({old.name!r},))`",
            f"once no call is pending for it, retire it with `scm build --retire {old.name}`; with"
            f" `--retire {old.name}='it is gone'` those who wait are rejected",
        ),
    )


def _incompatibilities(old: SlotEntry, new: SlotEntry, span: SourceSpan) -> Iterator[Diagnostic]:
    rules = {
        "context": "contexts that are stored by then must fit the new type",
        "response type": "responses that are on their way must fit the new type",
        "reply type": "callers that wait already must get a reply of the old type",
    }
    for change in explain_change(old, new):
        yield Diagnostic(
            "incompatible-handler",
            f"response handler `{old.name}` can't take over calls in flight: its {change.part}"
            f" changed: {change.reason}",
            span,
            notes=(rules[change.part],),
            helps=(
                "give a new field the type `... | None`, or write a new handler for new calls and"
                " keep this one",
                f"if no deployed canister has this `{old.name}`, remove its entry from `scm.lock`",
                *(_OLD_ENTRY if new.is_join and not old.is_join else ()),
            ),
        )
