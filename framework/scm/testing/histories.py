"""Random histories of a replica: everything at once, and what must hold whatever happened.

Calls with cycles between canisters that reply, trap or say nothing, held and released in random
order or lost; installs, upgrades, reinstalls, uninstalls, stops; timers; forks that are dropped.
At the end all cycles are there, every call has been answered, and a seed always gives one trace.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Final

from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import IngressId, Pending
from scm.replica.trace import Answered, Dropped
from scm.testing.wat import WatCanister

CANISTERS: Final = 5
IDS: Final = [Principal(index.to_bytes(8, "big") + b"\x01\x01") for index in range(CANISTERS)]

_METHODS: Final = ("give", "fail", "silent", "write", "grow")
_CALLBACKS: Final = ("reply", "trap", "silent", "again")


def peer() -> bytes:
    """A canister that calls any other one; its callbacks do all sorts of things."""
    canister = WatCanister(table_size=8, pages=2)
    accept = "(call $msg_cycles_accept128 (i64.const 0) (i64.const 7) (i32.const 0))"
    count = "(i64.store (i32.const 70000) (i64.add (i64.load (i32.const 70000)) (i64.const 1)))"
    closures = {
        "reply": canister.callback(count + canister.reply("ok")),
        "trap": canister.callback(count + "unreachable"),
        "silent": canister.callback(""),
    }
    closures["again"] = canister.callback(
        canister.call(
            IDS[0], "give", on_reply=closures["reply"], on_reject=closures["reply"], cycles=3
        )
    )
    canister.update("give", accept + count + canister.reply())
    canister.update("fail", accept + count + "unreachable")
    canister.update("silent", accept)
    canister.update(
        "write",
        "(if (i64.eqz (call $stable64_size))"
        " (then (drop (call $stable64_grow (i64.const 1)))))"
        "(call $stable64_write (i64.const 8) (i64.const 70000) (i64.const 8))"
        "(drop (call $global_timer_set (i64.add (call $time) (i64.const 3000000000))))"
        + canister.reply(),
    )
    canister.update("grow", "(drop (memory.grow (i32.const 1)))" + count + canister.reply())
    canister.entry("canister_global_timer", count)
    canister.query("look", "(call $reply_i64 (i64.load (i32.const 70000)))")
    for index, callee in enumerate(IDS):
        for method in _METHODS:
            for name, closure in closures.items():
                for kind, cycles, timeout in (("all", 50, None), ("some", 0, 2)):
                    call = canister.call(
                        callee,
                        method,
                        on_reply=closure,
                        on_reject=closure,
                        on_cleanup=closures["silent"],
                        cycles=cycles,
                        timeout_seconds=timeout,
                    )
                    canister.update(f"{index}-{method}-{name}-{kind}", call)
    return canister.build()


class RandomHistory:
    """One run: `seed` decides everything."""

    def __init__(self, seed: int) -> None:
        self.replica: Final = Replica(seed)
        self._chance: Final = random.Random(seed)
        self._wasm: Final = peer()
        self._calls: Final[list[IngressId]] = []
        self._seen: Final[dict[str, int]] = {}
        for canister_id in IDS:
            assert self.replica.create_canister() == canister_id
            self.replica.install(canister_id, self._wasm)
        self._hold: Final = self.replica.hold(lambda _delivery: self._chance.random() < 0.3)

    def run(self, operations: int) -> None:
        """Do so many random things, then let everything come to its end, and check it."""
        kinds, weights = zip(*_OPERATIONS, strict=True)
        for operation in self._chance.choices(kinds, weights, k=operations):
            operation(self, self._chance.choice(IDS))
        self._finish()
        self._check()

    def trace_hash(self) -> str:
        """SHA-256 of all events, in hexadecimal."""
        return hashlib.sha256(repr(self.replica.trace).encode()).hexdigest()

    def _call(self, canister_id: Principal) -> None:
        chance = self._chance
        method = "-".join(
            [
                str(chance.randrange(CANISTERS)),
                chance.choice(_METHODS),
                chance.choice(_CALLBACKS),
                chance.choice(("all", "some")),
            ]
        )
        self._calls.append(self.replica.submit(canister_id, method))

    def _step(self, _canister_id: Principal) -> None:
        for _ in range(self._chance.randrange(8)):
            self.replica.step()

    def _release(self, _canister_id: Principal) -> None:
        parked = self._hold.parked
        if not parked:
            return
        index = self._chance.randrange(len(parked))
        if parked[index].is_best_effort and self._chance.random() < 0.3:
            self._hold.drop_as_unknown(index)
        else:
            self._hold.release_one(index)

    def _install(self, canister_id: Principal) -> None:
        modes = ("install", "reinstall", "upgrade", "upgrade", "upgrade")
        is_empty = self.replica.canister(canister_id).module_hash is None
        mode = "install" if is_empty else self._chance.choice(modes)
        try:
            self.replica.install(canister_id, self._wasm, mode=mode)
        except InstallError as error:
            assert error.error_code == "IC0514", error  # Not empty: the only reason there can be.

    def _uninstall(self, canister_id: Principal) -> None:
        self.replica.uninstall(canister_id)

    def _stop_or_start(self, canister_id: Principal) -> None:
        if self.replica.canister(canister_id).status != "running":
            self.replica.start(canister_id)
        elif self._chance.random() < 0.2:
            self._calls.append(self.replica.submit_stop(canister_id))

    def _wait(self, _canister_id: Principal) -> None:
        self.replica.advance_time(self._chance.random() * 3)

    def _query(self, canister_id: Principal) -> None:
        self.replica.query(canister_id, "look")

    def _fork(self, canister_id: Principal) -> None:
        # The fork's hold asks the same chance: leave that as it was.
        state = self._chance.getstate()
        twin = self.replica.fork()
        twin.install(canister_id, self._wasm, mode="reinstall")
        twin.step()
        self._chance.setstate(state)

    def _finish(self) -> None:
        self._hold.close()
        for canister_id in IDS:
            self.replica.start(canister_id)
        self.replica.run_until_idle()
        # Best-effort calls that lost their messages end with their deadlines.
        self.replica.advance_time(300)
        self.replica.run_until_idle()

    def _check(self) -> None:
        replica = self.replica
        pending = sum(isinstance(replica.status(call), Pending) for call in self._calls)
        assert pending == 0, f"{pending} of {len(self._calls)} calls were never answered"
        views = [replica.canister(canister_id) for canister_id in IDS]
        assert [view.open_call_contexts for view in views] == [()] * CANISTERS
        assert [view.outstanding_callbacks for view in views] == [()] * CANISTERS
        cycles = sum(view.cycles for view in views)
        assert cycles == CANISTERS * DEFAULT_CYCLES, cycles - CANISTERS * DEFAULT_CYCLES

    def counts(self) -> dict[str, int]:
        """What happened, for a report."""
        events = self.replica.trace
        return {
            "user calls": len(self._calls),
            "events": len(events),
            "answers": sum(isinstance(event, Answered) for event in events),
            "messages lost": sum(isinstance(event, Dropped) for event in events),
        }


_OPERATIONS: Final[tuple[tuple[Callable[[RandomHistory, Principal], None], int], ...]] = (
    (RandomHistory._call, 30),
    (RandomHistory._step, 40),
    (RandomHistory._release, 20),
    (RandomHistory._install, 6),
    (RandomHistory._uninstall, 1),
    (RandomHistory._stop_or_start, 8),
    (RandomHistory._wait, 4),
    (RandomHistory._query, 4),
    (RandomHistory._fork, 1),
)
