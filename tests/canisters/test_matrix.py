"""The in-flight matrix of every example that makes calls, and of canisters that go wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
from tests.canisters.conftest import REPOSITORY, WriteProject

from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.testing.building import CanisterBuilder
from scm.testing.client import CanisterHandle
from scm.testing.matrix import Matrix, MatrixError, Report, explore
from scm.testing.matrix_proxied_outcomes import PROXIED_MOMENTS
from scm.testing.matrix_scenes import MatrixOptions
from scm.testing.matrix_sites import Site
from scm.testing.wat import WatCanister

pytestmark = pytest.mark.toolchain

CASES_MIN = 2500
"""How many cases the examples must have at least, in all."""

CLOSED = "payments are closed"
OWNER = REPOSITORY / "examples" / "proxy" / "owner"
RESCUE = REPOSITORY / "tests" / "cases" / "canisters" / "rescue"
NEW_METHOD = """
@update
def ask(rescue: Rescue, peer: Principal) -> Pending[text]:
    return Peer(peer).measure("asked").bounded(seconds=20).then(asked)


@on_response
def asked(rescue: Rescue, response: Response[nat]) -> text:
    return "asked"


@update
def lock("""

CALL = "    Ledger(shop.ledger).transfer(to, amount).via(shop.proxy, paid, Payment(to, amount))\n"

Edits = Mapping[str, str]
Edited = Callable[..., bytes]

counts: dict[str, int] = {}
"""How many cases each canister had, for the test that adds them up."""


@pytest.fixture(scope="session")
def edited(build_canister: CanisterBuilder, write_project: WriteProject) -> Edited:
    """Build the project in a folder as a next version: with some of its source replaced."""

    def build(folder: Path, edits: Edits, retire: Collection[str] = ()) -> bytes:
        source = (folder / "canister.py").read_text()
        for old, new in edits.items():
            assert old in source, old
            source = source.replace(old, new)
        lock = (folder / "scm.lock").read_text()
        return build_canister(write_project(source, lock, folder.name), retire=retire)

    return build


@pytest.fixture(scope="session")
def vault(build_canister: CanisterBuilder) -> dict[str, bytes]:
    """The third version has given up handlers; the fourth rejects who waits for one of them."""
    folder = REPOSITORY / "examples" / "vault"
    third = folder / "versions" / "v3"
    return {
        "v1": build_canister(folder / "versions" / "v1"),
        "v2": build_canister(folder),
        "v3": build_canister(third, retire={"paid", "covered"}),
        "closed": build_canister(third, retire={f"paid={CLOSED}", f"covered={CLOSED}"}),
    }


@pytest.fixture(scope="session")
def wallet(build_canister: CanisterBuilder, edited: Edited) -> dict[str, bytes]:
    """The second version keeps a new field and puts more into its contexts."""
    folder = REPOSITORY / "examples" / "wallet"
    edits = {
        "    paid: nat = 0\n": "    paid: nat = 0\n    payments: nat = 0\n",
        "    amount: nat\n    fee: nat\n\n\n@init": (
            "    amount: nat\n    fee: nat\n    memo: text | None = None\n\n\n@init"
        ),
        "            wallet.paid += payment.amount\n": (
            "            wallet.paid += payment.amount\n            wallet.payments += 1\n"
        ),
    }
    return {"v1": build_canister(folder), "v2": edited(folder, edits)}


@pytest.fixture(scope="session")
def rescue(build_canister: CanisterBuilder, edited: Edited) -> dict[str, bytes]:
    """The second version has a method and a handler before the others, and another handler's name
    changed."""
    edits = {
        "\n@update\ndef lock(": NEW_METHOD,
        "    owner: text\n": "    owner: text\n    note: text | None = None\n",
        "@on_response(valid_for=60, on_trap=give_up)\ndef hurried": (
            '@on_response(valid_for=60, formerly=("hurried",))\ndef done'
        ),
        ".then(hurried)": ".then(done)",
    }
    return {"v1": build_canister(RESCUE), "v2": edited(RESCUE, edits)}


@pytest.fixture(scope="session")
def shop(build_canister: CanisterBuilder, edited: Edited) -> dict[str, bytes]:
    """The owner of a proxy.

    The second version has a new field and puts more into its contexts; `v3` and `closed` have given
    the handler up, and the last one tells those who wait for it.
    """
    edits = {
        "    book: tuple[text, ...] = ()\n": (
            "    book: tuple[text, ...] = ()\n    payments: nat = 0\n"
        ),
        "    amount: nat\n\n\n@init": "    amount: nat\n    memo: text | None = None\n\n\n@init",
        "    shop.book = (*shop.book, line)\n": (
            "    shop.payments += 1\n    shop.book = (*shop.book, line)\n"
        ),
    }
    source = (OWNER / "canister.py").read_text()
    handler = source[source.index("@on_response") : source.index("@query")]
    gone = {CALL: "", handler: ""}
    return {
        "v1": build_canister(OWNER),
        "v2": edited(OWNER, edits),
        "v3": edited(OWNER, gone, {"paid"}),
        "closed": edited(OWNER, gone, {f"paid={CLOSED}"}),
    }


def repair(_replica: Replica, rescue: CanisterHandle) -> None:
    rescue.repair()


def handled_once(_replica: Replica, rescue: CanisterHandle) -> None:
    (_, log) = cast(tuple[str, list[str]], rescue.look())
    assert len(log) == len(set(log)), log


def paid_once(_replica: Replica, vault: CanisterHandle) -> None:
    assert vault.payouts() in (0, 1)


def booked_once(_replica: Replica, shop: CanisterHandle) -> None:
    assert len(cast(list[str], shop.book())) <= 1


def counted(name: str, report: Report, capsys: pytest.CaptureFixture[str]) -> Report:
    counts[name] = len(report.cases)
    with capsys.disabled():
        print(f"\n{name}: {report}")
    return report


def test_vault_answers_every_call_once(replica, vault, capsys):
    report = counted("vault", explore(replica, vault, MatrixOptions(check=paid_once)), capsys)
    report.check()
    # What a version has not, it refuses to take over, and nothing else.
    gone = {("paid", "v3"), ("covered", "v3"), ("audited", "v1"), ("covered", "v1")}
    refused = {(case.site.handler, name) for case in report.cases for name in case.refused}
    assert refused == gone
    for refusal in report.refusals:
        assert f"response handler `{refusal.site.handler}`, which the new code" in refusal.reason
    assert not any(case.note for case in report.cases)


def test_wallet_answers_every_call_once(replica, wallet, capsys):
    report = counted("wallet", explore(replica, wallet), capsys)
    report.check()
    again = Site("transferred", "Icrc1.icrc1_transfer", "transferred")
    assert {case.path[0] for case in report.cases if case.site == again} == {"v1", "v2"}
    assert report.refusals == ()


def test_calls_that_go_wrong_are_answered_once(replica, rescue, capsys):
    # The word makes the handler go on to another call.
    peer = replica.create_canister()
    words = {"weigh_kept": [(peer, "word"), (peer, "again")]}
    options = MatrixOptions(set_scene=repair, check=handled_once, arguments=words, principal=peer)
    report = counted("rescue", explore(replica, rescue, options), capsys)
    report.check()
    assert not any(case.note for case in report.cases)
    # The old code knows neither the new handler nor the new name, but for calls of its own.
    refused = {(case.site.handler, name) for case in report.cases for name in case.refused}
    assert refused == {(handler, "v1") for handler in ("asked", "done")}
    outcomes = {case.outcome for case in report.cases}
    assert {
        "too late",
        "unknown, lost",
        "trap and trap in cleanup",
        "trap apart, run again",
    } <= outcomes


def test_a_handler_that_always_traps_is_no_failure_but_is_told(replica, rescue, capsys):
    report = counted("broken", explore(replica, rescue, MatrixOptions(only="lock >")), capsys)
    assert report.failures == ()
    assert {case.site.entry for case in report.cases} == {"lock"}
    assert {"RuntimeError: broken" in case.note for case in report.cases if case.note} == {True}
    assert all(case.note for case in report.cases if case.outcome in ("reply", "reject"))


# Calls through a proxy.

PAY = Site("pay", "Ledger.transfer", "paid", is_proxied=True)
TAKE_IN_VAIN = Site("ask_in_vain", "Till.take", "taken", is_proxied=True)


def test_shop_hears_of_every_call_through_its_proxy_once(replica, shop, capsys):
    versions = {name: shop[name] for name in ("v1", "v2")}
    report = counted("shop", explore(replica, versions, MatrixOptions(check=booked_once)), capsys)
    report.check()
    assert {case.site for case in report.cases} == {PAY}
    assert (report.refusals, [case for case in report.cases if case.note]) == ((), [])
    moments = {case.outcome.partition(": ")[0] for case in report.cases}
    assert moments == {moment.name for moment in PROXIED_MOMENTS}


def test_calls_through_a_proxy_outlive_their_handlers(replica, shop, capsys):
    versions = {name: shop[name] for name in ("v1", "v3", "closed")}
    report = counted("shop that closes", explore(replica, versions), capsys)
    report.check()
    assert {name for case in report.cases for name in case.refused} == {"v3"}
    assert not any(case.note for case in report.cases)


def test_handlers_go_on_through_a_proxy_and_from_one(replica, desk_wasm, capsys):
    report = counted("desk", explore(replica, {"v1": desk_wasm}), capsys)
    assert report.failures == ()
    late = {case.site.handler for case in report.cases if "too late" in case.outcome}
    assert late == {"hurried"}
    sites = {str(case.site) for case in report.cases}
    assert {
        "once > Till.take by proxy > taken",
        "waited > Till.take > taken_directly",
        "ask_raw > raw call by proxy > raw",
    } <= sites
    # That one always changes its mind.
    assert report.unreached == (("v1", TAKE_IN_VAIN),)


def test_proxy_loses_no_call_of_its_owners(replica, proxy_wasm, edited, capsys):
    # The second version has a new field of the state, and one of what it keeps of each request.
    edits = {
        "    calling: nat = 0\n": "    calling: nat = 0\n    served: nat = 0\n",
        '    error: text = ""\n': '    error: text = ""\n    note: text | None = None\n',
        "            del proxy.requests[": (
            "            proxy.served += 1\n            del proxy.requests["
        ),
    }
    versions = {"v1": proxy_wasm, "v2": edited(OWNER.parent, edits)}
    owner, callee = Principal.anonymous(), replica.create_canister()
    calls = {"forward": [(1, callee, "take", b"DIDL\0\0", 30)]}
    options = MatrixOptions(init=[[owner]], arguments=calls, principal=callee)
    report = counted("proxy", explore(replica, versions, options), capsys)
    report.check()
    assert {str(case.site) for case in report.cases} == {
        "work > raw call > answered",
        "work > Owner.scm_proxied > delivered",
    }
    assert not any(case.note for case in report.cases)


def test_there_are_many_cases(capsys):
    if len(counts) < 8:
        pytest.skip("the tests that count were not all run")
    total = sum(counts.values())
    with capsys.disabled():
        print(f"\nin-flight matrix: {total} cases")
    assert total >= CASES_MIN


# What is wrong is noticed.


@pytest.fixture(scope="session")
def unpinned(build_canister: CanisterBuilder) -> dict[str, bytes]:
    folder = REPOSITORY / "examples" / "vault"
    paths = {"v1": folder / "versions" / "v1", "v2": folder}
    return {name: build_canister(path, pin=False) for name, path in paths.items()}


def test_callbacks_that_move_are_noticed(replica, unpinned):
    report = explore(replica, unpinned)
    assert len(report.failures) == len(report.cases) > 0
    with pytest.raises(MatrixError, match=r"pay > Ledger.transfer > paid: v1 -> v2: reply\n"):
        report.check()


def test_what_a_check_of_the_users_finds_fails_the_case(replica, vault):
    def nothing_is_paid(_replica: Replica, vault: CanisterHandle) -> None:
        assert vault.payouts() == 0

    options = MatrixOptions(check=nothing_is_paid, only="paid: v1 -> v2: re")
    report = explore(replica, vault, options)
    assert [case.outcome for case in report.failures] == ["reply"]
    assert str(report.failures[0]) == "pay > Ledger.transfer > paid: v1 -> v2: reply"


def test_a_site_that_is_not_reached_is_told(replica, vault, customer):
    # No balance covers it, so `covered` never pays.
    options = MatrixOptions(arguments={"pay_if_covered": [(customer, 2**100)]})
    report = explore(replica, {"v2": vault["v2"]}, options)
    assert report.failures == ()
    assert report.unreached == (("v2", Site("covered", "Ledger.transfer", "paid")),)
    with pytest.raises(MatrixError, match=r"v2: covered > Ledger.transfer > paid\n    no call"):
        report.check()


def test_the_replica_of_the_test_stays_as_it_is(replica, vault):
    before = len(replica.trace)
    matrix = Matrix(replica, {"v1": vault["v1"]})
    cases: Iterator[object] = matrix.cases()
    assert str(next(cases)) == "pay > Ledger.transfer > paid: v1 -> v1: reply"
    assert (len(replica.trace), replica.holds) == (before, ())


def test_modules_of_others_have_no_matrix(replica):
    with pytest.raises(ReplicaUsageError, match="version `v1` was not built by scm"):
        explore(replica, {"v1": WatCanister().build()})
    with pytest.raises(ReplicaUsageError, match="needs one version"):
        explore(replica, {})
