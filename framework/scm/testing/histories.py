"""Random histories of a replica: everything at once, and what must hold whatever happened.

Calls with cycles between canisters that reply, trap or say nothing, held and released in random
order or lost; installs, upgrades, reinstalls, uninstalls, stops; timers; forks that are dropped.
At the end all cycles are there or accounted for as burned, every call has been answered, and a
seed always gives one trace.  With fees, some canisters freeze, and some run out of cycles.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Final

from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import IngressId, Pending, Rejected
from scm.replica.trace import Answered, Dropped
from scm.testing.management import manage
from scm.testing.wat import WatCanister

CANISTERS: Final = 5
IDS: Final = [Principal(index.to_bytes(8, "big") + b"\x01\x01") for index in range(CANISTERS)]

_METHODS: Final = ("give", "fail", "silent", "write", "grow")
# An installation prepays 300 billion cycles, a call 42 billion.
_POOR: Final = (
    2_000_000_000_000,
    DEFAULT_CYCLES,
    700_000_000_000,
    400_000_000_000,
    320_000_000_000,
)
_SEASON_SECONDS: Final = 90 * 24 * 3600
_CALLBACKS: Final = ("reply", "trap", "silent", "again")


def peer(lost_cycles: int = 0) -> bytes:
    """A canister that calls any other one; its callbacks do all sorts of things.

    `lost_cycles` go with calls whose messages may be lost.
    """
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
                for kind, cycles, timeout in (("all", 50, None), ("some", lost_cycles, 2)):
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

    def __init__(self, seed: int, *, fees: bool = False) -> None:
        self.replica: Final = Replica(seed, metering="exact" if fees else "fuel", fees=fees)
        self._has_fees: Final = fees
        self._chance: Final = random.Random(seed)
        self._wasm: Final = peer(lost_cycles=20 if fees else 0)
        self._calls: Final[list[IngressId]] = []
        self._seen: Final[dict[str, int]] = {}
        balances = _POOR if fees else (DEFAULT_CYCLES,) * CANISTERS
        self._total: Final = sum(balances)
        for canister_id, cycles in zip(IDS, balances, strict=True):
            assert self.replica.create_canister(cycles=cycles) == canister_id
            self.replica.install(canister_id, self._wasm)
        if fees:
            # 1 % costs 26 trillion a month: it freezes when that is left, and ends one month later.
            manage(
                self.replica,
                "update_settings",
                canister_id=IDS[1],
                settings={"compute_allocation": 1},
            )
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
            # Not empty, or too poor: the only reasons that there can be.
            assert error.error_code == "IC0514" or self._has_fees, error
            assert error.error_code in ("IC0514", "IC0207", "IC0532"), error

    def _uninstall(self, canister_id: Principal) -> None:
        self.replica.uninstall(canister_id)

    def _stop_or_start(self, canister_id: Principal) -> None:
        if self.replica.canister(canister_id).status != "running":
            self.replica.start(canister_id)
        elif self._chance.random() < 0.2:
            self._calls.append(self.replica.submit_stop(canister_id))

    def _wait(self, _canister_id: Principal) -> None:
        self.replica.advance_time(self._chance.random() * 3)
        if self._has_fees and self._chance.random() < 0.1:
            self.replica.advance_time(_SEASON_SECONDS)
        self._check_cycles()

    def _query(self, canister_id: Principal) -> None:
        self.replica.query(canister_id, "look")

    def _fork(self, canister_id: Principal) -> None:
        # The fork's hold asks the same chance: leave that as it was.
        state = self._chance.getstate()
        twin = self.replica.fork()
        if self._has_fees:
            twin.advance_time(_SEASON_SECONDS)
        else:
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
        assert replica.cycles_in_flight == 0
        self._check_cycles()

    def _check_cycles(self) -> None:
        balances = sum(self.replica.canister(canister_id).cycles for canister_id in IDS)
        cycles = balances + self.replica.cycles_in_flight + self.replica.cycles_burned
        assert cycles == self._total, cycles - self._total

    def _is_out_of_cycles(self, call: IngressId) -> bool:
        status = self.replica.status(call)
        return isinstance(status, Rejected) and status.error_code == "IC0207"

    def counts(self) -> dict[str, int]:
        """What happened, for a report."""
        events = self.replica.trace
        return {
            "user calls": len(self._calls),
            "events": len(events),
            "answers": sum(isinstance(event, Answered) for event in events),
            "messages lost": sum(isinstance(event, Dropped) for event in events),
            "calls refused for cycles": sum(map(self._is_out_of_cycles, self._calls)),
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
