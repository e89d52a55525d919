"""The upgrade check: one change at a time, and what it says about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import evolve

from scm.compiler.artefacts import CanisterSpec, Slot, SlotEntry
from scm.compiler.check import check_interface, check_upgrade
from scm.compiler.findings import Finding, is_safe
from scm.compiler.manifest import (
    AbiManifest,
    StateField,
    decode_manifest,
    describe_abi,
    encode_manifest,
)
from scm.compiler.plan import plan_slots
from scm.errors import ConfigurationError

PAID = SlotEntry("paid", Slot(65_552), "(record { to : principal })", "(nat)", "(nat)", "active")
SENT = SlotEntry("sent", Slot(65_553), "()", "(text)", "()", "active")
TOTAL = StateField("total", "(nat)", has_default=True)
OLD = AbiManifest(
    name="vault",
    memory="wasm32",
    cleanup=Slot(65_536),
    orphan=Slot(65_537),
    handlers=(PAID, SENT),
    state=(TOTAL,),
    tools=(("scm", "0.1.0"),),
)
RETIRED = evolve(SENT, status="retired")

Change = Callable[[AbiManifest], AbiManifest]


def with_paid(**changes: Any) -> AbiManifest:
    return evolve(OLD, handlers=(evolve(PAID, **changes), SENT))


def troubles(findings: list[Finding]) -> list[str]:
    return [f"{item.subject}: {item.reason}" for item in findings if item.severity != "safe"]


def test_nothing_changed_is_safe_and_lists_what_was_compared() -> None:
    findings = check_upgrade(OLD, OLD)
    assert is_safe(findings)
    assert [finding.subject for finding in findings] == [
        "response handler `paid`",
        "response handler `sent`",
        "state field `total`",
    ]


@pytest.mark.parametrize(
    "new",
    [
        evolve(OLD, name="other", tools=()),
        evolve(OLD, handlers=(*OLD.handlers, evolve(SENT, name="new", slot=Slot(65_554)))),
        with_paid(context="(record { to : principal; memo : opt text })"),
        with_paid(response="(int)"),
        with_paid(response="(reserved)"),  # `Response[RawMessage]`
        evolve(OLD, state=(evolve(TOTAL, type="(int)"),)),
        evolve(OLD, state=(TOTAL, StateField("limit", "(nat)", has_default=True))),
    ],
    ids=["name", "new handler", "context", "response", "raw", "state type", "state field"],
)
def test_compatible_change_is_safe(new: AbiManifest) -> None:
    assert troubles(check_upgrade(OLD, new)) == []


def test_handler_of_raw_replies_can_not_become_one_that_decodes_them() -> None:
    raw = with_paid(response="(reserved)")
    assert troubles(check_upgrade(raw, OLD)) == [
        "response handler `paid`: its response type changed: `reserved` is not a subtype of `nat`"
    ]


@pytest.mark.parametrize(
    ("new", "trouble"),
    [
        (evolve(OLD, memory="wasm64"), "memory: it changes from `wasm32` to `wasm64`"),
        (evolve(OLD, cleanup=Slot(1)), "cleanup callback: it moves from slot 65,536 to 1"),
        (evolve(OLD, orphan=Slot(1)), "orphan callback: it moves from slot 65,537 to 1"),
        (
            evolve(OLD, handlers=(PAID,)),
            "response handler `sent`: it is gone, and it was not retired",
        ),
        (
            with_paid(slot=Slot(65_560)),
            "response handler `paid`: it moves from slot 65,552 to 65,560",
        ),
        (
            with_paid(context="(record { to : text })"),
            "response handler `paid`: its context changed: record field `to`:"
            " `principal` is not a subtype of `text`",
        ),
        (
            with_paid(context="(record { to : principal; memo : text })"),
            "response handler `paid`: its context changed:"
            " record field `memo` of type `text` is missing",
        ),
        (
            with_paid(response="(text)"),
            "response handler `paid`: its response type changed: `nat` is not a subtype of `text`",
        ),
        (
            with_paid(reply="(int)"),
            "response handler `paid`: its reply type changed: `int` is not a subtype of `nat`",
        ),
        (
            evolve(OLD, state=(evolve(TOTAL, type="(text)"),)),
            "state field `total`: its type changed: `nat` is not a subtype of `text`",
        ),
        (
            evolve(OLD, state=(TOTAL, StateField("owner", "(principal)", has_default=False))),
            "state field `owner`: it is new and has no default, so an upgrade can't fill it",
        ),
    ],
)
def test_incompatible_change_is_unsafe(new: AbiManifest, trouble: str) -> None:
    findings = check_upgrade(OLD, new)
    assert troubles(findings) == [trouble]
    assert not is_safe(findings)
    assert all(finding.help for finding in findings if finding.severity == "unsafe")


def test_slot_of_another_handler_is_unsafe() -> None:
    thief = evolve(SENT, name="thief", slot=PAID.slot)
    found = troubles(check_upgrade(OLD, evolve(OLD, handlers=(thief, SENT))))
    assert "response handler `thief`: it has the slot 65,552 of `paid`" in found


def test_slot_of_a_retired_handler_is_told_too() -> None:
    old = evolve(OLD, handlers=(PAID, RETIRED))
    thief = evolve(SENT, name="thief")
    findings = check_upgrade(old, evolve(OLD, handlers=(PAID, thief)))
    assert [finding.severity for finding in findings if finding.severity != "safe"] == [
        "warning",
        "warning",
    ]


@pytest.mark.parametrize(
    ("pending", "reason"),
    [
        (None, "it is retired without an answer for those who wait"),
        (
            {"sent": 1},
            "it is retired without an answer for those who wait; and 1 call waits for it",
        ),
        (
            {"sent": 2, "paid": 1},
            "it is retired without an answer for those who wait; and 2 calls wait for it",
        ),
        ({"sent": 0}, ""),
        ({"paid": 3}, ""),
        ({}, ""),
    ],
)
def test_retiring_is_safe_only_if_nothing_is_pending(
    pending: Mapping[str, int] | None, reason: str
) -> None:
    findings = check_upgrade(OLD, evolve(OLD, handlers=(PAID, RETIRED)), pending)
    expected = [f"response handler `sent`: {reason}"] if reason else []
    assert expected == troubles(findings)


def test_retired_handler_stays_retired_or_comes_back() -> None:
    old = evolve(OLD, handlers=(PAID, RETIRED))
    assert troubles(check_upgrade(old, old)) == []
    assert troubles(check_upgrade(old, OLD)) == []


def test_dropped_state_field_is_a_warning_as_its_value_stays() -> None:
    findings = check_upgrade(OLD, evolve(OLD, state=()))
    warnings = [f"{item.subject}: {item.reason}" for item in findings if item.severity == "warning"]
    gone = "it is gone; its value stays in stable memory, and no one reads it"
    assert [f"state field `total`: {gone}"] == warnings
    assert is_safe(findings)


DID = "service : { pay : (nat) -> (nat); see : () -> (text) query }"


@pytest.mark.parametrize(
    ("new", "trouble"),
    [
        (DID, None),
        ("service : { pay : (int) -> (nat); see : () -> (text) query; more : () -> () }", None),
        ("service : { pay : (nat, opt text) -> (nat); see : () -> (text) query }", None),
        ("service : { pay : (nat) -> (nat) }", "method `see`: it is gone"),
        (
            "service : { pay : (nat, text) -> (nat); see : () -> (text) query }",
            "method `pay`: argument 1 of type `text` is missing",
        ),
        (
            "service : { pay : (nat) -> (nat); see : () -> (text) }",
            "method `see`: the func is `update`, expected `query`",
        ),
    ],
)
def test_public_interface_that_breaks_is_a_warning(new: str, trouble: str | None) -> None:
    findings = check_interface(DID, new)
    assert troubles(findings) == ([] if trouble is None else [trouble])
    assert is_safe(findings)


def test_every_reason_is_a_finding_of_its_own() -> None:
    new = "service : { pay : (text, bool) -> (int) query; see : () -> (text) query }"
    findings = check_interface(DID, new)
    assert troubles(findings) == [
        "method `pay`: the func is `query`, expected `update`",
        "method `pay`: argument 1 of type `bool` is missing",
        "method `pay`: argument 0: `nat` is not a subtype of `text`",
        "method `pay`: result 0: `int` is not a subtype of `nat`",
    ]
    assert {finding.severity for finding in findings} == {"safe", "warning"}
    assert all(finding.help for finding in findings if finding.severity == "warning")


def test_type_of_several_methods_is_told_for_each() -> None:
    old = "type A = record { x : nat }; service : { a : () -> (A); b : () -> (A, A) }"
    assert troubles(check_interface(old, old.replace("nat", "text"))) == [
        "method `a`: result 0: record field `x`: `text` is not a subtype of `nat`",
        # Two types that clash are listed once per method.
        "method `b`: result 0: record field `x`: `text` is not a subtype of `nat`",
    ]


def test_manifest_survives_and_is_canonical(vault: CanisterSpec) -> None:
    plan = plan_slots(vault)
    manifest = describe_abi(vault, plan, {"python": "3.11.7", "mypy": "2.4.1"})
    assert [(field.name, field.type, field.has_default) for field in manifest.state] == [
        ("ledger", "(principal)", False),
        ("payouts", "(nat)", True),
    ]
    assert manifest.handlers == plan.handlers
    encoded = encode_manifest(manifest)
    assert decode_manifest(encoded) == manifest
    shuffled = evolve(manifest, handlers=tuple(reversed(manifest.handlers)))
    assert encode_manifest(shuffled) == encoded


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (b"{}", "damaged"),
        (b'{"version":1}', "damaged"),
        (b'{"version":2}', "has version `2`, expected `1`"),
        (encode_manifest(OLD).replace(b"65552", b'"x"'), "damaged"),
        (encode_manifest(OLD).replace(b"(text)", b"(tixt)"), "damaged"),
    ],
)
def test_damaged_manifest_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        decode_manifest(data)
