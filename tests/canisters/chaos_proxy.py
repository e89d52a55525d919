"""The proxy of a random history: what may be done about calls through it, and how they end.

Nobody but the canister hears how such an order ended, so that its books tell: once, one day, for
each that began.  Only what decision 20 says may need a controller's answer by hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from tests.canisters.chaos_scene import PROXIED, order_of

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import NAT64, PRINCIPAL, Field, Record, Vec
from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.trace import Executed
from scm.testing.client import CanisterHandle
from scm.testing.matrix_outcomes import CALLBACKS
from scm.testing.pending_calls import answer_call, discard_call, pending_calls, retry_call
from scm.testing.timers import read_timers, retry_timer

if TYPE_CHECKING:
    from tests.canisters.chaos_history import ChaosHistory

HANDLE: Final = Record([Field("owner", PRINCIPAL), Field("id", NAT64)])
ROUNDS_MAX: Final = 400
STEP_SECONDS: Final = 10

FIRE: Final = "scm_fire_timer"

_CALLBACK: Final = re.compile(r"table\[(\d+)\]\((\d+)\)")
_NOBODY: Final = 0xFFFFFFFF
"""The table index of responses that nobody handles."""


def install_proxy(replica: Replica, wasm: bytes, owner: Principal) -> Principal:
    """A proxy for one canister."""
    proxy = replica.create_canister()
    replica.install(proxy, wasm, encode([Vec(PRINCIPAL)], [[owner]]))
    return proxy


def rescue_proxied(history: ChaosHistory) -> None:
    """Deal by hand with a call through the proxy, whatever it waits for."""
    calls = [call for call in history.scene.pending() if call.handler == PROXIED]
    if not calls:
        return
    call = history.chance.choice(calls)
    kind, number = order_of(call)
    if call.is_failed and history.chance.random() < 0.2:
        discard_call(history.replica, history.scene.caller, call.id)
        history.books.given_up.add(number)
    elif call.is_proxied or (call.is_failed and history.chance.random() < 0.3):
        history.answer(call, kind, number)
    else:
        history.retry(call, kind, number)


def end_proxied(history: ChaosHistory) -> None:
    """The proxy brings all that it has; every order through it is in the books then."""
    books, scene = history.books, history.scene
    history.order("proxied")  # This sends on what was refused while no message could be sent.
    history.replica.run_until_idle()
    history.poll()
    assert books.open == []
    _empty_proxy(history)
    given_up = _give_up_at_proxy(history)
    books.compare(scene.look())
    lost_receipts = _trapped(history, scene.caller, CALLBACKS)
    lost_ends = _trapped(history, scene.caller, ("cleanup",))
    for call in scene.pending():
        if call.handler != PROXIED:
            continue
        # What it waits for came before the snapshot was loaded that brought it back.
        is_loaded = call.version <= history.loaded_version
        if call.is_proxied:
            is_explained = is_loaded or call.id in lost_receipts | given_up
            assert is_explained, f"lost: no outcome comes for {call}"
            answer_call(history.replica, scene.caller, call.id)
            history.counts["through the proxy, answered by hand in the end"] += 1
        else:
            assert not call.status.startswith("refused"), f"lost: no one sends on {call}"
            is_explained = is_loaded or call.is_failed or call.id in lost_ends
            assert is_explained, f"lost: no one runs {call}"
            assert retry_call(history.replica, scene.caller, call.id) == b"DIDL\0\0"
    books.compare(scene.look())
    assert books.begun <= books.given_up, f"lost: {books.begun - books.given_up}"


def _empty_proxy(history: ChaosHistory) -> None:
    """Give the proxy time until it has brought all outcomes."""
    replica, scene = history.replica, history.scene
    lost = _trapped(history, scene.proxy, ("cleanup",))
    calls = [call for call in pending_calls(replica, scene.proxy) if call.id in lost]
    # What was to tell of their end was cut, and its cleanup, too, so that they fire for ever.
    firing = {int.from_bytes(call.context, "little") for call in calls if call.method == FIRE}
    for _ in range(ROUNDS_MAX):
        if all(request["status"] == "calling" for request in scene.outstanding()):
            return
        for timer in read_timers(replica, scene.proxy):
            if timer.status == "failed" or (timer.status == "firing" and timer.id in firing):
                retry_timer(replica, scene.proxy, timer.id)
        replica.advance_time(STEP_SECONDS)
        replica.run_until_idle()
    raise AssertionError(f"lost: the proxy does not bring {scene.outstanding()}")


def _give_up_at_proxy(history: ChaosHistory) -> set[int]:
    """Forget requests whose answers were lost, as what keeps them was cut, and its cleanup, too.

    Returns what the canister calls them.
    """
    replica, scene = history.replica, history.scene
    proxy = CanisterHandle(replica, scene.proxy)
    lost = _trapped(history, scene.proxy, ("cleanup",))
    calls = pending_calls(replica, scene.proxy)
    stuck = {
        _handle_of(call.context)[1]: call.id
        for call in calls
        if call.handler == "answered" and call.is_waiting
    }
    given_up = set()
    for request in scene.outstanding():
        number = cast(int, request["id"])
        assert stuck[number] in lost, f"lost: the proxy waits for {request}"
        assert proxy.forget(request["owner"], number)
        given_up.add(number & (1 << 32) - 1)
    for call in calls:
        assert call.is_failed or call.id in lost, f"left at the proxy: {call}"
        discard_call(replica, scene.proxy, call.id)
    assert scene.outstanding() == []
    assert proxy.recount() == 0
    return given_up


def _handle_of(context: bytes) -> tuple[Principal, int]:
    (handle,) = decode(context, [HANDLE])
    found = cast(dict[str, object], handle)
    return cast(Principal, found["owner"]), cast(int, found["id"])


def _trapped(history: ChaosHistory, canister_id: Principal, modes: tuple[str, ...]) -> set[int]:
    """The calls, by their ids, in whose responses a canister trapped."""
    found = set()
    for event in history.replica.trace:
        if (
            isinstance(event, Executed)
            and event.canister_id == canister_id
            and event.mode in modes
            and event.error is not None
        ):
            match = _CALLBACK.fullmatch(event.entry)
            assert match is not None, event.entry
            if int(match[1]) != _NOBODY:
                found.add(int(match[2]))
    return found
