"""Methods and handlers that mypyc can't compile work like all others, over an upgrade, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler.builds import BuildOptions
from scm.compiler.pipeline import build
from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1] / "cases" / "canisters" / "mixed"


@pytest.fixture
def mixed(replica, build_canister):
    return install_canister(replica, build_canister(PROJECT))


def test_the_build_tells_what_is_interpreted(tmp_path):
    notes: list[str] = []
    build(PROJECT, BuildOptions(output=tmp_path), lambda report: notes.extend(report.notes))
    names = [note.split("`")[1] for note in notes]
    assert names == [f"canister.{name}" for name in ("ask", "got", "ring", "twice")]
    assert "Nested class definitions not supported" in notes[1]


def test_an_interpreted_handler_gets_its_response(mixed):
    assert mixed.ask(5) == "local 5 10 5"


def test_a_response_in_flight_reaches_it_after_an_upgrade(mixed, replica, build_canister):
    with replica.hold(lambda delivery: True):
        ticket = mixed.submit("ask", 9)
        replica.run_until_idle()
        replica.install(mixed.canister_id, build_canister(PROJECT), mode="upgrade")
    assert ticket.result() == "local 9 18 9"


def test_an_interpreted_timer_fires(mixed, replica):
    mixed.later()
    replica.advance_time(10)
    replica.run_until_idle()
    assert mixed.seen() == 101
