"""A canister whose call waits for its response: how it gets there, and what can happen to it.

No callee runs: every call of the canister is parked on its way, and answered in the callee's stead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from attrs import Factory, evolve, frozen

from scm.candid.encode import encode
from scm.candid.types import Vec
from scm.compiler.machine import EntryPoint
from scm.model import Principal, RejectCode
from scm.replica.errors import InstallError, ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import (
    CallOrigin,
    Delivery,
    IngressId,
    Outcome,
    Rejected,
    Replied,
)
from scm.testing.building import encode_init
from scm.testing.client import CanisterHandle
from scm.testing.matrix_sites import Site, Version, match_site
from scm.testing.pending_calls import PendingCall, pending_calls
from scm.testing.proxy_messages import (
    DELIVER,
    FORWARD,
    delivery_argument,
    read_forward,
    receipt,
)
from scm.testing.sample_values import sample_values
from scm.testing.state import check_state

NOBODY: Final = 0xFFFFFFFF
"""The table index that scm gives where nobody handles the response."""

NOTHING: Final = Replied(b"DIDL\x00\x00")
REJECTED: Final = Rejected(RejectCode.CANISTER_REJECT, "rejected by the test", "IC0406")
UNKNOWN: Final = Rejected(RejectCode.SYS_UNKNOWN, "dropped by the test", "IC0602")
ARGUMENTS_MAX: Final = 32
"""How many arguments of a method are tried until it makes a call."""

REPLIES_MAX: Final = 32
"""How many replies are tried until a handler makes a call."""

Hook = Callable[[Replica, CanisterHandle], None]


class BrokenPromiseError(AssertionError):
    """A call did not end as it must; the text says how it ended."""


@frozen
class MatrixOptions:
    """What a test may say about its canister.

    `init`: its init arguments.  `arguments`: those of methods, by name, to be tried in this order.
    `principal`: which stands wherever a value has a principal; by default that of an empty
    canister.  `set_scene` is called once for each version, when the canister is installed, with
    nothing parked; `check` at the end of each case, and raises if something is wrong.  `only` names
    a case, or what the names of several contain.
    """

    init: Sequence[object] | None = None
    arguments: Mapping[str, Sequence[Sequence[object]]] = Factory(dict)
    principal: Principal | None = None
    set_scene: Hook | None = None
    check: Hook | None = None
    only: str = ""


@frozen
class ParkedCall:
    """A call that is parked on its way: where in the hold, and the record that waits for it.

    `record` is None for a call whose response nobody handles.  `number` is what a proxy is to call
    it that makes the call; None without one.
    """

    index: int
    record: PendingCall | None
    is_bounded: bool
    is_joined: bool
    number: int | None = None

    @property
    def record_id(self) -> int | None:
        """What the canister calls it, in the table of pending calls."""
        return None if self.record is None else self.record.id

    @property
    def may_be_unknown(self) -> bool:
        """Whether its handler may get `Unknown`."""
        return self.is_bounded or self.number is not None


@frozen(eq=False)
class Scene:
    """A canister that runs `version`, and a user's call of its `method`, made to `origin`.

    `focus` is the call, by its id, of which the case is.
    """

    replica: Replica
    canister_id: Principal
    origin: Version
    version: Version
    method: str
    reference: IngressId
    trace_start: int
    focus: int | None = None
    largest_cuts: dict[object, int] = Factory(dict)
    """By the response: what has been measured of its callback, with this code and state."""

    @property
    def handle(self) -> CanisterHandle:
        """The canister, for its user."""
        return CanisterHandle(self.replica, self.canister_id)

    def fork(self) -> Scene:
        """The same, to go its own way."""
        return evolve(self, replica=self.replica.fork())

    def submit(self, method: str, argument: bytes) -> Scene:
        """The scene with a user's call of a method, as far as it gets."""
        start = len(self.replica.trace)
        reference = self.replica.submit(self.canister_id, method, argument)
        self.replica.run_until_idle()
        return evolve(self, method=method, reference=reference, trace_start=start)

    def parked(self) -> list[ParkedCall]:
        """The calls that are parked, in the order they were made."""
        deliveries = self.replica.holds[-1].parked
        if not deliveries:
            return []
        view = self.replica.canister(self.canister_id)
        closures = {item.callback_id: item.on_reply for item in view.outstanding_callbacks}
        records = {call.id: call for call in pending_calls(self.replica, self.canister_id)}
        joined = check_state(self.replica, self.canister_id).joined
        found = []
        for index, delivery in enumerate(deliveries):
            assert isinstance(delivery.origin, CallOrigin)
            closure = closures[delivery.origin.callback_id]
            is_one_way = closure.function == NOBODY
            record = None if is_one_way else records.get(closure.environment)
            is_joined = not is_one_way and closure.environment in joined
            number = None
            if delivery.method == FORWARD and (record is None or record.is_proxied):
                # If the record is gone, the outcome has come before the receipt.
                number = None if is_one_way else read_forward(delivery.payload).number
            found.append(ParkedCall(index, record, delivery.is_best_effort, is_joined, number))
        return found

    def focused(self) -> ParkedCall:
        """The call of which the case is, while it is parked."""
        (found,) = [call for call in self.parked() if call.record_id == self.focus]
        return found

    def method_waited_for(self) -> str:
        """The method whose caller gets what the handler of the focused call replies."""
        view = self.replica.canister(self.canister_id)
        methods = {context.context_id: context.method for context in view.open_call_contexts}
        (callback,) = [
            item for item in view.outstanding_callbacks if item.on_reply.environment == self.focus
        ]
        return methods[callback.context_id]

    def companions(self) -> list[ParkedCall]:
        """The other calls that are parked, and handled."""
        return [
            call
            for call in self.parked()
            if call.record is not None and call.record_id != self.focus
        ]

    def answer(self, call: ParkedCall, outcome: Outcome) -> None:
        """Send a response; it arrives with the next step."""
        self.replica.holds[-1].answer(call.index, outcome)

    def settle(self, call: ParkedCall, outcome: Outcome) -> None:
        """Answer a call; one with a proxy is taken over, and what follows happens, too."""
        if call.number is None:
            self.answer(call, outcome)
            return
        self.answer(call, receipt(call.number))
        self.replica.run_until_idle()
        if call.record is not None:
            self.bring(call.record, call.number, outcome)
            self.replica.run_until_idle()

    def bring(
        self, record: PendingCall, number: int, outcome: Outcome, sender: Principal | None = None
    ) -> IngressId:
        """The proxy of a call, or someone else, says what has become of it."""
        argument = delivery_argument(number, outcome)
        return self.replica.submit(self.canister_id, DELIVER, argument, sender or record.callee)

    def replies(self, call: ParkedCall) -> Iterator[Outcome]:
        """Replies that the handler of a call can read, as the callee would give them."""
        if call.record is None:
            yield NOTHING
            return
        handler = call.record.handler
        knows = self.version if self.version.handler(handler) is not None else self.origin
        types, env = knows.response_types(handler)
        if call.is_joined:
            joined = env.resolve(types[0])
            assert isinstance(joined, Vec)
            types = [joined.inner]
        seen: set[bytes] = set()
        for values in islice(sample_values(types, env), 4 * REPLIES_MAX):
            message = encode(types, values, env)
            if message not in seen:
                seen.add(message)
                yield Replied(message)

    def answer_all(self, outcome: Outcome | None = None, handler: str = "") -> int:
        """Answer every parked call, by default with a reply; how many there were.

        With `handler`, `outcome` is for the calls that it handles.  What follows happens, too.
        """
        parked = self.parked()
        for call in parked:
            fits = next(self.replies(call), REJECTED)
            is_meant = call.record is not None and handler in ("", call.record.handler)
            if is_meant and outcome is not None:
                fits = outcome
            # Each that is answered makes the next one the first.
            self.settle(evolve(call, index=0), fits)
        self.replica.run_until_idle()
        return len(parked)


