"""The upgrade check of collections: what may change in them, and what it says of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from scm.compiler.artefacts import CanisterSpec, Slot
from scm.compiler.check import Finding, check_upgrade
from scm.compiler.manifest import (
    AbiManifest,
    CollectionField,
    StateField,
    decode_manifest,
    describe_abi,
    encode_manifest,
)
from scm.compiler.plan import plan_slots
from scm.errors import ConfigurationError

Discover = Callable[[str], CanisterSpec]

NAMES = CollectionField("", "set", "text", "", None)
PAID = CollectionField("paid", "map", "principal", "(record { amount : nat })", None)
GROUPS = CollectionField("groups", "map", "int", "", CollectionField("", "map", "text", "", NAMES))
TOTAL = StateField("total", "(nat)", has_default=True)
OLD = AbiManifest(
    name="vault",
    memory="wasm32",
    cleanup=Slot(65_536),
    orphan=Slot(65_537),
    handlers=(),
    state=(TOTAL,),
    tools=(),
    collections=(PAID, GROUPS),
)


def with_paid(**changes: Any) -> AbiManifest:
    return evolve(OLD, collections=(evolve(PAID, **changes), GROUPS))


def with_groups(nested: CollectionField | None, **changes: Any) -> AbiManifest:
    return evolve(OLD, collections=(PAID, evolve(GROUPS, nested=nested, **changes)))


def troubles(findings: list[Finding]) -> list[str]:
    return [
        f"{item.severity} {item.subject}: {item.reason}"
        for item in findings
        if item.severity != "safe"
    ]


def test_unchanged_collections_are_listed_as_safe() -> None:
    findings = check_upgrade(OLD, OLD)
    assert troubles(findings) == []
    assert [item.subject for item in findings] == [
        "state field `total`",
        "state field `paid`",
        "state field `groups`",
    ]


@pytest.mark.parametrize(
    "new",
    [
        evolve(OLD, collections=(*OLD.collections, evolve(NAMES, name="names"))),
        with_paid(value="(record { amount : int; memo : opt text })"),
    ],
    ids=["new", "wider values"],
)
def test_compatible_change_is_safe(new: AbiManifest) -> None:
    assert troubles(check_upgrade(OLD, new)) == []


@pytest.mark.parametrize(
    ("new", "trouble"),
    [
        (with_paid(kind="heap"), "paid`: it was a map, and is a heap now"),
        (with_paid(key="text"), "paid`: its keys changed from `principal` to `text`"),
        (
            with_paid(value="(record { amount : text })"),
            "paid`: the type of its values changed: record field `amount`: `nat` is not a subtype"
            " of `text`",
        ),
        (with_paid(value="", nested=NAMES), "paid`: its values were no collections, and are now"),
        (with_groups(None, value="(nat)"), "groups`: its values were collections, and are not now"),
        (with_groups(NAMES), "groups`: a value of it was a map, and is a set now"),
        (
            with_groups(CollectionField("", "map", "int", "", NAMES)),
            "groups`: its values' keys changed from `text` to `int`",
        ),
        (
            with_groups(CollectionField("", "map", "text", "", evolve(NAMES, key="blob"))),
            "groups`: its inner values' keys changed from `text` to `blob`",
        ),
        (
            evolve(OLD, state=(), collections=(*OLD.collections, evolve(NAMES, name="total"))),
            "total`: it was a value, and is a collection now",
        ),
        (
            evolve(OLD, state=(TOTAL, evolve(TOTAL, name="paid")), collections=(GROUPS,)),
            "paid`: it was a collection, and is a value now",
        ),
    ],
)
def test_incompatible_change_needs_a_migration(new: AbiManifest, trouble: str) -> None:
    findings = check_upgrade(OLD, new)
    assert troubles(findings) == [f"needs-migration state field `{trouble}"]
    assert all(item.help for item in findings if item.severity != "safe")


def test_collection_that_is_gone_is_a_warning_as_it_stays_in_memory() -> None:
    gone = "it is gone; its value stays in stable memory, and no one reads it"
    new = evolve(OLD, collections=(GROUPS,))
    assert troubles(check_upgrade(OLD, new)) == [f"warning state field `paid`: {gone}"]


def test_renamed_fields_are_safe_and_dropped_ones_told() -> None:
    new = evolve(
        OLD,
        state=(StateField("sum", "(int)", has_default=False),),
        collections=(evolve(PAID, name="payouts"),),
        renamed=(("payouts", "paid"), ("sum", "total")),
        dropped=("groups", "unknown"),
    )
    findings = check_upgrade(OLD, new)
    assert {item.subject: item.severity for item in findings} == {
        "state field `sum`": "safe",
        "state field `payouts`": "safe",
        "state field `groups`": "warning",
    }


def test_renamed_field_keeps_its_type() -> None:
    new = evolve(
        OLD,
        collections=(evolve(PAID, name="payouts", key="text"), GROUPS),
        renamed=(("payouts", "paid"),),
    )
    assert troubles(check_upgrade(OLD, new)) == [
        "needs-migration state field `payouts`: its keys changed from `principal` to `text`"
    ]


def test_renaming_that_has_happened_may_stay() -> None:
    new = evolve(OLD, renamed=(("paid", "earlier"),), dropped=("gone",))
    assert troubles(check_upgrade(new, new)) == []


def test_field_that_is_stored_under_both_names_is_unsafe() -> None:
    new = evolve(OLD, collections=(PAID,), renamed=(("paid", "groups"),))
    assert troubles(check_upgrade(OLD, new)) == [
        "unsafe state field `paid`: `groups` is renamed to it, but both are stored"
    ]


def test_manifest_has_names_that_change(discover_text: Discover) -> None:
    spec = discover_text(
        "from scm import nat, state\n"
        "@state(renamed={'total': 'sum'}, dropped=('a', 'b'))\n"
        "class State:\n    total: nat = 0\n"
    )
    manifest = describe_abi(spec, plan_slots(spec), {})
    assert (manifest.renamed, manifest.dropped) == ((("total", "sum"),), ("a", "b"))
    assert decode_manifest(encode_manifest(manifest)) == manifest


def test_manifest_has_the_collections(collector: CanisterSpec) -> None:
    manifest = describe_abi(collector, plan_slots(collector), {})
    by_name = {item.name: item for item in manifest.collections}
    assert by_name["paid"] == CollectionField("paid", "map", "principal", "(nat)", None)
    assert by_name["raw"] == CollectionField("raw", "bytes", "", "", None)
    assert by_name["deep"].nested == CollectionField("", "map", "text", "", NAMES)
    assert [field.name for field in manifest.state] == ["ledger"]
    encoded = encode_manifest(manifest)
    assert decode_manifest(encoded) == evolve(
        manifest, collections=tuple(sorted(manifest.collections, key=lambda item: item.name))
    )


def test_manifest_of_a_version_without_collections_has_none() -> None:
    document = json.loads(encode_manifest(OLD))
    for word in ("collections", "renamed", "dropped"):
        del document[word]
    assert decode_manifest(json.dumps(document).encode()) == evolve(OLD, collections=())


@pytest.mark.parametrize(
    ("before", "after"), [(b'"map"', b'"tree"'), (b"amount : nat", b"amount : gnat")]
)
def test_damaged_collection_is_refused(before: bytes, after: bytes) -> None:
    with pytest.raises(ConfigurationError, match="damaged"):
        decode_manifest(encode_manifest(OLD).replace(before, after))
