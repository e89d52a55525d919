"""One change at a time: what the rules say, what `scm check` says, what an install does.

All four must agree.  A call is in flight in every case, and the state is filled: no pair that is
judged safe may lose or misroute anything, and none that is safe may be refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from attrs import evolve
from tests.canisters.catalogue_checks import (
    NOTHING_LEFT,
    VERDICTS,
    Pair,
    by_name,
    find,
    is_accepted,
    pair_of,
    refusal,
    severities,
)
from tests.canisters.timer_catalogue import TIMERS, UNBUILT_TIMERS
from tests.canisters.upgrade_catalogue import (
    ALLOWED,
    HANDLERS,
    METHODS,
    STATES,
    UNBUILT_HANDLERS,
    UNBUILT_STATES,
    Case,
    build_all,
    handler_groups,
    handler_source,
    lock_of_new_handlers,
    state_source,
    write_project,
)

from scm.candid.values import VariantValue
from scm.compiler.discover import discover
from scm.compiler.findings import field_subject, handler_subject, method_subject
from scm.compiler.project import load_project
from scm.errors import SourceError
from scm.replica.holds import Hold
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.building import install_canister
from scm.testing.call_counts import read_call_counts
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.state import check_state
from scm.testing.upgrades import check_live, is_safe

pytestmark = pytest.mark.toolchain

LEAST_CASES: Final = 150


@pytest.fixture(scope="session")
def handler_pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """The modules with handlers and methods, by the name of their group."""
    folder = tmp_path_factory.mktemp("handlers")
    groups = handler_groups()
    olds = {
        name: write_project(folder / "old" / name / "book", handler_source("old", group))
        for name, group in groups.items()
    }
    built = build_all(olds, folder / "built" / "old")
    news = {}
    for name, group in groups.items():
        project = write_project(folder / "new" / name / "book", handler_source("new", group))
        lock = lock_of_new_handlers(project, built[name], group)
        (project / "scm.lock").write_text(lock, encoding="utf-8")
        news[name] = project
    rebuilt = build_all(news, folder / "built" / "new")
    return {name: pair_of(built[name], rebuilt[name]) for name in groups}


@pytest.fixture
def handlers(request: pytest.FixtureRequest, handler_pairs: dict[str, Pair]) -> Pair:
    """The modules that have the handler of a case."""
    case: Case = request.getfixturevalue("case")
    names = [name for name, group in handler_groups().items() if case in group]
    return handler_pairs[names[0] if names else "others"].for_case(case)


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The modules with state fields, by name."""
    folder = tmp_path_factory.mktemp("state")
    allowed = [case for case in STATES if is_in_allowed(case)]
    refused = [case for case in STATES if not is_in_allowed(case)]
    sources = {
        "old": state_source("old", STATES, ()),
        "allowed": state_source("new", STATES, allowed),
        # The other fields are left out, which forbids nothing.
        "refused": state_source("new", refused, refused),
    }
    projects = {
        name: write_project(folder / name / "book", source) for name, source in sources.items()
    }
    return build_all(projects, folder / "built")


def is_in_allowed(case: Case) -> bool:
    """Whether the new code of a case is in the version that an upgrade allows."""
    return case.verdict in (*ALLOWED, "raises") or case.is_back


@pytest.fixture
def state(request: pytest.FixtureRequest, modules: dict[str, bytes]) -> Pair:
    """The modules of a state case."""
    case: Case = request.getfixturevalue("case")
    name = "allowed" if is_in_allowed(case) else "refused"
    return pair_of(modules["old"], modules[name]).for_case(case)


def hold_responses(replica: Replica, book: CanisterHandle) -> Hold:
    return replica.hold(
        lambda delivery: (
            delivery.kind is DeliveryKind.RESPONSE and delivery.receiver == book.canister_id
        )
    )


def plain(value: object) -> object:
    return value.tag if isinstance(value, VariantValue) else value


@pytest.mark.parametrize("case", HANDLERS, ids=by_name)
def test_a_call_in_flight_meets_a_changed_handler(
    replica: Replica, handlers: Pair, case: Case
) -> None:
    before, after = case.sides
    handler = case.side(before)["handler"]
    book = install_canister(replica, handlers.old)
    with hold_responses(replica, book) as hold:
        call = book.submit(case.name)
        replica.run_until_idle()
        live = check_live(replica, book.canister_id, handlers.new)
        found = severities(
            case, handler_subject(handler), handlers.findings(None), handlers.findings({}), live
        )
        assert VERDICTS[case.verdict] == found
        accepted = is_accepted(replica, book, handlers.new, handler)
        assert (case.verdict in ALLOWED) == accepted == is_safe(live)
        hold.release()
        replica.run_until_idle()
        hold.release()
    replica.run_until_idle()
    check_state(replica, book.canister_id)
    if accepted and case.word("told"):
        # A step of a migration raises: the call is kept, as with any handler that raises.
        with pytest.raises(RejectError, match=case.word("told")):
            call.result()
        assert read_call_counts(replica, book.canister_id) == evolve(NOTHING_LEFT, failed=1)
        return
    if accepted and case.word("rejected"):
        with pytest.raises(RejectError, match=case.word("rejected")):
            call.result()
    else:
        side = after if accepted else before
        default = f"{side} 5 7"
        answer = case.word("answer" if accepted else "old_answer", default)
        expected = None if answer == "nothing" else answer
        assert plain(call.result()) == expected, side
    assert read_call_counts(replica, book.canister_id) == NOTHING_LEFT


