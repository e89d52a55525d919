"""The management canister over a network: what a controller does with a canister.

Interface Spec, "The IC management canister".  Arguments are fields by name, values as in
`scm.candid.values`.
"""

from __future__ import annotations

from typing import Any, Final, Literal, cast

from attrs import frozen

from scm.candid.values import VariantValue
from scm.client.agent import WAIT_SECONDS, Agent
from scm.client.answers import Rejected, reply_of
from scm.client.requests import Message, Request
from scm.model import Principal
from scm.replica.management_types import decode_result, encode_argument

InstallMode = Literal["install", "reinstall", "upgrade"]

MANAGEMENT: Final = Principal.management_canister()
STOP_SECONDS: Final = 330.0
"""A stop is rejected by the network itself after 5 minutes (`IC0206`)."""


@frozen
class LogRecord:
    """One entry of a canister's log; `time_ns` since 1970."""

    index: int
    time_ns: int
    content: bytes


@frozen
class CanisterStatus:
    """What `canister_status` says, as far as scm uses it; `fields` has all of it."""

    status: str
    module_hash: bytes | None
    controllers: tuple[Principal, ...]
    cycles: int
    memory_bytes: int
    fields: dict[str, Any]


def manage(
    agent: Agent,
    method: str,
    /,
    *,
    about: Principal,
    seconds: float = WAIT_SECONDS,
    **fields: object,
) -> Any:
    """Call a method of the management canister and wait: the decoded reply.

    `about` is the canister by which the network finds the subnet.  Raises what `Agent.call` does.
    """
    return decode_result(method, agent.call(message_for(method, about, **fields), seconds))


def message_for(method: str, about: Principal, /, **fields: object) -> Message:
    """The call of a method of the management canister."""
    return Message(MANAGEMENT, method, encode_argument(method, dict(fields)), about)


def canister_status(agent: Agent, canister_id: Principal) -> CanisterStatus:
    """How a canister is, as its controllers may know; certified, as it is a call."""
    found = manage(agent, "canister_status", about=canister_id, canister_id=canister_id)
    return CanisterStatus(
        status=str(found["status"].tag),
        module_hash=found["module_hash"],
        controllers=tuple(found["settings"]["controllers"]),
        cycles=found["cycles"],
        memory_bytes=found["memory_size"],
        fields=found,
    )


def start_canister(agent: Agent, canister_id: Principal) -> None:
    """Start a canister, or take back a stop that is under way."""
    manage(agent, "start_canister", about=canister_id, canister_id=canister_id)


def stop_canister(agent: Agent, canister_id: Principal) -> None:
    """Stop a canister, which takes until no call of it waits; raises `RejectError` after 5 min."""
    manage(agent, "stop_canister", about=canister_id, seconds=STOP_SECONDS, canister_id=canister_id)


def send_stop(agent: Agent, canister_id: Principal) -> Request:
    """Have a canister stop, and do not wait for it; raises `RejectError` if that is refused."""
    request = agent.prepare(message_for("stop_canister", canister_id, canister_id=canister_id))
    known = agent.send(request)
    if isinstance(known, Rejected):
        reply_of(known)
    return request


def delete_canister(agent: Agent, canister_id: Principal) -> None:
    """Delete a canister that is stopped, with its cycles."""
    manage(agent, "delete_canister", about=canister_id, canister_id=canister_id)


def update_settings(agent: Agent, canister_id: Principal, **settings: object) -> None:
    """Change settings; those that are not named stay."""
    manage(agent, "update_settings", about=canister_id, canister_id=canister_id, settings=settings)


def fetch_logs(agent: Agent, canister_id: Principal) -> list[LogRecord]:
    """The log of a canister: the network keeps the newest 4 KiB or so."""
    message = message_for("fetch_canister_logs", canister_id, canister_id=canister_id)
    reply = cast("dict[str, Any]", decode_result("fetch_canister_logs", agent.query(message)))
    return [
        LogRecord(record["idx"], record["timestamp_nanos"], record["content"])
        for record in reply["canister_log_records"]
    ]


def install_message(
    mode: InstallMode, canister_id: Principal, wasm: bytes, argument: bytes
) -> Message:
    """The call that installs a module which fits into a message."""
    return message_for(
        "install_code",
        canister_id,
        mode=VariantValue(mode),
        canister_id=canister_id,
        wasm_module=wasm,
        arg=argument,
    )
