"""Migrations of state, values of collections and contexts: each step once, over all versions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.canisters.conftest import WriteProject

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import NAT
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.pending_calls import answer_call, pending_calls
from scm.testing.state import check_state

pytestmark = pytest.mark.toolchain

CASES = Path(__file__).parents[1] / "cases" / "canisters" / "growing"
NOTHING_LEFT = CallCounts(waiting=0, failed=0, orphans=0)


@pytest.fixture(scope="session")
def versions(build_canister: CanisterBuilder, write_project: WriteProject) -> Mapping[str, bytes]:
    """The shop's three versions, and `late`: the third without the first step of its price."""
    sources = {name: (CASES / f"{name}.py").read_text() for name in ("v1", "v2", "v3")}
    built = {name: build_canister(write_project(text)) for name, text in sources.items()}
    source = sources["v3"]
    start, end = (
        source.index('@migration(1, field="price")'),
        source.index('@migration(1, field="o'),
    )
    built["late"] = build_canister(write_project(source[:start] + source[end:]))
    return built


def upgrade(replica: Replica, shop: CanisterHandle, wasm: bytes) -> None:
    replica.install(shop.canister_id, wasm, mode="upgrade")
    check_state(replica, shop.canister_id)


def test_each_value_goes_through_the_steps_that_it_has_not_behind_it(
    versions: Mapping[str, bytes], replica: Replica
) -> None:
    shop = install_canister(replica, versions["v1"])
    shop.fill(2)
    assert shop.look() == ("12", "article 0: 0; article 1: 1")
    upgrade(replica, shop, versions["v2"])
    assert shop.look() == ("12", "article 0: 0; article 1: 1")
    shop.fill(1)
    upgrade(replica, shop, versions["v2"])
    upgrade(replica, shop, versions["v3"])
    shop.fill(1)
    for _ in range(2):
        assert shop.look() == (
            "1200",
            "article 0: 0; article 1: 100; article 2: 200; article 3: 300",
        )
        assert shop.lists() == ("0, 100, 200, 300", "0, 100, 200, 300")
        upgrade(replica, shop, versions["late"])


def test_versions_can_be_skipped(versions: Mapping[str, bytes], replica: Replica) -> None:
    shop = install_canister(replica, versions["v1"])
    shop.fill(2)
    upgrade(replica, shop, versions["v3"])
    assert shop.look() == ("1200", "article 0: 0; article 1: 100")
    assert shop.lists() == ("0, 100", "0, 100")


def test_a_fresh_canister_has_all_steps_behind_it(
    versions: Mapping[str, bytes], replica: Replica
) -> None:
    shop = install_canister(replica, versions["v3"])
    shop.fill(2)
    upgrade(replica, shop, versions["v3"])
    assert shop.look() == ("12", "article 0: 0; article 1: 100")


@pytest.mark.parametrize("path", [["v1", "v2", "v3"], ["v1", "v3"], ["v2", "v3"], ["v1", "v2"]])
def test_contexts_of_calls_in_flight_are_migrated(
    versions: Mapping[str, bytes], replica: Replica, path: list[str]
) -> None:
    bank = install_canister(replica, versions["v1"])
    shop = install_canister(replica, versions[path[0]])
    tickets = []
    held = replica.hold(
        lambda delivery: (
            delivery.kind is DeliveryKind.RESPONSE and delivery.receiver == shop.canister_id
        )
    )
    with held as hold:
        for number, version in enumerate(path):
            if number:
                upgrade(replica, shop, versions[version])
            tickets.append(shop.submit("buy", bank.canister_id, 7))
            replica.run_until_idle()
        hold.release()
    expected = 700 if path[-1] == "v3" else 7
    assert [ticket.result() for ticket in tickets] == [expected] * len(path)
    assert read_call_counts(replica, shop.canister_id) == NOTHING_LEFT


def test_a_failed_call_is_answered_with_its_migrated_context(
    versions: Mapping[str, bytes], replica: Replica
) -> None:
    bank = install_canister(replica, versions["v1"])
    shop = install_canister(replica, versions["v1"])
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE) as hold:
        shop.submit("buy", bank.canister_id, 7)
        replica.run_until_idle()
        with replica.cut_executions(after=24_000):  # Enough for the cleanup.
            hold.release()
            replica.run_until_idle()
    upgrade(replica, shop, versions["v3"])
    (call,) = pending_calls(replica, shop.canister_id)
    assert call.status == "failed: its handler trapped"
    answer = answer_call(replica, shop.canister_id, call.id, reply=encode([NAT], [0]))
    assert decode(answer, [NAT]) == (700,)


def test_a_migration_that_raises_leaves_the_old_version_running(
    versions: Mapping[str, bytes], replica: Replica
) -> None:
    shop = install_canister(replica, versions["v1"])
    shop.fill(1)
    shop.spoil()
    with pytest.raises(InstallError, match="ValueError: invalid literal for int"):
        upgrade(replica, shop, versions["v2"])
    assert shop.look() == ("many", "article 0: 0")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("v2", "v1", "it is at step 1 of its migrations, and this code has steps up to 0"),
        ("v3", "v2", "it is at step 2 of its migrations, and this code has steps up to 1: it"),
        ("v1", "late", "it needs migration 1, and this code begins with 2: upgrade to a version"),
    ],
)
def test_upgrades_that_have_not_the_steps_are_refused(
    versions: Mapping[str, bytes], replica: Replica, old: str, new: str, reason: str
) -> None:
    shop = install_canister(replica, versions[old])
    shop.fill(1)
    before = shop.look()
    with pytest.raises(InstallError, match=reason):
        upgrade(replica, shop, versions[new])
    assert shop.look() == before
