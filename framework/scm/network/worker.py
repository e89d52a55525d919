"""The thread that owns the replica: it takes what has come, runs a round, and answers.

Everything else only hands it work.  Calls that come while a round runs share the next one, and one
write to the disk, and one signature.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, TypeVar

from scm.errors import ScmError
from scm.network.core import Core
from scm.network.hold_orders import Order
from scm.network.journal import JournalError, UserCall
from scm.network.journal_health import JournalHealth, Tell, tell_nobody
from scm.network.replies import Replies, Reply
from scm.network.work import (
    Accepted,
    Busy,
    CallResult,
    CallWork,
    Certified,
    OrderWork,
    QueryWork,
    ReadWork,
    Refused,
    TaskWork,
    TooLarge,
    Work,
)
from scm.replica.errors import ReplicaUsageError
from scm.replica.queries import QueryCall
from scm.replica.state import Outcome, Pending
from scm.wire.hash_tree import Labels

CALLS_MAX: Final = 500
"""Calls in one round."""
HEARTBEAT_NS: Final = 10**9
WAITING_MAX: Final = 8
"""Those who wait for one call, before it is looked who still does."""

_Result = TypeVar("_Result")
Clock = Callable[[], int]


class WorkerStoppedError(ScmError):
    """The network stops, or has stopped because of an error."""


class Worker:
    """Runs a core until it is stopped; every method may be called from any thread."""

    def __init__(
        self,
        core: Core,
        *,
        clock: Clock = time.time_ns,
        on_round: Callable[[Core], None] | None = None,
        on_failure: Callable[[BaseException], None] | None = None,
        on_problem: Tell = tell_nobody,
        on_recovery: Tell = tell_nobody,
    ) -> None:
        """`clock` gives nanoseconds since 1970.

        `on_round` is called after every round, by the thread; `on_failure` if the thread ends with
        an error of ours.  `on_problem` is told what its user has to mend, such as a full disk, and
        `on_recovery` that it is mended.
        """
        self._core: Final = core
        self._clock: Final = clock
        self._on_round: Final = on_round
        self._on_failure: Final = on_failure
        self._on_problem: Final = on_problem
        self._health: Final = JournalHealth(on_problem, on_recovery)
        self._queue: Final[SimpleQueue[Work | None]] = SimpleQueue()
        self._replies: Final = Replies()
        self._waiting: Final[dict[bytes, list[Reply[CallResult]]]] = {}
        self._backlog: list[CallWork] = []
        self._orders: list[OrderWork] = []
        self._in_round: list[CallWork | OrderWork] = []
        self._between: list[QueryWork | ReadWork | TaskWork] = []
        self._last_heartbeat_ns = clock()
        self._is_stopped = False
        self._ending: Final = Lock()
        self._thread: Final = Thread(target=self._run, name="scm-replica", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the round, write a checkpoint, and end; whoever waits gets an error."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    # For coroutines.

    async def call(self, call: UserCall, *, is_waiting: bool) -> CallResult:
        """Take in a call."""
        return await self._ask(lambda reply: CallWork(call, is_waiting, reply))

    async def query(self, call: QueryCall) -> Outcome:
        """Answer a query call."""
        return await self._ask(lambda reply: QueryWork(call, reply))

    async def read(self, paths: list[Labels], check: Callable[[Core], None]) -> bytes:
        """A certificate; raises what `check` raises."""
        return await self._ask(lambda reply: ReadWork(paths, check, reply))

    async def order(self, order: Order) -> None:
        """Hold messages or let them go; raises `ReplicaUsageError` if that can't be done."""
        await self._ask(lambda reply: OrderWork(order, reply))

    async def look(self, task: Callable[[Core], _Result]) -> _Result:
        """`run` for coroutines."""
        return await self._ask(lambda reply: TaskWork(task, reply))

    async def _ask(self, work: Callable[[Reply[_Result]], Work]) -> _Result:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Result] = loop.create_future()
        self._put(work(Reply(future, loop)))
        return await future

    # For other threads.

    def now_ns(self) -> int:
        """The network's time, in nanoseconds since 1970."""
        return self._clock()

    @property
    def refusing(self) -> str:
        """Why calls are refused, while the journal can't be written; else an empty text."""
        return self._health.refusing

    def submit(self, call: UserCall) -> Future[CallResult]:
        """Take in a call of the network's own, which needs no signature and may have any size."""
        future: Future[CallResult] = Future()
        self._put(CallWork(call, True, Reply(future), is_trusted=True))
        return future

    def run(self, task: Callable[[Core], _Result]) -> _Result:
        """Call a function with the core between two rounds, and wait for what it returns.

        What it changes is not in the journal: to change something, submit a call.
        """
        future: Future[_Result] = Future()
        self._put(TaskWork(task, Reply(future)))
        return future.result()

    def _put(self, work: Work) -> None:
        if self._is_stopped:
            raise WorkerStoppedError("the network has stopped")
        self._queue.put(work)
        if self._is_stopped:  # It has just ended, and may not have seen this.
            self._end(WorkerStoppedError("the network has stopped"))

    # The thread.

    def _run(self) -> None:
        try:
            while self._serve(self._take()):
                pass
            self._core.close()
            self._tell_problems()
        except Exception as error:  # Nobody else sees what ends this thread.
            self._end(WorkerStoppedError(f"the network has stopped: {error!r}"))
            if self._on_failure is not None:
                self._on_failure(error)
            return
        self._end(WorkerStoppedError("the network has stopped"))

    def _end(self, error: WorkerStoppedError) -> None:
        # Not only the thread's: whoever comes just then ends what it has put in the queue itself.
        with self._ending:
            self._is_stopped = True
            self._give_up_all(error)

    def _give_up_all(self, error: WorkerStoppedError) -> None:
        left: list[Work] = [*self._in_round, *self._orders, *self._backlog, *self._between]
        while True:
            try:
                work = self._queue.get_nowait()
            except Empty:
                break
            left += [work] if work is not None else []
        for replies in self._waiting.values():
            for reply in replies:
                self._replies.add(reply, error)
        for work in left:
            self._replies.add(work.reply, error)
        self._replies.flush()

    def _take(self) -> list[Work | None]:
        """Wait until there is work, or a round is due: all that has come."""
        taken: list[Work | None] = []
        try:
            seconds = self._seconds_to_wait()
            taken.append(
                self._queue.get_nowait() if seconds == 0 else self._queue.get(True, seconds)
            )
            while True:
                taken.append(self._queue.get_nowait())
        except Empty:
            return taken

    def _seconds_to_wait(self) -> float | None:
        if self._backlog:
            return 0
        if self._health.refusing:  # What is due can't be run.
            return self._health.seconds_to_wait(self._clock())
        due_ns = self._core.next_due_ns()
        if self._core.has_heartbeats():
            heartbeat_ns = self._last_heartbeat_ns + HEARTBEAT_NS
            due_ns = heartbeat_ns if due_ns is None else min(due_ns, heartbeat_ns)
        return None if due_ns is None else max(0, due_ns - self._clock()) / 1e9

    def _serve(self, taken: list[Work | None]) -> bool:
        """Do all that is to be done; False if the thread is to end."""
        works = [work for work in taken if work is not None]
        self._backlog += [work for work in works if isinstance(work, CallWork)]
        self._orders += [work for work in works if isinstance(work, OrderWork)]
        self._between = [
            work for work in works if isinstance(work, QueryWork | ReadWork | TaskWork)
        ]
        self._run_round()
        for work in self._between:
            self._answer(work)
        self._between = []
        self._replies.flush()
        return len(works) == len(taken)

    def _answer(self, work: QueryWork | ReadWork | TaskWork) -> None:
        try:
            self._replies.add(work.reply, self._result(work))
        except ScmError as error:
            self._replies.add(work.reply, error)
        except Exception as error:
            self._replies.add(work.reply, error)
            if not isinstance(work, TaskWork):
                raise  # Of a task it is the caller's, who waits for it.

    def _result(self, work: QueryWork | ReadWork | TaskWork) -> Any:
        match work:
            case QueryWork(call):
                return self._core.query(call, self._clock())
            case ReadWork(paths, check):
                check(self._core)
                return self._core.certificate(paths, self._clock())
            case TaskWork(task):
                return task(self._core)

    # Rounds.

    def _run_round(self) -> None:
        """Run a round if anything has come or is due."""
        core = self._core
        now_ns = self._clock()
        core.advance(now_ns)
        self._health.retry(core.check_journal, now_ns)
        orders = self._admit_orders()
        calls = self._admit_calls()
        # The clock may have been put back.
        self._last_heartbeat_ns = min(self._last_heartbeat_ns, now_ns)
        has_heartbeats = core.has_heartbeats() and now_ns - self._last_heartbeat_ns >= HEARTBEAT_NS
        due_ns = core.next_due_ns()
        is_due = has_heartbeats or (due_ns is not None and due_ns <= now_ns)
        if not (calls or orders) and (self._health.refusing or not is_due):
            return
        if has_heartbeats:
            self._last_heartbeat_ns = now_ns
        item = core.next_round(
            now_ns,
            tuple(work.call for work in calls),
            heartbeats=has_heartbeats,
            orders=tuple(work.order for work in orders),
        )
        self._in_round = [*orders, *calls]
        try:
            answered = core.run_round(item)
        except JournalError as error:
            self._health.note_failure(str(error), now_ns)
            self._give_up(str(error))
            return
        self._in_round = []
        for work in calls:
            self._wait_for(work)
        for done in orders:
            self._replies.add(done.reply, None)
        for request_id in answered:
            self._hand_out(request_id)
        core.save_if_due()
        self._tell_problems()
        if self._on_round is not None:
            self._on_round(core)

    def _tell_problems(self) -> None:
        for problem in self._core.take_problems():
            self._on_problem(problem)

    def _admit_calls(self) -> list[CallWork]:
        """The calls for the next round; those that are known or refused are answered."""
        admitted: dict[bytes, CallWork] = {}
        taken, self._backlog = self._backlog[:CALLS_MAX], self._backlog[CALLS_MAX:]
        for work in taken:
            request_id = work.call.request_id
            if request_id in admitted:
                self._backlog.append(work)  # Once more, in the same round.
                continue
            record = self._core.find_request(request_id)
            if record is not None:
                self._wait_for(work)
                if not isinstance(record.status, Pending):
                    self._hand_out(request_id)
                continue
            refusal = self._refuse(work)
            if refusal is None:
                admitted[request_id] = work
            else:
                self._replies.add(work.reply, refusal)
        return list(admitted.values())

    def _admit_orders(self) -> list[OrderWork]:
        """The orders for the next round; those that can't be followed are refused."""
        admitted = []
        taken, self._orders = self._orders, []
        for work in taken:
            try:
                self._core.check_order(work.order)
            except ReplicaUsageError as error:
                self._replies.add(work.reply, error)
            else:
                admitted.append(work)
        return admitted

    def _refuse(self, work: CallWork) -> CallResult | None:
        if not self._core.has_room:
            return Busy("too many calls wait for their answers, or for being forgotten")
        if work.is_trusted:
            return None
        try:
            rejected = self._core.inspect(work.call)
        except ReplicaUsageError as error:
            return TooLarge(str(error))
        return None if rejected is None else Refused(rejected)

    def _wait_for(self, work: CallWork) -> None:
        if work.is_waiting:
            replies = self._waiting.setdefault(work.call.request_id, [])
            if len(replies) >= WAITING_MAX:  # Most have given up, who sent it again and again.
                replies[:] = [reply for reply in replies if not reply.future.done()]
            replies.append(work.reply)
        else:
            self._replies.add(work.reply, Accepted())

    def _hand_out(self, request_id: bytes) -> None:
        replies = self._waiting.pop(request_id, None)
        if replies:
            path: Labels = (b"request_status", request_id)
            certificate = self._core.certificate([path], self._clock())
            for reply in replies:
                self._replies.add(reply, Certified(certificate))

    def _give_up(self, reason: str) -> None:
        given_up, self._in_round = self._in_round, []
        for work in given_up:
            if isinstance(work, CallWork):
                self._replies.add(work.reply, Busy(reason))
            else:
                self._replies.add(work.reply, ReplicaUsageError(reason))
