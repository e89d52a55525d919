"""The deployed version for `scm check`: a canister in a saved replica, and which calls wait.

What waits comes from the canister itself, or from a file: the reply of its query `scm_pending` as
Candid (bytes, hex or text), or JSON, `{"paid": 2}`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.errors import CandidSyntaxError, DecodeError
from scm.candid.value_parser import parse_values
from scm.cli.state_source import canister_in, is_saved, load_replica
from scm.compiler.artefacts import SlotEntry
from scm.compiler.check import name_counts
from scm.compiler.versions import Version
from scm.errors import ConfigurationError
from scm.testing.pending_calls import PENDING_REPLY
from scm.testing.upgrades import installed_version, live_counts

_NOT_FAILED: Final = ("waiting", "running", "proxied")
"""How the status of a call begins whose handler must be there after the upgrade."""

STANDARD_INPUT: Final = "-"
_HELP: Final = (
    'give the reply of the query `scm_pending` as Candid, or counts as JSON: `{"paid": 2}`'
)


@frozen
class Waiting:
    """How many calls and timers wait for each handler; `counts` is None if that is not known.

    `counts_timers`: see `check_upgrade`.
    """

    counts: Mapping[str, int] | None = None
    counts_timers: bool = True


@frozen
class Deployed:
    """The old version, and what waits for its handlers, if the canister could say."""

    version: Version
    waiting: Waiting = Waiting()


def is_saved_replica(path: Path) -> bool:
    """Whether a file is one of `Replica.save`."""
    return path.is_file() and is_saved(path)


def read_deployed(path: Path, canister: str | None) -> Deployed:
    """A canister of a saved replica, and the calls that it waits for.

    Raises `ConfigurationError` if there is none, or if scm did not build it.
    """
    replica = load_replica(path)
    canister_id = canister_in(replica, canister, path).canister_id
    version = installed_version(replica, canister_id)
    if version.abi is None:
        raise ConfigurationError(
            f"the module of canister {canister_id} was not built by scm", "give its `.wasm`"
        )
    return Deployed(version, Waiting(live_counts(replica, canister_id, version.abi)))


def read_calls(source: str, handlers: Sequence[SlotEntry]) -> Waiting:
    """Counts from a file, or from standard input."""
    if source == STANDARD_INPUT:
        content = b"" if sys.stdin is None else sys.stdin.buffer.read()
    else:
        content = Path(source).read_bytes()
    shown = "standard input" if source == STANDARD_INPUT else f"`{source}`"
    try:
        return _counts_in(content, handlers)
    except (CandidSyntaxError, DecodeError, ValueError) as error:
        raise ConfigurationError(f"{shown} does not tell what waits: {error}", _HELP) from error


def _counts_in(content: bytes, handlers: Sequence[SlotEntry]) -> Waiting:
    text = "" if content.startswith(b"DIDL") else content.decode().strip()
    if text.startswith("{"):
        return Waiting(_counts_of_json(json.loads(text)))
    if text.startswith("("):
        values: Any = parse_values(text, PENDING_REPLY)
    else:
        values = decode(bytes.fromhex(text) if text else content, PENDING_REPLY)
    calls, rest_from = values
    if rest_from is not None:
        raise ValueError(f"it is a part of the list, which goes on from {rest_from}")
    waiting = [call for call in calls if call["status"].startswith(_NOT_FAILED)]
    by_slot = Counter(int(call["slot"]) for call in waiting)
    # `scm_pending` lists calls, and says nothing of timers.
    return Waiting(name_counts(handlers, by_slot), counts_timers=False)


def _counts_of_json(document: object) -> dict[str, int]:
    assert isinstance(document, dict)  # It began with a brace.
    for name, count in document.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ValueError(f"the count of `{name}` is {count!r}")
    return document
