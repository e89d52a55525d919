"""Calls that wait over several upgrades: the install check knows with what interface each was made.

Each step of such a chain is safe for the calls of the version before; that says nothing of calls
that are older still.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

import pytest
from attrs import frozen
from tests.canisters.conftest import WriteProject

from scm.compiler.builds import BuildOptions
from scm.compiler.pipeline import build
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.holds import Hold
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle, RejectError, Ticket
from scm.testing.pending_calls import answer_call, pending_calls
from scm.testing.state import check_state
from scm.testing.timers import read_timers

pytestmark = pytest.mark.toolchain

NOTHING_LEFT = CallCounts(waiting=0, failed=0, orphans=0)

SOURCE = """
from scm import (
    Method, Pending, Principal, Response, Service,
    ic, nat, on_response, on_timer, query, record, state, text, update,
)


@state
class Works:
    done: nat = 0
    reminded: text = ""


@record
class Job:
    name: text
{field}

class Helper(Service):
    help: Method[[], nat]


@update
def work(works: Works, helper: Principal, name: text) -> Pending[text]:
    return Helper(helper).help().then(worked, Job(name{value}))


@on_response
def worked(works: Works, job: Job, response: Response[nat]) -> text:
    if job.name == "trap":
        raise ValueError("the handler is broken")
    works.done += 1
    return f"{{job.name}}: {shown}"


@update
def remind_me(works: Works, name: text) -> None:
    ic.set_timer(remind, Job(name{value}), after=60)


@on_timer
def remind(works: Works, job: Job) -> None:
    works.reminded = f"{{job.name}}: {shown}"


@query
def reminded(works: Works) -> text:
    return works.reminded
"""

TOGETHER = """
from scm import Method, Pending, Principal, Response, Service, join, nat, state, text, update
from scm import Reply, on_response


@state
class Works:
    done: nat = 0


class Helper(Service):
    help: Method[[], nat]


@update
def work(works: Works, helper: Principal) -> Pending[text]:
    return join([Helper(helper).help() for _ in range(3)]).then(worked)


@on_response
def worked(works: Works, responses: list[Response[nat]]) -> text:
    return " ".join("reply" if isinstance(item, Reply) else "other" for item in responses)
"""

ECHO = """
from scm import nat, state, update


@state
class Nothing:
    pass


@update
def help(nothing: Nothing) -> nat:
    return 1
