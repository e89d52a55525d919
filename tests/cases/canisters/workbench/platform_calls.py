"""What a canister can ask of the platform."""

from store import Workbench

from scm import (
    Method,
    Pending,
    Principal,
    Reject,
    Reply,
    Response,
    Service,
    Unknown,
    ic,
    nat,
    nat64,
    on_response,
    query,
    record,
    update,
)


@record
class Facts:
    caller: Principal
    self_id: Principal
    time_ns: nat64
    version: nat64
    balance: nat
    is_controller: bool


@query
def facts() -> Facts:
    return gather()


@update
def facts_of_update() -> Facts:
    return gather()


def gather() -> Facts:
    return Facts(
        caller=ic.caller(),
        self_id=ic.self_id(),
        time_ns=ic.time(),
        version=ic.canister_version(),
        balance=ic.cycles_balance(),
        is_controller=ic.is_controller(ic.caller()),
    )


@update
def restricted() -> None:
    ic.require_controller()


@record
class Taken:
    available: nat
    accepted: nat


class Till(Service):
    take: Method[[nat], Taken]


@record
class Payment:
    available: nat
    accepted: nat
    refunded: nat


@update
def take(bench: Workbench, at_most: nat) -> Taken:
    """Accept cycles; the caller learns how many there were and how many were taken."""
    return Taken(available=ic.cycles_available(), accepted=ic.accept_cycles(at_most))


@update
def pay(bench: Workbench, till: Principal, cycles: nat, at_most: nat) -> Pending[Payment]:
    return Till(till).take(at_most).with_cycles(cycles).then(paid)


@on_response
def paid(bench: Workbench, response: Response[Taken]) -> Payment:
    match response:
        case Reply(taken):
            return Payment(taken.available, taken.accepted, ic.cycles_refunded())
        case Reject(_, message):
            raise RuntimeError(message)
        case Unknown():
            raise RuntimeError("a call without a bound has an answer")


@update
def call_nobody(bench: Workbench, callee: Principal) -> Pending[nat]:
    """A call that can't succeed; its handler replies with the reject code."""
    return Till(callee).take(1).then(refused)


@on_response
def refused(bench: Workbench, response: Response[Taken]) -> nat:
    match response:
        case Reject(code, _):
            return code
        case _:
            return 0


@update
def reject_after_call(bench: Workbench, till: Principal) -> Pending[nat]:
    return Till(till).take(0).then(rejecting)


@on_response
def rejecting(bench: Workbench, response: Response[Taken]) -> nat:
    bench.counter += 1
    ic.reject("after the call")


@update
def notify(bench: Workbench, till: Principal) -> bool:
    """A one-way call: nobody waits for the response."""
    return Till(till).take(0).send()
