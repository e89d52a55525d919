"""Creations that are paid for: noted before they are asked for, so that none is paid for twice.

The cycles ledger sees by caller, amount and `created_at_time` that a creation is the same as one
before, and answers with the canister of that, for 24 hours (`TRANSACTION_WINDOW` in its source).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final
from urllib.parse import quote

from attrs import asdict, frozen

from scm.client.private_files import write_private
from scm.errors import ConfigurationError
from scm.model import Principal

WINDOW_NS: Final = 24 * 60 * 60 * 10**9
_FOLDER: Final = Path(".scm")


@frozen
class Intent:
    """What the ledger is asked for; the time is in nanoseconds since 1970."""

    created_at_time: int
    cycles: int
    principal: str


def intent_path(root: Path, network: str, name: str) -> Path:
    """Where the project in `root` notes the creation of a canister on a network."""
    return root / _FOLDER / f"creating-{quote(name, safe='')}-{quote(network, safe='')}.json"


def begin_creation(path: Path, cycles: int, principal: Principal, now_ns: int) -> Intent:
    """The intent that was noted before and not ended, else a new one, which is noted.

    Raises `ConfigurationError` if the ledger would not see that it is the one that was noted.
    """
    wanted = Intent(now_ns, cycles, str(principal))
    if not path.is_file():
        write_private(path, json.dumps(asdict(wanted), indent=2) + "\n")
        return wanted
    noted = _read(path)
    reason = ""
    if noted.principal != wanted.principal:
        reason = f"by {noted.principal}, and not by {principal}: name that `--identity`"
    elif noted.cycles != cycles:
        reason = f"with other cycles: say `--cycles {noted.cycles}`"
    elif now_ns - noted.created_at_time >= WINDOW_NS:
        reason = "more than 24 hours ago, and the cycles ledger does not know of it any more"
    if reason:
        raise ConfigurationError(
            f"a canister was asked for before, and what came of it is not known: {reason}",
            f"only if none came of it, remove `{path}`: then another one is paid for",
        )
    return noted


def end_creation(path: Path) -> None:
    """Forget an intent: its canister is noted, or the ledger has said that there is none."""
    path.unlink(missing_ok=True)


def _read(path: Path) -> Intent:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        time_ns, cycles = int(document["created_at_time"]), int(document["cycles"])
        return Intent(time_ns, cycles, str(document["principal"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"`{path}` does not say which canister was asked for",
            "only if none was paid for, remove it",
        ) from error
