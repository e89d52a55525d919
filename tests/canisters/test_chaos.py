"""Random histories of a canister over its versions: no answer is lost, doubled or misrouted."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.canisters.chaos_history import ChaosHistory
from tests.canisters.conftest import REPOSITORY, WriteProject

from scm.replica.replica import Replica
from scm.testing.building import CanisterBuilder, compiled_modules_folder

pytestmark = pytest.mark.toolchain

CHAOS = REPOSITORY / "tests" / "cases" / "canisters" / "chaos"
EXPECTED = (
    *("answers", "alarm", "cancel", "reinstall", "load", "upgrade", "rescue", "mend"),
    *("refused while stopping or stopped", "run again, and mended"),
    *("through the proxy, done", "through the proxy, refused", "through the proxy, unknown"),
    *("upgrade_proxy", "rescue_proxied"),
)

NEW_METHOD = """
@update
def ask(chaos: Chaos, peer: Principal, number: nat64) -> Pending[text]:
    return Peer(peer).execute(number, 0).then(asked)


@on_response
def asked(chaos: Chaos, response: Response[Receipt]) -> text:
    return "asked"


@update
def single("""

SECOND = {
    "    handled: nat64 = 0\n": "    handled: nat64 = 0\n    asked: nat64 = 0\n",
    "class Order:\n    kind: text\n    number: nat64\n": (
        "class Order:\n    note: text | None\n    kind: text\n    number: nat64\n"
    ),
    "    return Order(kind, number)\n": '    return Order("second", kind, number)\n',
    "    due_ns: nat64\n": "    due_ns: nat64\n    note: text | None = None\n",
    "\n@update\ndef single(": NEW_METHOD,
}
"""What is replaced for version 2: a handler, a field of the state and one of all contexts more."""

THIRD = {
    "def bounded_done": "def bounded_ended",
    "then(bounded_done": "then(bounded_ended",
    "@on_response(on_trap=release)\ndef bounded_ended": (
        '@on_response(on_trap=release, formerly=("bounded_done",))\ndef bounded_ended'
    ),
    "    return False\n": "    return True\n",
}
"""For version 3: a handler has another name, so that older versions do not know its calls; and it
does what is too hard for them."""


@pytest.fixture(scope="session")
def versions(build_canister: CanisterBuilder, write_project: WriteProject) -> dict[str, bytes]:
    source = (CHAOS / "canister.py").read_text()
    lock = (CHAOS / "scm.lock").read_text()
    built = {"v1": build_canister(CHAOS)}
    for name, edits in (("v2", SECOND), ("v3", THIRD)):
        for old, new in edits.items():
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        built[name] = build_canister(write_project(source, lock, "chaos"))
    return built


def test_no_answer_is_lost_doubled_or_misrouted(versions, proxy_wasm, pytestconfig, capsys):
    wanted = pytestconfig.getoption("--chaos-messages")
    per_run = pytestconfig.getoption("--chaos-run")
    counts: Counter[str] = Counter()
    seed = pytestconfig.getoption("--chaos-seed")
    messages = 0
    while messages < wanted:
        seed += 1
        replica = Replica(seed, cache_directory=compiled_modules_folder())
        history = ChaosHistory(replica, versions, proxy_wasm, seed)
        try:
            history.run(min(per_run, wanted - messages))
        except AssertionError as error:
            error.add_note(f"seed {seed}, after {history.messages} messages")
            raise
        messages += history.messages
        counts.update(history.counts)
    seed -= pytestconfig.getoption("--chaos-seed")
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    with capsys.disabled():
        print(f"\nchaos: {messages:,} messages of {seed} seeds: {told}")
    assert all(counts[name] for name in EXPECTED)


def test_the_same_seed_gives_the_same_history(versions, proxy_wasm):
    traces = []
    for _ in range(2):
        replica = Replica(cache_directory=compiled_modules_folder())
        ChaosHistory(replica, versions, proxy_wasm, seed=1).run(200)
        traces.append(replica.trace)
    assert traces[0] == traces[1]