"""


def source_of(field: str = "", value: str = "", shown: str = "-") -> str:
    return SOURCE.format(
        field=f"    {field}\n" if field else "",
        value=f", {value}" if value else "",
        shown=shown,
    )


@frozen
class Scene:
    """A canister whose calls are answered when the test says so."""

    replica: Replica
    works: CanisterHandle
    helper: Principal
    hold: Hold

    def begin(self, name: str) -> Ticket:
        ticket = self.works.submit("work", self.helper, name)
        self.replica.run_until_idle()
        return ticket

    def upgrade(self, wasm: bytes) -> None:
        self.replica.install(self.works.canister_id, wasm, mode="upgrade")
        check_state(self.replica, self.works.canister_id)

    def counts(self) -> CallCounts:
        return read_call_counts(self.replica, self.works.canister_id)


@pytest.fixture(scope="session")
def versions(build_canister: CanisterBuilder, write_project: WriteProject) -> Mapping[str, bytes]:
    """A field of the context comes, goes, and comes back with another type."""
    sources = {
        "numbered": source_of("note: nat | None", "7", "{job.note}"),
        "plain": source_of(),
        "noted": source_of("note: text | None", '"hi"', "{job.note}"),
        "helper": ECHO,
    }
    return {name: build_canister(write_project(source)) for name, source in sources.items()}


@pytest.fixture
def scene(replica: Replica, versions: Mapping[str, bytes]) -> Iterator[Scene]:
    helper = install_canister(replica, versions["helper"])
    works = install_canister(replica, versions["numbered"])
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE) as hold:
        yield Scene(replica, works, helper.canister_id, hold)


def test_a_call_from_before_the_last_upgrade_is_not_misread(
    scene: Scene, versions: Mapping[str, bytes]
) -> None:
    oldest = scene.begin("oldest")
    scene.upgrade(versions["plain"])
    newer = scene.begin("newer")
    with pytest.raises(
        InstallError, match=r"1 call waits for response handler `worked`.*context.*note"
    ):
        scene.upgrade(versions["noted"])
    scene.hold.release()
    assert oldest.result() == "oldest: -"
    assert newer.result() == "newer: -"
    assert scene.counts() == NOTHING_LEFT


def test_once_the_old_calls_are_answered_the_newer_ones_are_no_obstacle(
    scene: Scene, versions: Mapping[str, bytes]
) -> None:
    oldest = scene.begin("oldest")
    scene.upgrade(versions["plain"])
    newer = scene.begin("newer")
    scene.hold.release_one(0)
    assert oldest.result() == "oldest: -"
    scene.upgrade(versions["noted"])
    newest = scene.begin("newest")
    scene.hold.release()
    assert newer.result() == "newer: None"
    assert newest.result() == "newest: hi"
    assert scene.counts() == NOTHING_LEFT


def test_many_upgrades_with_calls_always_waiting_keep_what_is_in_use(
    scene: Scene, versions: Mapping[str, bytes]
) -> None:
    scene.begin("first")
    for _ in range(20):  # Twice as many changes as are kept uncounted, and a few.
        scene.upgrade(versions["plain"])
        scene.begin("plain")
        scene.hold.release_one(0)
        scene.replica.run_until_idle()
        scene.upgrade(versions["numbered"])
        scene.begin("numbered")
        scene.hold.release_one(0)
        scene.replica.run_until_idle()
    scene.upgrade(versions["plain"])
    with pytest.raises(InstallError, match="1 call waits for response handler `worked`"):
        scene.upgrade(versions["noted"])
    scene.hold.release()
    scene.replica.run_until_idle()
    assert scene.counts() == NOTHING_LEFT
    scene.upgrade(versions["noted"])


def test_call_from_before_a_rollback_is_still_what_it_was(
    scene: Scene, versions: Mapping[str, bytes]
) -> None:
    oldest = scene.begin("oldest")
    scene.upgrade(versions["plain"])
    scene.upgrade(versions["numbered"])
    scene.upgrade(versions["numbered"])
    with pytest.raises(InstallError, match="1 call waits for response handler `worked`"):
        scene.upgrade(versions["noted"])
    scene.upgrade(versions["numbered"])
    scene.hold.release()
    assert oldest.result() == "oldest: 7"


def test_failed_call_is_not_misread_either(scene: Scene, versions: Mapping[str, bytes]) -> None:
    ticket = scene.begin("trap")
    scene.hold.release()
    with pytest.raises(RejectError, match="the handler is broken"):
        ticket.result()
    scene.upgrade(versions["plain"])
    scene.upgrade(versions["noted"])
    replica, works = scene.replica, scene.works.canister_id
    (call,) = pending_calls(replica, works)
    with pytest.raises(RejectError, match=r"whose context changed: .*note.*or discard the call"):
        answer_call(replica, works, call.id)
    scene.upgrade(versions["plain"])
    with pytest.raises(RejectError, match="the handler is broken"):
        answer_call(replica, works, call.id)


def test_timer_from_before_the_last_upgrade_is_not_misread(
    scene: Scene, versions: Mapping[str, bytes]
) -> None:
    scene.works.remind_me("oldest")
    scene.upgrade(versions["plain"])
    with pytest.raises(InstallError, match="there is 1 timer for timer handler `remind`"):
        scene.upgrade(versions["noted"])
    scene.works.remind_me("newer")
    scene.upgrade(versions["plain"])
    scene.upgrade(versions["numbered"])
    scene.replica.advance_time(60)
    scene.hold.close()
    scene.replica.run_until_idle()
    assert scene.works.reminded() == "newer: None"
    assert read_timers(scene.replica, scene.works.canister_id) == []


def test_timers_of_each_type_go_on_under_names_of_their_own(
    scene: Scene, versions: Mapping[str, bytes]
) -> None:
    scene.works.remind_me("numbered")
    for name in ("plain", "numbered", "plain"):
        scene.upgrade(versions[name])
        scene.works.remind_me(name)
    scene.hold.close()
    scene.replica.advance_time(60)
    scene.replica.run_until_idle()
    assert read_timers(scene.replica, scene.works.canister_id) == []
    scene.upgrade(versions["noted"])
    scene.works.remind_me("noted")
    scene.replica.advance_time(60)
    scene.replica.run_until_idle()
    assert scene.works.reminded() == "noted: hi"


def test_join_goes_on_whole_if_its_handler_was_away_for_a_while(
    replica: Replica,
    versions: Mapping[str, bytes],
    build_canister: CanisterBuilder,
    write_project: WriteProject,
) -> None:
    here = write_project(TOGETHER)
    build(here, BuildOptions(), lambda report: None)
    gone = write_project(ECHO, (here / "scm.lock").read_text())
    works = install_canister(replica, build_canister(write_project(TOGETHER)))
    helper = install_canister(replica, versions["helper"])
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE) as hold:
        waiting = works.submit("work", helper.canister_id)
        replica.run_until_idle()
        hold.release_one(0)
        replica.run_until_idle()
        away = build_canister(gone, retire={"worked=closed"})
        replica.install(works.canister_id, away, mode="upgrade")
        hold.release_one(0)
        replica.run_until_idle()
        back = build_canister(write_project(TOGETHER))
        replica.install(works.canister_id, back, mode="upgrade")
    assert waiting.result() == "reply reply reply"
    assert read_call_counts(replica, works.canister_id) == NOTHING_LEFT


CLASH = frozenset({"numbered", "noted"})
"""The versions whose contexts have a field of the same name with types that don't fit."""

