"""What a request must be before the replica sees it: its expiry, its effective id, its paths.

Interface Spec, "HTTPS interface".  Nothing here waits for anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from scm.candid.errors import DecodeError
from scm.errors import ScmError
from scm.model import Principal
from scm.network.core import Core
from scm.replica.management_types import decode_argument, is_management_method
from scm.wire.authentication import Authority
from scm.wire.envelopes import CallContent, Content, QueryContent
from scm.wire.errors import AuthenticationError
from scm.wire.hash_tree import Labels

EXPIRY_NS_MAX: Final = 330 * 10**9
"""How far in the future a request may expire: 5 minutes, and 30 seconds for clocks that differ."""

_MANAGEMENT: Final = Principal.management_canister()
_CREATING: Final = frozenset(("create_canister", "provisional_create_canister_with_cycles"))
_REQUEST_STATUS: Final = b"request_status"
_STATUS_LABELS: Final = (b"status", b"reply", b"reject_code", b"reject_message", b"error_code")
_CANISTER_LABELS: Final = (
    *(b"controllers", b"module_hash"),
    *(b"canister_creation_timestamp", b"last_install_timestamp"),
)
_SUBNET_LABELS: Final = (b"public_key", b"type", b"canister_ranges", b"node", b"metrics")


class RequestError(ScmError):
    """The request is refused with an HTTP status, and a text for whoever wrote it."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(text)


def check_expiry(content: Content, now_ns: int) -> None:
    """Refuse a request that comes too late, or could come again for too long.

    Anonymous queries and reads prove nothing, so they may expire at any time.
    """
    is_call = isinstance(content, CallContent)
    if not is_call and content.sender == Principal.anonymous():
        return
    expiry_ns = content.ingress_expiry_ns
    if not now_ns <= expiry_ns <= now_ns + EXPIRY_NS_MAX:
        # Agents know the beginning, and set their clocks by it.
        raise RequestError(
            400,
            "Invalid request expiry: Specified ingress_expiry not within expected range: Minimum"
            f" allowed expiry: {now_ns}, Maximum allowed expiry: {now_ns + EXPIRY_NS_MAX}, Provided"
            f" expiry: {expiry_ns}",
        )


def check_effective_id(content: CallContent | QueryContent, effective_id: Principal) -> None:
    """Refuse a call whose URL names another canister than the one it is about."""
    expected = content.canister_id
    if expected == _MANAGEMENT:
        if content.method_name in _CREATING or not is_management_method(content.method_name):
            return
        try:
            fields = decode_argument(content.method_name, content.argument)
        except DecodeError:
            return  # The replica says what is wrong with it.
        subject = fields.get("canister_id") or fields.get("target_canister")
        if not isinstance(subject, Principal):
            return
        expected = subject
    if effective_id != expected:
        raise RequestError(
            400,
            f"The effective canister id in the URL is {effective_id}, but the call is about"
            f" {expected}.",
        )


def check_subnet_call(content: CallContent | QueryContent) -> None:
    """Refuse what can't be called by the id of a subnet."""
    allowed = _CREATING if isinstance(content, CallContent) else {"list_canisters"}
    if content.canister_id != _MANAGEMENT or content.method_name not in allowed:
        raise RequestError(
            400,
            f"By a subnet's id only {', '.join(sorted(allowed))} of {_MANAGEMENT} can be called.",
        )


def read_request_id(
    paths: Sequence[Labels], effective_id: Principal, *, is_subnet: bool
) -> bytes | None:
    """Refuse paths that nobody may read; the id of the request whose status is read, if any."""
    request_ids = set()
    for path in paths:
        match path:
            case (b"time",) | (b"api_boundary_nodes", *_):
                pass
            case (b"subnet",) | (b"subnet", _):
                pass
            case (b"subnet", _, label) if label in _SUBNET_LABELS:
                pass
            case (b"subnet", _, b"node", _) | (b"subnet", _, b"node", _, b"public_key"):
                pass
            case (b"canister_ranges", _) if is_subnet:
                pass
            case (b"canister", raw, label) if label in _CANISTER_LABELS:
                _check_canister(raw, effective_id, is_subnet=is_subnet)
            case (b"canister", raw, b"metadata", name):
                _check_canister(raw, effective_id, is_subnet=is_subnet)
                _check_name(name)
            case (b"request_status", request_id):
                request_ids.add(request_id)
            case (b"request_status", request_id, label) if label in _STATUS_LABELS:
                request_ids.add(request_id)
            case _:
                raise RequestError(404, f"Invalid path requested: {_path_text(path)}")
    if len(request_ids) > 1:
        raise RequestError(400, "Can only request a single request ID in request_status paths.")
    return request_ids.pop() if request_ids else None


def check_readable(
    core: Core,
    paths: Sequence[Labels],
    authority: Authority,
    request_id: bytes | None,
    effective_id: Principal,
) -> None:
    """Refuse the status of other users' calls and of other canisters', and private metadata.

    A controller may read private metadata.  The status of a call of the management canister can be
    read by any id, as it is not kept which canister it was about.
    """
    record = None if request_id is None else core.find_request(request_id)
    if record is not None and record.request is not None:
        if record.request.sender != authority.sender:
            raise RequestError(
                403, "The user tries to access a request ID not signed by the caller."
            )
        if record.canister_id not in (effective_id, _MANAGEMENT):
            raise RequestError(
                400,
                f"The effective canister id in the URL is {effective_id}, but the request was a"
                f" call of {record.canister_id}.",
            )
        try:
            authority.check_targets((record.canister_id,))
        except AuthenticationError as error:
            raise RequestError(403, str(error)) from error
    for path in paths:
        match path:
            case (b"canister", raw, b"metadata", name):
                if is_private(core, Principal(raw), name.decode(), authority.sender):
                    raise RequestError(
                        403,
                        "Custom section can only be requested by the controllers of the canister.",
                    )


def is_private(core: Core, canister_id: Principal, name: str, sender: Principal) -> bool:
    """Whether metadata is there, and not for this reader."""
    canister = core.state.canisters.get(canister_id)
    if canister is None or canister.code is None or sender in canister.controllers:
        return False
    return f"icp:private {name}" in canister.code.module.custom_sections


def _check_canister(raw: bytes, effective_id: Principal, *, is_subnet: bool) -> None:
    if is_subnet:
        raise RequestError(404, "Paths of canisters can't be read by the id of a subnet.")
    if raw != effective_id.raw:
        raise RequestError(
            400,
            f"The effective canister id in the URL is {effective_id}, but a path is about another"
            " canister.",
        )


def _check_name(name: bytes) -> None:
    try:
        name.decode()
    except UnicodeDecodeError as error:
        raise RequestError(400, "The name of a custom section is not UTF-8.") from error


def _path_text(path: Labels) -> str:
    shown = (label.decode("ascii", "backslashreplace")[:40] for label in path[:5])
    return "/".join(cast("Sequence[str]", tuple(shown)))
