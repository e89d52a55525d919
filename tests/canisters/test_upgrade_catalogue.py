"""One change at a time: what the rules say, what `scm check` says, what an install does.

All four must agree.  A call is in flight in every case, and the state is filled: no pair that is
judged safe may lose or misroute anything, and none that is safe may be refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from attrs import frozen
from tests.canisters.upgrade_catalogue import (
    ALLOWED,
    HANDLERS,
    METHODS,
    STATES,
    Case,
    build_all,
    handler_groups,
    handler_source,
    lock_of_new_handlers,
    state_source,
    write_project,
)

from scm.candid.values import VariantValue
from scm.compiler.check import check_interface, check_upgrade
from scm.compiler.findings import (
    Finding,
    Severity,
    field_subject,
    handler_subject,
    method_subject,
)
from scm.compiler.versions import Version, version_of_module
from scm.replica.errors import InstallError
from scm.replica.holds import Hold
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.building import install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.state import check_state
from scm.testing.upgrades import check_live, is_safe

pytestmark = pytest.mark.toolchain

NOTHING_LEFT: Final = CallCounts(waiting=0, failed=0, orphans=0)
LEAST_CASES: Final = 60

VERDICTS: Final[dict[str, tuple[Severity, Severity, Severity]]] = {
    "safe": ("safe", "safe", "safe"),
    "warning": ("warning", "safe", "warning"),
    "pending": ("unsafe-while-pending", "safe", "unsafe"),
    "migrate": ("needs-migration", "needs-migration", "needs-migration"),
    "unsafe": ("unsafe", "unsafe", "unsafe"),
}
"""What the check says of a verdict: without counts, if nothing waits, and with a call in flight."""


@frozen
class Pair:
    """Two modules, and what they say of themselves."""

    old: bytes
    new: bytes
    before: Version
    after: Version

    def findings(self, pending: dict[str, int] | None) -> list[Finding]:
        assert self.before.abi is not None
        assert self.after.abi is not None
        return [
            *check_upgrade(self.before.abi, self.after.abi, pending),
            *check_interface(self.before.did, self.after.did),
        ]


def pair_of(old: bytes, new: bytes) -> Pair:
    return Pair(old, new, version_of_module(old, Path("old")), version_of_module(new, Path("new")))


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
    return handler_pairs[names[0] if names else "others"]


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The modules with state fields, by name."""
    folder = tmp_path_factory.mktemp("state")
    allowed = [case for case in STATES if case.verdict in ALLOWED]
    refused = [case for case in STATES if case.verdict not in ALLOWED]
    sources = {
        "old": state_source("old", STATES, ()),
        "allowed": state_source("new", STATES, allowed),
        # The other fields are left out, which forbids nothing and is built sooner.
        **{case.name: state_source("new", [case], [case]) for case in refused},
    }
    projects = {
        name: write_project(folder / name / "book", source) for name, source in sources.items()
    }
    return build_all(projects, folder / "built")


@pytest.fixture
def state(request: pytest.FixtureRequest, modules: dict[str, bytes]) -> Pair:
    """The modules of a state case; those that an upgrade allows share one."""
    case: Case = request.getfixturevalue("case")
    name = "allowed" if case.verdict in ALLOWED else case.name
    return pair_of(modules["old"], modules[name])


def by_name(case: Case) -> str:
    return case.name


def severities(case: Case, subject: str, *findings: list[Finding]) -> tuple[Severity, ...]:
    """The worst that each of several checks says of a case's subject."""
    found = [[item for item in items if item.subject == subject] for items in findings]
    for items in found:
        assert all(item.reason and item.help for item in items if item.severity != "safe")
    paths = {item.path for item in found[0] if item.severity != "safe"}
    assert paths <= {case.word("path")}
    order = ("safe", "warning", "unsafe-while-pending", "needs-migration", "unsafe")
    return tuple(
        max((item.severity for item in items), key=order.index, default="safe") for items in found
    )


def hold_responses(replica: Replica, book: CanisterHandle) -> Hold:
    return replica.hold(
        lambda delivery: (
            delivery.kind is DeliveryKind.RESPONSE and delivery.receiver == book.canister_id
        )
    )


def is_accepted(replica: Replica, book: CanisterHandle, wasm: bytes, told: str) -> bool:
    """Whether the upgrade is installed; if not, the reason must tell of `told`."""
    try:
        replica.install(book.canister_id, wasm, mode="upgrade")
    except InstallError as error:
        message = error.message
    else:
        return True
    assert "UpgradeError" in message
    assert f"`{told}`" in message
    return False


def plain(value: object) -> object:
    return value.tag if isinstance(value, VariantValue) else value


@pytest.mark.parametrize("case", HANDLERS, ids=by_name)
def test_a_call_in_flight_meets_a_changed_handler(
    replica: Replica, handlers: Pair, case: Case
) -> None:
    handler = case.side("old")["handler"]
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
    if accepted and case.word("rejected"):
        with pytest.raises(RejectError, match=case.word("rejected")):
            call.result()
    else:
        side = "new" if accepted else "old"
        default = case.word("answer", "new 5 7") if accepted else case.word("old_answer", "old 5 7")
        expected = None if default == "nothing" else default
        assert plain(call.result()) == expected, side
    assert read_call_counts(replica, book.canister_id) == NOTHING_LEFT
    check_state(replica, book.canister_id)


@pytest.mark.parametrize("group", handler_groups())
def test_every_handler_may_change_when_no_call_waits(
    replica: Replica, handler_pairs: dict[str, Pair], group: str
) -> None:
    pair, cases = handler_pairs[group], handler_groups()[group]
    assert is_safe(pair.findings({}))
    book = install_canister(replica, pair.old)
    for case in cases:
        book.call(case.name)
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
    subject = case.word("subject") or case.name
    if case.verdict == "safe" and case.word("renamed"):
        subject = f"{case.name}_to"
    book = install_canister(replica, state.old)
    book.fill()
    with hold_responses(replica, book) as hold:
        call = book.submit("asking")
        replica.run_until_idle()
        live = check_live(replica, book.canister_id, state.new)
        found = severities(
            case, field_subject(subject), state.findings(None), state.findings({}), live
        )
        wanted = VERDICTS[case.verdict]
        assert found == ((case.verdict,) * 3 if case.verdict == "warning" else wanted)
        accepted = is_accepted(replica, book, state.new, subject)
        assert (case.verdict in ALLOWED) == accepted == is_safe(live)
        hold.release()
    assert call.result() == ("new 5 7" if accepted else "old 5 7")
    if accepted and case.word("read"):
        assert book.call(f"read_{case.name}") == case.word("expected")
    assert read_call_counts(replica, book.canister_id) == NOTHING_LEFT
    check_state(replica, book.canister_id)


def test_the_catalogue_is_large(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"handlers": len(HANDLERS), "methods": len(METHODS), "state": len(STATES)}
    with capsys.disabled():
        print(f"\nversion pairs: {sum(counts.values())} {counts}")
    assert sum(counts.values()) >= LEAST_CASES
    for cases in (HANDLERS, METHODS, STATES):
        assert len({case.name for case in cases}) == len(cases)
