"""Upgrades from the page that come to nothing: what is told."""

from __future__ import annotations

import threading
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from attrs import frozen
from tests.unit.network.scene import Scene, counter_module

from scm.model import Principal
from scm.page.upgrades import BusyError, PageProject, Upgrades


@frozen
class Desk:
    """A canister with a project, whose builds wait for a lock."""

    scene: Scene
    upgrades: Upgrades
    canister_id: Principal
    source: Path
    build_lock: Lock

    def finish(self) -> dict[str, Any]:
        for thread in threading.enumerate():
            if thread.name == "scm-page-upgrade":
                thread.join()
        return self.now()

    def now(self) -> dict[str, Any]:
        found = self.scene.worker.run(lambda core: self.upgrades.describe(core, 0))
        assert found is not None
        return found


@pytest.fixture
def desk(scene: Scene, tmp_path: Path) -> Desk:
    canister_id = scene.install(counter_module())
    folder = tmp_path / "project"
    folder.mkdir()
    project = PageProject("counter", folder, lambda: canister_id)
    lock = Lock()
    upgrades = Upgrades(scene.worker, Principal.anonymous(), [project], lock)
    return Desk(scene, upgrades, canister_id, folder / "canister.py", lock)


def test_mistakes_in_the_source_are_told_with_their_places(desk: Desk) -> None:
    desk.source.write_text("from scm import update\n\n\n@update\ndef go(x) -> None: ...\n")
    desk.upgrades.start(desk.canister_id)
    found = desk.finish()
    assert found["stage"] == "failed"
    last = found["problems"][-1]
    assert last["place"] == "canister.py:5:8"
    assert "has no type" in last["message"]
    desk.upgrades.dismiss()
    assert desk.scene.worker.run(lambda core: desk.upgrades.describe(core, 0)) is None


def test_project_that_is_gone_is_told(desk: Desk) -> None:
    desk.source.parent.rmdir()
    desk.upgrades.start(desk.canister_id)
    found = desk.finish()
    assert found["stage"] == "failed"
    assert "project" in found["problems"][0]["message"]


def test_one_upgrade_at_a_time(desk: Desk) -> None:
    desk.source.write_text("x = (")
    with desk.build_lock:
        desk.upgrades.start(desk.canister_id)
        for act in (lambda: desk.upgrades.start(desk.canister_id), desk.upgrades.dismiss):
            with pytest.raises(BusyError):
                act()
        assert desk.now()["stage"] == "building"
    assert desk.finish()["stage"] == "failed"
    with pytest.raises(LookupError, match="no upgrade is planned"):
        desk.upgrades.install()
    with pytest.raises(LookupError, match="of no project"):
        desk.upgrades.start(Principal.anonymous())
