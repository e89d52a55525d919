"""What the agents must find, whatever they are: check -> value, from what the network knows itself.

Where an agent tells less, or is wrong, it stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.agents.runs import UNKNOWN, Run

from scm.model import Principal
from scm.wire.public_keys import self_authenticating

Expected = Callable[[Run], object]

OWNER: Final = self_authenticating(
    Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)
OTHER: Final = self_authenticating(
    derive_private_key(int("02" * 32, 16), SECP256K1())
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)
TOTAL: Final = 5 + 7 + sum(range(21, 41)) + 100


class Begins(str):
    """Equal to every text that begins so: what follows has times in it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.startswith(str(self))

    __hash__ = str.__hash__


EXPIRED: Final = {
    "http": 400,
    "text": Begins("Invalid request expiry: Specified ingress_expiry not within expected range: "),
}


Record = dict[str, object]


def rejected(
    code: int, message: str, error_code: str, *, is_certified: bool
) -> Callable[[Run], Record]:
    """A reject, by what the agent tells of it."""

    def expected(run: Run) -> Record:
        text = message.format(canister=f"Error from Canister {run.canister_id}: Canister")
        reject = {"code": code, "message": text, "error_code": error_code}
        match run.agent:
            case "core":
                return {**reject, "is_certified": is_certified}
            case "ic-py" if is_certified:
                return {"message": text}  # It gives no more.
            case _:
                return reject

    return expected


def trapped(reason: str, *, is_certified: bool) -> Callable[[Run], Record]:
    message = f"{{canister}} called `ic0.trap` with message: '{reason}'"
    return rejected(5, message, "IC0503", is_certified=is_certified)


def with_total(total: int, refused: Callable[[Run], Record]) -> Expected:
    return lambda run: {**refused(run), "total": total}


def note(remark: list[str]) -> Record:
    return {
        "about": "Tür €𝄞",
        "writer": str(OWNER),
        "seal": "00ff80",
        "balance": -(2**40),
        "places": [{"standing": None}, {"moved": {"to": "Zürich"}}],
        "remark": remark,
    }


def seen_as(principal: Principal) -> dict[str, str]:
    return {name: str(principal) for name in ("self", "update", "query")}


def subnet(run: Run) -> Record:
    found: Record = {
        "subnet": str(self_authenticating(run.root_key)),
        "public_key": run.root_key.hex(),
        "ranges": 1,
    }
    # ic-py can only read a path that it knows.
    return found if run.agent == "ic-py" else {**found, "node_keys": [run.node_key.hex()]}


def held(run: Run) -> Record:
    canister = str(run.canister_id)
    found: Record = {"was_processing": True, "answer": canister, "self": canister}
    return {**found, "http": 202} if run.agent == "core" else found


BY_ALL: Final[dict[str, Expected]] = {
    "status": lambda run: {"root_key": run.root_key.hex(), "health": "healthy"},
    "create": lambda run: str(run.canister_id),
    "install_code": lambda run: run.small_module_hash.hex(),
    "install_chunked_code": lambda run: [chunk.hex() for chunk in run.chunk_hashes],
    "canister_status": lambda run: {
        "status": ["running"],
        "module_hash": [run.module_hash.hex()],
        "controllers": [str(OWNER)],
        "has_cycles": True,
    },
    "update": lambda _: [5, 12],
    "query": lambda _: [12, "Agnes"],
    "candid_update": lambda _: note([]),
    "candid_query": lambda _: note(["seen"]),
    "parallel": lambda _: {"answers": 20, "total": TOTAL - 100},
    "replayed": lambda _: [TOTAL, TOTAL],
    "held": held,
    "reject": rejected(4, "not today", "IC0406", is_certified=True),
    "query_reject": rejected(4, "not here", "IC0406", is_certified=False),
    "trap": with_total(TOTAL, trapped("a broken pencil", is_certified=True)),
    "query_trap": trapped("a loose stair", is_certified=False),
    "unknown_method": rejected(
        5, "{canister} has no update method 'missing'.", "IC0536", is_certified=True
    ),
    "query_unknown_method": rejected(
        5, "{canister} has no query method 'missing_query'.", "IC0536", is_certified=False
    ),
    "unknown_canister": rejected(3, f"Canister {UNKNOWN} not found", "IC0301", is_certified=False),
    "query_unknown_canister": rejected(
        3, f"Canister {UNKNOWN} not found", "IC0301", is_certified=False
    ),
    "expired_call": lambda _: EXPIRED,
    "expired_query": lambda _: EXPIRED,
    "expired_read_state": lambda _: EXPIRED,
    "read_state": lambda run: {
        "module_hash": run.module_hash.hex(),
        "controllers": [str(OWNER)],
        "args": "(text)",
        "nothing": None,
    },
    "interface": lambda run: run.interface,
    "read_unknown_canister": lambda _: None,
    "subnet": subnet,
    "status_of_others": lambda _: {
        "http": 403,
        "text": "The user tries to access a request ID not signed by the caller.",
    },
    "ed25519": lambda _: seen_as(OWNER),
    "secp256k1": lambda _: seen_as(OTHER),
    "anonymous": lambda _: ["2vxsx-fae", "2vxsx-fae"],
    "controllers_only": lambda run: {
        "refused": trapped(f"PermissionError: {OTHER} is not a controller", is_certified=True)(run),
        "total": 0,
    },
    "delegation": lambda _: [str(OTHER), str(OTHER)],
    "delegation_chain": lambda _: [str(OTHER), str(OTHER)],
    "delegation_expired": lambda _: (
        [{"http": 400, "text": Begins("Invalid delegation expiry: it expired at ")}] * 2
    ),
    "delegation_forged": lambda _: (
        [{"http": 400, "text": "Invalid signature: it is not the sender's, of this request."}] * 2
    ),
}
"""What all agents check: name -> what must be found."""

_BOTH_TRUSTED: Final = [str(OTHER), str(OTHER)]

BY_ONE: Final[dict[str, dict[str, Expected]]] = {
    "core": {
        # The status is read until there is an answer, as the older versions of it do.
        "asynchronous": lambda _: [202, str(OWNER)],
        "clock": lambda _: [True, str(OWNER)],
        "delegation_targets": lambda _: _BOTH_TRUSTED,
        "delegation_for_others": lambda run: (
            [
                {
                    "http": 400,
                    "text": f"Invalid delegation: Canister {run.canister_id} is not one of the"
                    " delegation targets.",
                }
            ]
            * 2
        ),
        "delegation_for_queries": lambda _: [
            {"http": 400, "text": "Invalid delegation: it permits queries only."},
            str(OTHER),
        ],
        "delegation_polls": lambda _: str(OTHER),
        # That it does verify: with another root key, with a bit turned.
        "foreign_root_key": lambda _: [{"agent": "CertificateVerificationErrorCode"}] * 2,
        "forged_reply": lambda _: {"agent": "CertificateVerificationErrorCode"},
        "forged_query": lambda _: {"agent": "QuerySignatureVerificationFailedErrorCode"},
    },
    "icp-py-core": {
        "without_blst": lambda _: "BlstUnavailable",
        "foreign_root_key": lambda _: {"agent": "CertificateVerificationError"},
        "forged_reply": lambda _: {"agent": "CertificateVerificationError"},
        "forged_query": lambda _: {"agent": "QuerySignatureVerificationFailed"},
        # A defect of 2.3.1: it looks for `reject` in the answer, and doesn't verify without.
        "signed_reject": lambda _: {"agent": "QuerySignatureVerificationFailed"},
    },
    "ic-py": {},
}
"""What one agent checks, because others can't."""