def first_scene(replica: Replica, version: Version, options: MatrixOptions) -> Scene:
    """The canister, installed, with every call that it makes from now on parked.

    Raises `ReplicaUsageError` if it can't be installed with any arguments that were tried.
    """
    world = replica.fork()
    canister_id = world.create_canister()
    _install(world, canister_id, version, options)
    scene = Scene(world, canister_id, version, version, "", IngressId(0), 0)
    if options.set_scene is not None:
        options.set_scene(world, scene.handle)
    own = version.own_methods()
    world.hold(lambda delivery: _is_call(delivery, canister_id, own))
    return scene


def _is_call(delivery: Delivery, canister_id: Principal, own: Collection[str]) -> bool:
    """Whether it is a call that the source makes, but of a method that may be called for real.

    Those are scm's own, and the canister's that it calls without waiting for a response.
    """
    is_own = delivery.method.startswith("scm_") or delivery.method in own
    is_to_itself = delivery.receiver == canister_id and is_own
    return delivery.kind == "request" and delivery.sender == canister_id and not is_to_itself


def find_scenes(start: Scene, options: MatrixOptions) -> dict[Site, Scene]:
    """For each call site of the version that can be reached: a scene where its call waits."""
    found: dict[Site, Scene] = {}
    version = start.version
    for entry in version.methods():
        wanted = version.sites_behind(entry)
        for argument in _arguments(version, entry.name, options):
            _follow(found, start.fork().submit(entry.name, argument), entry.name)
            if wanted <= set(found):
                break
    return found


