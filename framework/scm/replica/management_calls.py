"""A call of the management canister, and how its methods look at it, answer and refuse.

The methods themselves are in `management_*.py`, by subject; `management.py` has them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from attrs import frozen

from scm.model import Principal, RejectCode
from scm.replica import charges, management_types
from scm.replica.fees import instruction_cycles
from scm.replica.history import ChangeOrigin
from scm.replica.state import CanisterState, Origin, Outcome, Rejected, ReplicaState, Replied

Fields = dict[str, object]


class Refusal(Exception):  # noqa: N818 - carries a reject, is never seen outside
    """The method does not run: its caller gets `rejected`, and the attached cycles back."""

    def __init__(self, rejected: Rejected) -> None:
        self.rejected = rejected
        super().__init__(rejected.message)


@frozen
class Answer:
    """An outcome, and the part of the attached cycles that goes back."""

    outcome: Outcome
    refund: int = 0


@frozen
class ManagementCall:
    """One call, its argument decoded; `is_query` if it is a query call or part of one."""

    state: ReplicaState
    method: str
    fields: Fields
    sender: Principal
    is_ingress: bool
    is_query: bool
    cycles: int
    origin: Origin

    def canister(self, field: str = "canister_id") -> CanisterState:
        """The canister that a field names; refuses the call if there is none."""
        canister_id = cast(Principal, self.fields[field])
        found = self.state.canisters.get(canister_id)
        if found is None:
            message = f"Canister {canister_id} not found."
            raise refusal(RejectCode.DESTINATION_INVALID, 301, message)
        return found

    def controlled(self, *, also_self: bool = False, also_admin: bool = False) -> CanisterState:
        """The canister, if the caller controls it."""
        canister = self.canister()
        is_allowed = self.controls(canister)
        is_allowed |= also_self and self.sender == canister.canister_id
        is_allowed |= also_admin and self.is_by_admin
        if not is_allowed:
            raise not_controller(canister, self.sender)
        return canister

    def controls(self, canister: CanisterState) -> bool:
        """Whether the caller is a controller of the canister."""
        return self.sender in canister.controllers

    @property
    def is_by_admin(self) -> bool:
        """Whether the caller is an administrator of the subnet."""
        return self.sender in self.state.subnet_admins

    @property
    def change_origin(self) -> ChangeOrigin:
        """Who asks, for the history."""
        if self.is_ingress:
            return ChangeOrigin(self.sender)
        version = cast("int | None", self.fields.get("sender_canister_version"))
        return ChangeOrigin(self.sender, is_canister=True, canister_version=version)

    def charge_instructions(
        self, canister: CanisterState, instructions: int, *, grown_bytes: int = 0
    ) -> None:
        """Make a canister pay for what the method does; refuses the call if it cannot.

        Nor must what it stores freeze the canister.
        """
        cycles = instruction_cycles(instructions, is_memory_64=False)
        # First, as a call that is refused costs nothing.
        rejected = charges.refuse_price(self.state, canister, cycles)
        if rejected is None:
            rejected = charges.refuse_growth(self.state, canister, grown_bytes, price=cycles)
        if rejected is None:
            rejected = charges.pay(self.state, canister, charges.INSTRUCTIONS, cycles)
        if rejected is not None:
            raise Refusal(rejected)

    def done(self, *results: object) -> Answer:
        """Reply with `results`; all attached cycles go back."""
        return self.replied(results, self.cycles)

    def replied(self, results: tuple[object, ...], refund: int) -> Answer:
        """Reply, and give `refund` back of the attached cycles."""
        reply = Replied(management_types.encode_results(self.method, results))
        return Answer(reply, refund)


@frozen
class Method:
    """How one method runs: `run` gives None if the answer comes later.

    `is_for_canisters`: users cannot call it.  `is_query`: also as a query; `is_only_query`: not
    otherwise.
    """

    run: Callable[[ManagementCall], Answer | None]
    is_for_canisters: bool = False
    is_query: bool = False
    is_only_query: bool = False


MethodTable = dict[str, Method]

_NOT_CONTROLLER: Final = 512
_NOT_AUTHORIZED: Final = 406


def refusal(code: int, error_code: int, message: str) -> Refusal:
    """A refusal by reject code (Interface Spec, "Reject codes") and the number of an `IC` code."""
    return Refusal(Rejected(code, message, f"IC{error_code:04d}"))


def refusal_by(error_code: int, message: str) -> Refusal:
    """A refusal whose reject code is the error code's hundreds."""
    return refusal(error_code // 100, error_code, message)


def not_controller(canister: CanisterState, sender: Principal) -> Refusal:
    """The refusal of a caller that does not control the canister (IC0512)."""
    controllers = " ".join(map(str, canister.controllers))
    message = (
        f"Only the controllers of the canister {canister.canister_id} can control it.\n"
        f"Canister's controllers: {controllers}\nSender's ID: {sender}"
    )
    return refusal_by(_NOT_CONTROLLER, message)


def not_authorized() -> Refusal:
    """The refusal of a caller that may not call a method at all (IC0406)."""
    message = "The caller is not authorized to call this method."
    return refusal_by(_NOT_AUTHORIZED, message)
