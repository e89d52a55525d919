"""Timer handlers: what is read of them, and what an upgrade may do to them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from attrs import evolve

from scm.compiler.artefacts import CanisterSpec, ScalarShape, Slot
from scm.compiler.check import check_upgrade
from scm.compiler.manifest import (
    AbiManifest,
    TimerEntry,
    decode_manifest,
    describe_abi,
    encode_manifest,
)
from scm.compiler.pipeline import callback_pins
from scm.compiler.plan import TIMER_SLOT, plan_slots

SOURCE = """\
from scm import Pending, every, nat, on_timer, state


@state
class Shop:
    sold: nat = 0


@on_timer
def remind(shop: Shop, customer: nat) -> None:
    pass


@on_timer
def ask(shop: Shop) -> Pending[None]:
    raise NotImplementedError


@every(days=1, hours=2, minutes=3, seconds=4)
def sweep(shop: Shop) -> None:
    pass
"""
REMIND = TimerEntry("remind", "(record { about : text })", 0)
SWEEP = TimerEntry("sweep", "()", 60)
OLD = AbiManifest(
    name="shop",
    memory="wasm32",
    cleanup=Slot(65_536),
    orphan=Slot(65_537),
    handlers=(),
    state=(),
    tools=(),
    timers=(REMIND, SWEEP),
)


@pytest.fixture(scope="module")
def shop(discover_text: Callable[[str], CanisterSpec]) -> CanisterSpec:
    return discover_text(SOURCE)


def test_handlers_are_read(shop: CanisterSpec) -> None:
    assert [
        (item.name, item.context, item.interval_seconds, item.may_call) for item in shop.timers
    ] == [
        ("remind", ScalarShape("nat"), 0, False),
        ("ask", None, 0, True),
        ("sweep", None, 93_784, False),
    ]


def test_older_names_and_migrations_are_read(
    discover_text: Callable[[str], CanisterSpec],
) -> None:
    shop = discover_text(
        SOURCE.replace(
            "@on_timer\ndef remind", '@on_timer(formerly=("nudge",))\ndef remind'
        ).replace("import Pending,", "import Pending, migration, text,")
        + '\n\n@migration(1, handler="remind")\ndef step(old: text) -> nat:\n    return int(old)\n'
    )
    manifest = describe_abi(shop, plan_slots(shop), {})
    assert TimerEntry("remind", "(nat)", 0, ("nudge",), ("(text)",)) in manifest.timers
    assert decode_manifest(encode_manifest(manifest)) == manifest


def test_response_has_a_slot_only_where_there_are_timers(
    shop: CanisterSpec, vault: CanisterSpec
) -> None:
    assert callback_pins(plan_slots(shop))["scm_callback_timer"] == TIMER_SLOT
    assert "scm_callback_timer" not in callback_pins(plan_slots(vault))


def test_manifest_keeps_the_handlers(shop: CanisterSpec) -> None:
    manifest = describe_abi(shop, plan_slots(shop), {})
    assert manifest.timers == (
        TimerEntry("ask", "()", 0),
        TimerEntry("remind", "(nat)", 0),
        TimerEntry("sweep", "()", 93_784),
    )
    assert decode_manifest(encode_manifest(manifest)) == manifest


def test_manifest_of_an_older_scm_has_no_timers() -> None:
    document = json.loads(encode_manifest(evolve(OLD, timers=())))
    assert "timers" not in document
    assert decode_manifest(json.dumps(document).encode()).timers == ()


OTHER = "(record { about : nat })"
NUDGE = TimerEntry("nudge", REMIND.context, 0, formerly=("remind",))


@pytest.mark.parametrize(
    "timers",
    [
        (REMIND, SWEEP, TimerEntry("ask", "()", 0)),
        (evolve(REMIND, context="(record { about : text; note : opt text })"), SWEEP),
        (REMIND, evolve(SWEEP, interval_seconds=5)),
        (REMIND,),
        (NUDGE, SWEEP),
        (evolve(REMIND, context=OTHER, migrations=(REMIND.context,)), SWEEP),
        (evolve(NUDGE, context=OTHER, migrations=(REMIND.context, "(nat)")), SWEEP),
    ],
    ids=[
        "new handler",
        "wider context",
        "interval",
        "no interval",
        "other name",
        "migrated context",
        "both",
    ],
)
def test_compatible_change_is_safe(timers: tuple[TimerEntry, ...]) -> None:
    findings = check_upgrade(OLD, evolve(OLD, timers=timers))
    assert [(item.severity, item.subject) for item in findings] == [
        ("safe", "timer handler `remind`"),
        ("safe", "timer handler `sweep`"),
    ]


@pytest.mark.parametrize(
    ("remind", "pending", "reason"),
    [
        (None, None, "it is gone, but timers may be set for it"),
        (None, {"remind": 1}, "it is gone, but 1 timer is set for it"),
        (None, {"remind": 2_000}, "it is gone, but 2,000 timers are set for it"),
        (None, {}, ""),
        (
            evolve(REMIND, interval_seconds=60),
            None,
            "it is an `@every` now, but timers may be set for it",
        ),
        (
            evolve(REMIND, context=OTHER),
            {"remind": 1},
            "its context changed: record field `about`: `text` is not a subtype of `nat`",
        ),
        (
            evolve(REMIND, context=OTHER, migrations=("(record { about : bool })",)),
            {"remind": 1},
            "its context changed: record field `about`: `text` is not a subtype of `bool`",
        ),
        (
            evolve(NUDGE, context=OTHER),
            None,
            "its context changed: record field `about`: `text` is not a subtype of `nat`",
        ),
    ],
)
def test_change_that_loses_timers_is_unsafe(
    remind: TimerEntry | None, pending: dict[str, int] | None, reason: str
) -> None:
    timers = (SWEEP,) if remind is None else (remind, SWEEP)
    first = check_upgrade(OLD, evolve(OLD, timers=timers), pending)[0]
    unsafe = "unsafe-while-pending" if pending is None else "unsafe"
    assert (first.severity, first.reason) == (unsafe if reason else "safe", reason)


def test_steps_that_old_timers_need_must_stay_as_they_are() -> None:
    old = evolve(REMIND, context=OTHER, migrations=(REMIND.context,))
    for new, reason in (
        (REMIND, "it is at step 1 of its migrations, and the new code ends at 0"),
        (
            evolve(old, migrations=("(record { about : bool })",)),
            "record field `about`: `text` is not a subtype of `bool`",
        ),
    ):
        (found,) = check_upgrade(evolve(OLD, timers=(old,)), evolve(OLD, timers=(new,)))
        assert (found.severity, found.reason) == (
            "unsafe-while-pending",
            f"its context changed: {reason}",
        )


def test_timers_of_a_still_older_version_are_not_forgotten() -> None:
    old = evolve(OLD, timers=(NUDGE,))
    without = evolve(OLD, timers=(evolve(NUDGE, formerly=()),))
    kept, found = check_upgrade(old, without)
    assert (kept.severity, kept.subject) == ("safe", "timer handler `nudge`")
    assert (found.severity, found.subject) == ("unsafe-while-pending", "timer handler `remind`")
    assert "formerly=('remind',)" in found.help
    assert [item.severity for item in check_upgrade(old, without, {"nudge": 1})] == ["safe"]
    assert [item.severity for item in check_upgrade(old, without, {"remind": 1})] == [
        "safe",
        "unsafe",
    ]
    assert [item.severity for item in check_upgrade(old, evolve(OLD, timers=(REMIND,)), {})] == [
        "safe"
    ]