def _install(
    world: Replica, canister_id: Principal, version: Version, options: MatrixOptions
) -> None:
    types, env = version.interface.init_args or (), version.interface.env
    tries: Sequence[Sequence[object]] = (
        [options.init]
        if options.init is not None
        else list(islice(sample_values(types, env, options.principal), ARGUMENTS_MAX))
    )
    problem = "its init arguments have a type that has no value"
    for values in tries:
        try:
            world.install(canister_id, version.wasm, encode_init(version.wasm, *values))
        except InstallError as error:
            problem = str(error)
        else:
            return
    raise ReplicaUsageError(f"version `{version.name}` can't be installed: {problem}")


def _arguments(version: Version, method: str, options: MatrixOptions) -> Iterator[bytes]:
    function, env = version.method(method), version.interface.env
    given = options.arguments.get(method)
    samples = sample_values(function.args, env, options.principal) if given is None else iter(given)
    for values in islice(samples, ARGUMENTS_MAX):
        yield encode(function.args, values, env)


def _follow(found: dict[Site, Scene], scene: Scene, entry: str) -> None:
    """Remember the sites of the calls that wait, and go on from them to those of their handlers."""
    known: set[str] = set()
    begun = [(scene, entry)]
    while begun:
        here, maker = begun.pop(0)
        waiting = [call for call in here.parked() if call.record is not None]
        # Of calls of one site the last one is the case, that by which a join goes on.
        for call in reversed(waiting):
            found.setdefault(
                _site_of(here.version, maker, call), evolve(here, focus=call.record_id)
            )
        for call in waiting:
            assert call.record is not None
            handler = here.version.handler_entry(call.record.handler)
            if handler is not None and handler.name not in known:
                known.add(handler.name)
                begun += [(after, handler.name) for after in _answered(found, here, call, handler)]


def _site_of(version: Version, maker: str, call: ParkedCall) -> Site:
    record = call.record
    assert record is not None
    is_proxied = call.number is not None
    # The method of a call that a proxy makes is that of the callee, behind the callee itself.
    method = record.method.partition(".")[2] if is_proxied else record.method
    return match_site(version, maker, method, record.handler, is_proxied=is_proxied)


def _answered(
    found: dict[Site, Scene], scene: Scene, call: ParkedCall, handler: EntryPoint
) -> Iterator[Scene]:
    """The call answered in many ways, while its handler has sites that were not found."""
    outcomes = [*islice(scene.replies(call), REPLIES_MAX), REJECTED, UNKNOWN]
    for outcome in outcomes if call.may_be_unknown else outcomes[:-1]:
        if scene.version.sites_behind(handler) <= set(found):
            return
        after = scene.fork()
        after.answer_all(outcome, handler.name)
        yield after
