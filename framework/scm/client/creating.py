"""New canisters: from nothing on networks for development, from cycles on the Internet Computer.

There a user's call can't carry cycles, so the cycles ledger creates the canister, and pays from the
caller's account (`interfaces/cycles_ledger.did`).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

from scm.client.agent import Agent
from scm.client.creation_intents import Intent, begin_creation, end_creation
from scm.client.management import MANAGEMENT, manage
from scm.client.places import Place
from scm.client.requests import Message
from scm.errors import ConfigurationError, NetworkError
from scm.faces.did_face import DidFace, DidMethod
from scm.model import Principal

CYCLES_LEDGER: Final = Principal.from_text("um5iw-rqaaa-aaaaq-qaaba-cai")
_FILE: Final = "interfaces/cycles_ledger.did"
_TRILLION: Final = 10**12
_NOTHING_MADE: Final = {
    *("InsufficientFunds", "TemporarilyUnavailable", "FailedToCreate", "CreatedInFuture")
}
"""Errors by which there is no canister: the ledger looks for duplicates before all else."""


def create_canister(
    agent: Agent, place: Place, cycles: int | None, intent_path: Path | None = None
) -> Principal:
    """A new canister with these cycles, controlled by the caller.

    Without a number, a network for development gives what it thinks fit.  What is paid for is
    noted at `intent_path` before, so that it is found again if all is lost; `end_creation` is for
    the caller, when the canister is known for good.  Raises
    `ConfigurationError` if the Internet Computer is to do it for nobody or for nothing,
    `NetworkError` if the cycles ledger refuses, and what `Agent.call` raises.
    """
    if not place.is_ic:
        reply = manage(
            agent, "provisional_create_canister_with_cycles", about=MANAGEMENT, amount=cycles
        )
        return cast(Principal, reply["canister_id"])
    if agent.identity.principal == Principal.anonymous():
        raise ConfigurationError(
            "the anonymous identity would give the canister to everybody",
            "`scm identity new NAME` makes one; name it with `--identity NAME`",
        )
    if cycles is None:
        raise ConfigurationError(
            "a canister on the Internet Computer takes cycles to be created",
            "say how many: `--cycles 1T`, of those that the cycles ledger has for you",
        )
    principal, now_ns = agent.identity.principal, agent.transport.clock.now_ns()
    if intent_path is None:
        return _create_by_ledger(agent, Intent(now_ns, cycles, str(principal)), None)
    intent = begin_creation(intent_path, cycles, principal, now_ns)
    return _create_by_ledger(agent, intent, intent_path)


def _create_by_ledger(agent: Agent, intent: Intent, path: Path | None) -> Principal:
    method = _method("create_canister")
    arguments = {
        "amount": intent.cycles,
        # With the time the ledger sees that it is the same, should it come again.
        "created_at_time": intent.created_at_time,
        "creation_args": {"settings": {"controllers": [agent.identity.principal]}},
    }
    reply = agent.call(
        Message(CYCLES_LEDGER, method.public_name, method.encode_arguments([arguments]))
    )
    result = cast(Any, method.decode_result(reply))
    if result.tag == "Ok":
        return cast(Principal, result.value["canister_id"])
    if path is not None and result.value.tag in _NOTHING_MADE:
        end_creation(path)
    return _canister_of_error(result.value, intent.cycles, agent, path)


def _canister_of_error(error: Any, cycles: int, agent: Agent, path: Path | None) -> Principal:
    details = error.value if isinstance(error.value, dict) else {}
    match error.tag:
        case "Duplicate" if details["canister_id"] is not None:
            return cast(Principal, details["canister_id"])
        case "Duplicate" if path is not None:
            raise NetworkError(
                "the canister that was asked for is not there yet, or was refused",
                f"run it again in a minute; if this stays so, remove `{path}`: then another one"
                " is paid for",
            )
        case "InsufficientFunds":
            raise NetworkError(
                f"the cycles ledger has {details['balance'] / _TRILLION:.3f}T cycles for"
                f" {agent.identity.principal}, and {cycles / _TRILLION:.3f}T are asked for",
                "buy cycles for this principal, or ask for fewer: `--cycles`",
            )
        case "FailedToCreate":
            reason = details["error"]
        case "GenericError":
            reason = details["message"]
        case _:
            reason = error.tag
    raise NetworkError(f"the cycles ledger did not create a canister: {reason}")


@cache
def _ledger() -> DidFace:
    return DidFace(files("scm").joinpath(_FILE).read_text(encoding="utf-8"))


def _method(name: str) -> DidMethod:
    method = _ledger().find_method(name)
    assert method is not None
    return method