SHOWN = {
    ("numbered", "numbered"): "7",
    ("noted", "noted"): "hi",
    ("plain", "numbered"): "None",
    ("plain", "noted"): "None",
}
"""What a handler of a version (the second) sees of a context from another (the first)."""


@pytest.mark.parametrize("seed", range(12))
def test_any_history_of_upgrades_is_accepted_if_all_that_waits_can_be_read(
    scene: Scene, versions: Mapping[str, bytes], seed: int
) -> None:
    """The rule, by itself: a version clashes with what waits from the other one of `CLASH`."""
    random = Random(seed)
    current = "numbered"
    waiting: list[tuple[str, Ticket]] = []
    failed = 0
    refused = accepted = 0
    for step in range(60):
        match random.choice(("begin", "begin", "answer", "answer", "fail", "upgrade", "upgrade")):
            case "begin":
                waiting.append((current, scene.begin(f"job {step}")))
            case "answer" if waiting:
                index = random.randrange(len(waiting))
                made, ticket = waiting.pop(index)
                scene.hold.release_one(index)
                scene.replica.run_until_idle()
                assert str(ticket.result()).partition(": ")[2] == SHOWN.get((made, current), "-")
            case "fail":
                ticket = scene.begin("trap")
                scene.hold.release_one(len(waiting))
                with pytest.raises(RejectError, match="the handler is broken"):
                    ticket.result()
                failed += 1
            case "upgrade":
                wanted = random.choice(("numbered", "plain", "noted"))
                if any({made, wanted} == CLASH for made, _ in waiting):
                    with pytest.raises(InstallError, match="for response handler `worked`"):
                        scene.upgrade(versions[wanted])
                    refused += 1
                else:
                    scene.upgrade(versions[wanted])
                    current = wanted
                    accepted += 1
    assert refused
    assert accepted
    assert scene.counts() == CallCounts(waiting=len(waiting), failed=failed, orphans=0)
