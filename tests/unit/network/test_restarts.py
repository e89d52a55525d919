"""What a network knows after it has ended, in whatever way."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import define, evolve
from tests.unit.network.scene import MINUTE_NS, Scene, caller_module, counter_module, number

from scm.model import Principal
from scm.network import checkpoints
from scm.network.core import Core, open_core
from scm.network.journal_health import RETRY_NS
from scm.network.state_directory import StateDirectory
from scm.replica.state import Delivery
from scm.wire.envelopes import request_id_of


def reopened(folder: Path, copy: Path) -> Core:
    """What a network would know that was started with a copy of the folder as it is now."""
    shutil.copytree(folder, copy)
    directory = StateDirectory(copy)
    core = open_core(directory, 0, None)
    directory.close()
    return core


def summary(core: Core) -> dict[str, Any]:
    """All that counts of a state."""
    signed_at_ns, core.tree.time_ns = core.tree.time_ns, core.state.time_ns
    certified = core.tree.digest
    core.tree.time_ns = signed_at_ns
    return {
        "certified": certified,
        "time": core.state.time_ns,
        "next": core.state.next_id,
        "random": core.state.random.getstate(),
        "canisters": {
            name: (view.status, view.version, view.cycles, view.logs, view.global_timer_ns)
            for name in core.state.canisters
            for view in [core.replica.canister(name)]
        },
        "heaps": [item.code and item.code.heap.image() for item in core.state.canisters.values()],
        "pending": [core.state.contexts, core.state.callbacks, list(core.state.canister_queue)],
        "requests": core.state.ingress,
    }


def check_copy(scene: Scene, folder: Path, copy: Path) -> None:
    """A network that was killed now would know all that this one does."""
    found = scene.worker.run(lambda core: (summary(core), summary(reopened(folder, copy))))
    assert found[0] == found[1]


def test_state_after_a_crash_at_any_moment_is_the_state_before(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with Scene.start(folder) as scene:
        counter = scene.install(counter_module(has_heartbeat=True))
        caller = scene.install(caller_module(counter, "add"))
        for method in ("add", "fail", "later", "log", "refuse", "whoami"):
            scene.call(counter, method)
            scene.call(caller, "go")
            scene.clock.now_ns += 7 * 10**9
            scene.settle()
            check_copy(scene, folder, tmp_path / method)


def test_answers_are_known_after_a_crash(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with Scene.start(folder) as scene:
        counter = scene.install(counter_module())
        content = scene.content(counter, "add")
        scene.send(content)
        clock = scene.clock
        shutil.copytree(folder, tmp_path / "copy")
    with Scene.start(tmp_path / "copy", clock) as scene:
        again = scene.send(content)
        status = scene.status_in(again.fields["certificate"], request_id_of(content))
        assert status["reply"] == number(1)
        assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)
        assert scene.call(counter, "add")["reply"] == number(2)


@pytest.mark.parametrize("is_clean", [True, False])
def test_call_in_flight_is_answered_after_a_restart(tmp_path: Path, is_clean: bool) -> None:
    folder = tmp_path / "state"
    scene = Scene.start(folder)
    counter = scene.install(counter_module())
    caller = scene.install(caller_module(counter, "add"))

    def is_reply(delivery: Delivery) -> bool:
        return delivery.kind == "response"

    # As if the callee took its time; a hold is not kept, so what it holds must be let go.
    hold = scene.worker.run(lambda core: core.replica.hold(is_reply))
    content = scene.content(caller, "go")
    assert scene.send(content, version="v2").status == 202
    if not is_clean:
        shutil.copytree(folder, tmp_path / "copy")
        folder = tmp_path / "copy"
    scene.worker.run(lambda core: hold.close())
    clock = scene.clock
    scene.stop()
    with Scene.start(folder, clock) as scene:
        clock.now_ns += 10**9
        scene.settle()
        found = scene.read(caller, (b"request_status", request_id_of(content)))
        status = scene.status_in(found.fields["certificate"], request_id_of(content))
        assert status == {"status": b"replied", "reply": number(1)}


def test_timer_that_was_due_while_it_was_off_fires(tmp_path: Path) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module())
        scene.call(counter, "later")
        clock = scene.clock
    clock.now_ns += MINUTE_NS
    with Scene.start(tmp_path / "state", clock) as scene:
        scene.settle()
        assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)


@define
class SlowThread:
    """A thread that runs when the test lets it."""

    target: Callable[..., None]
    args: tuple[Any, ...]
    name: str
    waiting: ClassVar[list[SlowThread]] = []

    def start(self) -> None:
        self.waiting.append(self)

    def is_alive(self) -> bool:
        return self in self.waiting

    def join(self) -> None:
        if self.is_alive():
            self.waiting.remove(self)
            self.target(*self.args)


def test_checkpoint_while_rounds_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "JOURNAL_BYTES_MAX", 1)
    monkeypatch.setattr(checkpoints, "Thread", SlowThread)
    folder = tmp_path / "state"
    with Scene.start(folder) as scene:
        counter = scene.install(counter_module())
        for expected in range(1, 20):
            assert scene.call(counter, "add")["reply"] == number(expected)
            check_copy(scene, folder, tmp_path / f"before-{expected}")
            if expected % 4 == 0:
                SlowThread.waiting[0].join()
                check_copy(scene, folder, tmp_path / f"after-{expected}")
        assert len(list(folder.glob("checkpoint-*"))) == 1
    assert len(list(folder.glob("checkpoint-*"))) == 1
    assert not (folder / "checkpoint-00000000.zip").exists()
    with Scene.start(folder, scene.clock) as scene:
        assert scene.call(counter, "add")["reply"] == number(20)


def test_clean_stop_leaves_one_checkpoint_and_an_empty_journal(tmp_path: Path) -> None:
    with Scene.start(tmp_path / "state") as scene:
        scene.install(counter_module())
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "state").glob("journal*")}
    assert list(sizes.values()) == [14]
    before = sorted(path.name for path in (tmp_path / "state").iterdir())
    with Scene.start(tmp_path / "state", scene.clock) as scene:
        pass
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == before


def test_statuses_are_forgotten_in_time(tmp_path: Path) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module())
        first = scene.content(counter, "add")
        scene.send(first)
        kept = scene.worker.run(lambda core: len(core.state.ingress))
        scene.clock.now_ns += 4 * MINUTE_NS
        scene.call(counter, "add")
        assert scene.worker.run(lambda core: len(core.state.ingress)) == kept + 1
        # The request could not come again: its expiry has passed.
        scene.clock.now_ns += 2 * MINUTE_NS
        scene.call(counter, "add")
        assert scene.worker.run(lambda core: len(core.state.ingress)) == 2
        assert scene.send(first).status == 400
        late = evolve(first, ingress_expiry_ns=first.ingress_expiry_ns + 5 * MINUTE_NS)
        assert scene.send(late).status == 200  # Another request, with an id of its own.


def test_full_disk_refuses_calls_and_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module())
        with monkeypatch.context() as patched:
            patched.setattr("os.fdatasync", _full)
            refused = scene.send(scene.content(counter, "add"))
            assert refused.status == 503
            assert refused.text == "the journal can't be written: the disk is full"
            assert scene.query(counter, "read").status == 200
            assert scene.send(scene.content(counter, "add")).status == 503
            health = scene.ask("GET", "/api/v2/status").fields
            assert health["replica_health_status"] == "refusing_calls"
            assert health["replica_health_reason"] == refused.text
        assert scene.heard == [
            "the journal can't be written: the disk is full; nothing is lost; calls are refused"
            " (503) until it can be written again"
        ]
        assert scene.call(counter, "add")["reply"] == number(1)
        scene.clock.now_ns += RETRY_NS
        scene.settle()
        assert scene.heard[1:] == ["the journal can be written again: calls are taken"]
        assert scene.ask("GET", "/api/v2/status").fields["replica_health_status"] == "healthy"
    with Scene.start(tmp_path / "state") as scene:
        assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)


def test_full_disk_is_tried_now_and_then_for_what_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def full(*_arguments: object) -> None:
        tries.append(1)
        _full()

    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module())
        scene.call(counter, "later")
        with monkeypatch.context() as patched:
            patched.setattr("os.fdatasync", full)
            scene.clock.now_ns += 11 * 10**9
            for _ in range(5):
                scene.settle()
            assert len(tries) == 1
            scene.clock.now_ns += RETRY_NS
            for _ in range(5):
                scene.settle()
            assert len(tries) == 2
        assert len(scene.heard) == 1
        scene.clock.now_ns -= 3600 * 10**9  # Put back: it is not waited for an hour.
        scene.settle()
        scene.clock.now_ns += 3601 * 10**9
        scene.settle()
        assert len(scene.heard) == 2
        assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)


def test_full_disk_at_the_end_is_told_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("new_journal", "save"):
        with Scene.start(tmp_path / "state") as scene:
            counter = scene.install(counter_module())
            scene.call(counter, "add")
            with monkeypatch.context() as patched:
                patched.setattr(StateDirectory, place, _full)
                scene.worker.stop()
        assert scene.heard == [
            "no checkpoint could be written: the disk is full; nothing is lost: the journal has"
            " all, and the next start runs it again"
        ]
        with Scene.start(tmp_path / "state") as scene:
            assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)


def test_full_disk_at_a_checkpoint_is_told_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module())
        with monkeypatch.context() as patched:
            patched.setattr(checkpoints, "JOURNAL_BYTES_MAX", 1)
            patched.setattr(StateDirectory, "new_journal", _full)
            scene.call(counter, "add")
        assert scene.call(counter, "add")["reply"] == number(2)
        assert scene.heard == [
            "a new journal can't be begun: the disk is full; the old one goes on"
        ]


def test_full_disk_in_a_round_ends_the_network_and_is_no_matter_of_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module())
        with monkeypatch.context() as patched:
            patched.setattr(Core, "_apply", _full)
            refused = scene.send(scene.content(counter, "add"))
            assert (refused.status, "the disk is full" in refused.text) == (503, True)
            assert "journal" not in refused.text
        assert scene.send(scene.content(counter, "add")).status == 503
    with Scene.start(tmp_path / "state") as scene:  # The call was in the journal.
        assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)


def _full(*_arguments: object) -> None:
    raise OSError("the disk is full")


def test_clock_that_is_put_back_delays_nothing(tmp_path: Path) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module(has_heartbeat=True))
        scene.clock.now_ns -= 3600 * 10**9
        scene.settle()
        scene.clock.now_ns += 10**9
        scene.settle()
        assert scene.call(counter, "add")["reply"] == number(2)


def test_heartbeats(tmp_path: Path) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module(has_heartbeat=True))
        for _ in range(3):
            scene.clock.now_ns += 10**9
            scene.settle()
            scene.settle()  # Not twice in a second.
        assert scene.query(counter, "read").fields["reply"]["arg"] == number(3)


def test_canister_that_never_ends_starves_nobody(tmp_path: Path) -> None:
    with Scene.start(tmp_path / "state") as scene:
        counter = scene.install(counter_module())
        endless = scene.install(caller_module(Principal(b"\0" * 7 + b"\1\1\1"), "go"))
        assert endless == Principal(b"\0" * 7 + b"\1\1\1")
        scene.send(scene.content(endless, "go"), version="v2")
        assert scene.call(counter, "add")["reply"] == number(1)
