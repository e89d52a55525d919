"""A call through a proxy (`via`), step by step: the test is its proxy, and its controller.

Each step checks what it may change.  So it is seen that one of them handled the call, and that all
others, those in which the handler trapped and the doubled ones, left stable memory byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Final

from scm.client.controls import answer_argument, call_argument
from scm.model import Principal, RejectCode
from scm.replica.replica import Replica
from scm.replica.state import IngressId, Outcome, Rejected, Replied
from scm.replica.trace import Executed
from scm.testing.matrix_checks import expect
from scm.testing.matrix_outcomes import MISFIT, deliver, first_callback, largest_cut
from scm.testing.matrix_scenes import REJECTED, BrokenPromiseError, ParkedCall, Scene
from scm.testing.pending_calls import PendingCall, pending_calls
from scm.testing.proxy_messages import DELIVER, receipt

STRANGER: Final = Principal(b"another proxy")

_ACKNOWLEDGED: Final = Replied(b"DIDL\x00\x00")
_HANDLE: Final = "scm_handle"


class ProxiedCall:
    """The call of which a case is.  `note`: what its handler said that trapped by itself.

    A step in which the handler would run does nothing if the call has ended already: a handler may
    take a reply of any type, and a call of a retired one is discarded instead of answered.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene: Final = scene
        self.note = ""
        record = self._kept()
        assert record is not None
        self._record: Final = record
        # Decision 20: the version that issued it, whole, and its index in the table.
        self._number: Final = self._record.version << 18 | self._record.id & (1 << 18) - 1
        self._last: Outcome = REJECTED
        self._handled = 0
        self._is_discarded = False

    @property
    def replica(self) -> Replica:
        """Where it happens."""
        return self.scene.replica

    # The proxy's answer to `forward`.

    def take(self) -> None:
        """The proxy takes the call over: that is no news to the canister."""
        before = self._stable()
        callback = self._answer_forward(receipt(self._number))
        expect(callback.error is None, f"the proxy's receipt was not taken: {callback.error}")
        expect(self._stable() == before, "the proxy's receipt has changed stable memory")

    def take_trapping(self, *, is_twice: bool) -> None:
        """The message in which the receipt comes is cut, and maybe what cleans up after it."""
        before = self._stable()
        with self.replica.cut_executions(0, with_cleanup=is_twice):
            callback = self._answer_forward(receipt(self._number))
        expect(callback.error is not None, "the receipt was not cut")
        self._stays(before, "after its receipt was lost")

    def refuse(self, outcome: Outcome) -> None:
        """The proxy refuses the call; the message in which the handler hears of it is to come."""
        callback = self._answer_forward(outcome)
        expect(callback.error is None, f"the refusal was not taken: {callback.error}")
        self._expect_status("running: ")

    def refuse_stopping(self, outcome: Outcome) -> None:
        """The canister is being stopped as the proxy refuses the call."""
        start = len(self.replica.trace)
        self.scene.answer(self._forward(), outcome)
        self.replica.submit_stop(self.scene.canister_id)
        self.replica.run_until_idle()
        self.replica.start(self.scene.canister_id)
        callback = first_callback(self.scene, start)
        expect(callback.error is None, f"the refusal was not taken: {callback.error}")
        self._expect_status("refused: ")

    def refuse_trapping(self, outcome: Outcome) -> None:
        """The message in which the refusal comes is cut: nothing is known of it."""
        before = self._stable()
        with self.replica.cut_executions(0, with_cleanup=False):
            callback = self._answer_forward(outcome)
        expect(callback.error is not None, "the refusal was not cut")
        self._stays(before, "after its refusal was lost")

    def hear(self, part: float | None = None) -> None:
        """The handler gets the refusal, in a message of its own; cut after a part of it."""
        event = self._execute(_HANDLE, None, _HANDLE, part)
        record = self._kept()
        if record is None:
            expect(event.error is None, f"the call is gone, but its handler trapped: {event.error}")
            self._handled += 1
            return
        expect(event.error is not None, "the handler ran, but its call is kept")
        self._expect_status("failed: its handler trapped, and the response is kept")
        expect("then its handler failed" in record.error, f"the call says only: {record.error}")
        if part is None:
            self.note = event.error or ""

    # The outcome.

    def bring(self, outcome: Outcome, part: float | None = None) -> None:
        """The proxy brings an outcome; the message is cut after a part of what it needs."""
        self._last = outcome
        self._handle(DELIVER, self._bringing(outcome), outcome, part)

    def bring_in_vain(self) -> None:
        """The proxy brings the last outcome again, though the call has ended."""
        before = self._stable()
        begun = self.scene.bring(self._record, self._number, self._last)
        self.replica.run_until_idle()
        status = self.replica.status(begun)
        expect(status == _ACKNOWLEDGED, f"an outcome of a call that has ended got {status}")
        expect(self._stable() == before, "an outcome was handled twice")

    def bring_by_another(self, outcome: Outcome) -> None:
        """Someone brings an outcome who is not the proxy of the call."""
        before = self._stable()
        begun = self.scene.bring(self._record, self._number, outcome, STRANGER)
        self.replica.run_until_idle()
        status = self.replica.status(begun)
        is_refused = isinstance(status, Rejected) and "PermissionError" in status.message
        expect(is_refused, f"who is not the proxy of the call got {status}")
        self._stays(before, "after someone else brought an outcome")

    def bring_late(self, outcome: Outcome, seconds: int) -> None:
        """The outcome comes when it does not count any more."""
        self.replica.advance_time(seconds + 1)
        self.replica.run_until_idle()
        begun = self.scene.bring(self._record, self._number, outcome)
        self.replica.run_until_idle()
        status = self.replica.status(begun)
        expect(status == _ACKNOWLEDGED, f"an outcome that is too late got {status}")
        self._expect_status("failed: its response came too late")

    # Controllers.

    def answer(self, outcome: Outcome, part: float | None = None) -> None:
        """A controller answers; a call of a retired handler, which can't run, is discarded."""
        if self._is_retired and self._kept() is not None:
            self.discard()
            return
        reply = outcome.data if isinstance(outcome, Replied) else None
        rejection = None
        if isinstance(outcome, Rejected) and outcome.code != RejectCode.SYS_UNKNOWN:
            rejection = outcome.message
        argument = answer_argument(self._record.id, reply, rejection)
        self._handle("scm_answer", self._asking("scm_answer", argument), outcome, part)

    def retry(self, part: float | None = None) -> None:
        """A controller has the handler run again, with what is kept."""
        argument = call_argument(self._record.id)
        self._handle("scm_retry", self._asking("scm_retry", argument), "", part)

    def discard(self) -> None:
        """A controller forgets the call."""
        begun = self._asking("scm_discard", call_argument(self._record.id))(self.scene)
        self.replica.run_until_idle()
        status = self.replica.status(begun)
        expect(status == _ACKNOWLEDGED, f"to discard the call got {status}")
        expect(self._kept() is None, "a call is there that was discarded")
        self._is_discarded = True

    def end(self) -> None:
        """The call has ended, handled once; or, if its handler always traps, it is discarded.

        What its proxy says of it then does nothing.
        """
        if self._kept() is not None:
            expect(self.note != "", "the call was not handled")
            self.discard()
        expected = 0 if self._is_discarded else 1
        expect(self._handled == expected, f"the call was handled {self._handled} times")
        self.bring_in_vain()

    # What the steps have in common.

    def _handle(
        self,
        method: str,
        begin: Callable[[Scene], IngressId],
        key: object,
        part: float | None,
    ) -> None:
        """A message in which the handler runs: it ends the call, or has changed nothing."""
        if self._kept() is None:
            return
        before = self._stable()
        event = self._execute(method, begin, (method, key), part)
        if self._kept() is None:
            expect(event.error is None, f"`{method}` trapped, but the call is gone")
            self._handled += 1
            return
        expect(event.error is not None, f"`{method}` ran, but the call is there still")
        expect(self._stable() == before, f"`{method}` trapped, and stable memory has changed")
        if part is None and key != MISFIT:
            self.note = event.error or ""

    def _execute(
        self,
        method: str,
        begin: Callable[[Scene], IngressId] | None,
        key: object,
        part: float | None,
    ) -> Executed:
        """Execute an update method, cut after a part of what it needs, and all that follows."""

        def attempt(scene: Scene, after: int | None) -> Executed:
            if begin is not None:
                begin(scene)
            with nullcontext() if after is None else scene.replica.cut_executions(after):
                return _run_until(scene, f"canister_update {method}")

        after = None
        if part is not None:
            largest = largest_cut(self.scene, key, lambda cut: attempt(self.scene.fork(), cut))
            after = int(part * largest)
        event = attempt(self.scene, after)
        expect(part is None or event.error is not None, f"`{method}` was not cut")
        self.replica.run_until_idle()
        return event

    def _answer_forward(self, outcome: Outcome) -> Executed:
        """The proxy's answer to `forward` arrives, and nothing else happens."""
        start = len(self.replica.trace)
        self.scene.answer(self._forward(), outcome)
        deliver(self.scene)
        return first_callback(self.scene, start)

    def _forward(self) -> ParkedCall:
        found = [call for call in self.scene.parked() if call.number == self._number]
        expect(len(found) == 1, f"{len(found)} calls of `forward` are on their way for the call")
        return found[0]

    def _bringing(self, outcome: Outcome) -> Callable[[Scene], IngressId]:
        return lambda scene: scene.bring(self._record, self._number, outcome)

    def _asking(self, method: str, argument: bytes) -> Callable[[Scene], IngressId]:
        return lambda scene: scene.replica.submit(scene.canister_id, method, argument)

    def _kept(self) -> PendingCall | None:
        """The record as it is, while there is one."""
        calls = pending_calls(self.replica, self.scene.canister_id)
        return next((call for call in calls if call.id == self.scene.focus), None)

    @property
    def _is_retired(self) -> bool:
        entry = self.scene.version.handler(self._record.handler)
        return entry is not None and entry.status == "retired"

    def _expect_status(self, status: str) -> None:
        record = self._kept()
        found = "gone" if record is None else record.status
        expect(found.startswith(status), f"the call should be `{status}`, but it is `{found}`")

    def _stays(self, before: bytes, when: str) -> None:
        expect(self._stable() == before, f"stable memory has changed {when}")
        self._expect_status("proxied: ")

    def _stable(self) -> bytes:
        view = self.replica.canister(self.scene.canister_id)
        return view.read_stable_memory(0, view.stable_memory_size_bytes)


def _run_until(scene: Scene, entry: str) -> Executed:
    """Step until an entry point of the canister was executed."""
    start = len(scene.replica.trace)
    while True:
        for event in scene.replica.trace[start:]:
            is_ours = isinstance(event, Executed) and event.canister_id == scene.canister_id
            if is_ours and isinstance(event, Executed) and event.entry == entry:
                return event
        if not scene.replica.step():
            raise BrokenPromiseError(f"`{entry}` was not executed")