@pytest.mark.parametrize("group", handler_groups())
def test_every_handler_may_change_when_no_call_waits(
    replica: Replica, handler_pairs: dict[str, Pair], group: str
) -> None:
    pair, cases = handler_pairs[group], handler_groups()[group]
    assert is_safe(pair.findings({}))
    book = install_canister(replica, pair.old)
    for case in cases:
        book.call(case.name)
    assert is_safe(check_live(replica, book.canister_id, pair.new))
    replica.install(book.canister_id, pair.new, mode="upgrade")
    for case in cases:
        if case.side("new")["fate"] not in ("removed", "retired"):
            book.call(case.name)
    assert read_call_counts(replica, book.canister_id) == NOTHING_LEFT


@pytest.mark.parametrize("case", METHODS, ids=by_name)
def test_a_changed_method_forbids_nothing(replica: Replica, handlers: Pair, case: Case) -> None:
    book = install_canister(replica, handlers.old)
    subject = method_subject(case.name)
    found = severities(case, subject, handlers.findings(None), handlers.findings({}))
    assert found == (case.verdict, case.verdict)
    replica.install(book.canister_id, handlers.new, mode="upgrade")
    if case.word("call"):
        arguments = (None,) if "more: nat | None" in case.word("new") else ()
        assert book.call(case.word("call"), *arguments) == case.word("answer")


@pytest.mark.parametrize("case", STATES, ids=by_name)
def test_stored_state_meets_a_changed_field(replica: Replica, state: Pair, case: Case) -> None:
    before, after = case.sides
    subject = case.word("subject") or case.name
    if case.verdict == "safe" and case.word("renamed"):
        subject = f"{case.name}_to"
    book = install_canister(replica, state.old)
    book.fill()
    if case.word("spoil"):
        book.call(f"spoil_{case.name}")
    with hold_responses(replica, book) as hold:
        call = book.submit("asking")
        replica.run_until_idle()
        live = check_live(replica, book.canister_id, state.new)
        found = severities(
            case, field_subject(subject), state.findings(None), state.findings({}), live
        )
        wanted = VERDICTS[case.verdict]
        assert found == ((case.verdict,) * 3 if case.verdict == "warning" else wanted)
        if case.verdict == "raises":
            # What a step makes of a value, only the upgrade can tell.
            accepted = False
            told = refusal(lambda: replica.install(book.canister_id, state.new, mode="upgrade"))
            assert case.word("told") in told
        else:
            accepted = is_accepted(replica, book, state.new, subject)
            assert accepted == is_safe(live)
            assert (case.verdict in ALLOWED) == is_safe(find(field_subject(subject), live))
        hold.release()
    assert call.result() == f"{after if accepted else before} 5 7"
    if accepted and case.word("told"):
        with pytest.raises(RejectError, match=case.word("told")):
            book.call(f"read_{case.name}")
    elif accepted and case.word("read"):
        assert book.call(f"read_{case.name}") == case.word("expected")
    assert read_call_counts(replica, book.canister_id) == NOTHING_LEFT
    check_state(replica, book.canister_id)


@pytest.mark.parametrize("case", [*UNBUILT_STATES, *UNBUILT_HANDLERS], ids=by_name)
def test_a_chain_of_steps_that_can_not_work_is_not_built(tmp_path: Path, case: Case) -> None:
    source = (
        state_source("new", [case], [case])
        if case in UNBUILT_STATES
        else handler_source("new", [case])
    )
    with pytest.raises(SourceError) as caught:
        discover(load_project(write_project(tmp_path / "book", source)))
    assert [item.code for item in caught.value.diagnostics] == ["wrong-migration"]


def test_the_catalogue_is_large(capsys: pytest.CaptureFixture[str]) -> None:
    groups = {
        "handlers": [*HANDLERS, *UNBUILT_HANDLERS],
        "methods": METHODS,
        "state": [*STATES, *UNBUILT_STATES],
        "timers": [*TIMERS, *UNBUILT_TIMERS],
    }
    counts = {name: len(cases) for name, cases in groups.items()}
    with capsys.disabled():
        print(f"\nversion pairs: {sum(counts.values())} {counts}")
    assert sum(counts.values()) >= LEAST_CASES
    for cases in groups.values():
        assert len({case.name for case in cases}) == len(cases)
