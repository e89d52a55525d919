"""One change of a timer handler at a time: what the rules, the check and the install say, and what
the timer does that was set before.

All must agree, and each timer fires once, in the version that runs then.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.canisters.catalogue_checks import (
    NOTHING_LEFT,
    VERDICTS,
    by_name,
    is_accepted,
    pair_of,
    severities,
)
from tests.canisters.timer_catalogue import (
    CHAINS,
    TIMERS,
    UNBUILT_TIMERS,
    is_set,
    timer_source,
)
from tests.canisters.upgrade_catalogue import ALLOWED, Case, Side, build_all, write_project

from scm.compiler.discover import discover
from scm.compiler.findings import timer_subject
from scm.compiler.project import load_project
from scm.errors import SourceError
from scm.replica.replica import Replica
from scm.testing.building import install_canister
from scm.testing.call_counts import read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.state import check_state
from scm.testing.timers import TimerStatus, read_timers, retry_timer
from scm.testing.upgrades import check_live, is_safe

pytestmark = pytest.mark.toolchain

SIDES: tuple[Side, ...] = ("old", "new", "last")
AFTER = 60
"""Seconds after which the old code's timers are due; half of them are over at the upgrade."""


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The canister's three versions."""
    folder = tmp_path_factory.mktemp("timers")
    projects: dict[str, Path] = {
        side: write_project(folder / side / "book", timer_source(side, TIMERS)) for side in SIDES
    }
    return build_all(projects, folder / "built")


def advance(replica: Replica, seconds: int) -> None:
    for _ in range(seconds // 10):
        replica.advance_time(10)
        replica.run_until_idle()


def fired(book: CanisterHandle, case: Case) -> list[str]:
    """What the timers of a case have logged."""
    log = book.call("fired")
    assert isinstance(log, list)
    head = f"{case.name}: "
    return [line.removeprefix(head) for line in log if line.startswith(head)]


def timers_of(replica: Replica, book: CanisterHandle, case: Case) -> list[TimerStatus]:
    """The timers of a case, without those of `@every`, which are always there."""
    names = {case.side(side)["handler"] for side in SIDES if is_set(case, side)}
    return [timer for timer in read_timers(replica, book.canister_id) if timer.handler in names]


@pytest.mark.parametrize("case", TIMERS, ids=by_name)
def test_a_timer_that_is_set_meets_a_changed_handler(
    replica: Replica, versions: Mapping[str, bytes], case: Case
) -> None:
    before, after = case.sides
    pair = pair_of(versions[before], versions[after])
    handler = case.side(before)["handler"]
    book = install_canister(replica, pair.old)
    if is_set(case, before):
        book.call(case.name, AFTER)
    advance(replica, AFTER // 2)
    subject = timer_subject(handler)
    live = check_live(replica, book.canister_id, pair.new)
    found = severities(case, subject, pair.findings(None), pair.findings({}), live)
    assert found == VERDICTS[case.verdict]
    accepted = is_accepted(replica, book, pair.new, handler)
    assert (case.verdict in ALLOWED) == accepted == is_safe(live)
    advance(replica, AFTER)
    if accepted and case.word("raises"):
        goes_back_and_fires(replica, book, case, pair.old)
        return
    side = after if accepted else before
    assert fired(book, case) == case.word("fired" if accepted else "old_fired", [f"{side} 5"])
    if accepted and is_set(case, after):
        book.call(case.name, 10)
        advance(replica, 20)
        assert fired(book, case)[-1].startswith(after)
    assert timers_of(replica, book, case) == []
    assert read_call_counts(replica, book.canister_id) == NOTHING_LEFT
    check_state(replica, book.canister_id)


def goes_back_and_fires(replica: Replica, book: CanisterHandle, case: Case, wasm: bytes) -> None:
    """A step of a migration raised: nothing is lost, and the version before can still fire it."""
    (timer,) = timers_of(replica, book, case)
    assert case.word("raises") in timer.error
    assert timer.failures > 0
    assert fired(book, case) == []
    replica.install(book.canister_id, wasm, mode="upgrade")
    retry_timer(replica, book.canister_id, timer.id)
    replica.run_until_idle()
    assert fired(book, case) == ["old 5"]
    check_state(replica, book.canister_id)


@pytest.mark.parametrize("case", CHAINS, ids=by_name)
def test_timers_of_two_versions_meet_a_third(
    replica: Replica, versions: Mapping[str, bytes], case: Case
) -> None:
    book = install_canister(replica, versions["old"])
    book.call(case.name, AFTER)
    replica.install(book.canister_id, versions["new"], mode="upgrade")
    book.call(case.name, AFTER)
    # What is left of the version before lives through any number of upgrades.
    replica.install(book.canister_id, versions["new"], mode="upgrade")
    check_state(replica, book.canister_id)
    name = case.word("last_subject") or case.side("new")["handler"]
    pair = pair_of(versions["new"], versions["last"])
    live = check_live(replica, book.canister_id, pair.new)
    found = severities(case, timer_subject(name), pair.findings(None), pair.findings({}), live)
    assert found == VERDICTS[case.word("last_verdict")]
    accepted = is_accepted(replica, book, pair.new, name)
    assert (case.word("last_verdict") in ALLOWED) == accepted == is_safe(live)
    advance(replica, AFTER)
    assert fired(book, case) == case.word("last_fired")
    assert read_call_counts(replica, book.canister_id) == NOTHING_LEFT
    check_state(replica, book.canister_id)


def test_the_old_version_takes_back_the_timers_that_it_set(
    replica: Replica, versions: Mapping[str, bytes]
) -> None:
    cases = [case for case in CHAINS if is_set(case, "old")]
    book = install_canister(replica, versions["old"])
    for case in cases:
        book.call(case.name, AFTER)
    for side in ("new", "new", "old"):
        replica.install(book.canister_id, versions[side], mode="upgrade")
    advance(replica, AFTER)
    assert {case.name: fired(book, case) for case in cases} == {
        case.name: ["old 5"] for case in cases
    }
    check_state(replica, book.canister_id)


def test_every_handler_may_change_when_no_timer_is_set(
    replica: Replica, versions: Mapping[str, bytes]
) -> None:
    book = install_canister(replica, versions["old"])
    set_before = [case for case in TIMERS if is_set(case, "old")]
    for case in set_before:
        book.call(case.name, 0)
    advance(replica, 10)
    assert all(fired(book, case) for case in set_before)
    for side in ("new", "last"):
        assert is_safe(check_live(replica, book.canister_id, versions[side]))
        replica.install(book.canister_id, versions[side], mode="upgrade")
    set_after = [case for case in TIMERS if is_set(case, "last")]
    for case in set_after:
        book.call(case.name, 0)
    advance(replica, 10)
    assert all(fired(book, case)[-1].startswith("last") for case in set_after)
    check_state(replica, book.canister_id)


@pytest.mark.parametrize("case", UNBUILT_TIMERS, ids=by_name)
def test_a_chain_of_steps_that_can_not_work_is_not_built(tmp_path: Path, case: Case) -> None:
    project = load_project(write_project(tmp_path / "book", timer_source("new", [case])))
    with pytest.raises(SourceError) as caught:
        discover(project)
    assert [item.code for item in caught.value.diagnostics] == ["wrong-migration"]
