"""What an upgrade of a deployed canister would do: the plan, before anything is changed.

The deployed version is what the canister's certified metadata says, what waits is what the canister
says, and the comparison is `scm check`'s.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.client.agent import Agent
from scm.client.controller import Controller
from scm.client.controls import CallCounts
from scm.client.handles import INTERFACE
from scm.client.installing import read_metadata_section, read_module_hash
from scm.compiler.check import check_interface, check_upgrade
from scm.compiler.findings import Finding, is_safe
from scm.compiler.manifest import SECTION_NAME, AbiManifest
from scm.compiler.versions import Version, version_of_metadata, version_of_module
from scm.errors import ConfigurationError
from scm.model import Principal

_EVERYTHING: Final = "calls in flight, state and timers"


@frozen
class UpgradePlan:
    """An upgrade of `canister_id` from the module `old_hash` to `new_wasm`.

    `findings`: what the check found.  `waiting`: how many calls and timers there are for each
    handler, all of which the new code takes over.  `counts` is None for a canister that scm did not
    build, and `unchecked` then says what nobody knows.
    """

    canister_id: Principal
    old_hash: bytes
    new_wasm: bytes
    new_hash: bytes
    findings: tuple[Finding, ...]
    waiting: dict[str, int]
    counts: CallCounts | None
    unchecked: str = ""

    @property
    def is_same(self) -> bool:
        """Whether the canister has this very module."""
        return self.old_hash == self.new_hash

    @property
    def is_safe(self) -> bool:
        """Whether nothing forbids it, as far as is known."""
        return is_safe(list(self.findings))


def plan_upgrade(
    agent: Agent, canister_id: Principal, wasm: bytes, *, expects_idle: bool = False
) -> UpgradePlan:
    """The plan of an upgrade, as things are at this moment.

    `expects_idle`: it is for the moment when no call waits, so what calls wait for is of no
    importance; timers are.  Raises `ConfigurationError` if the canister has no module;
    `RejectError`, `NetworkError`.
    """
    old_hash = read_module_hash(agent, canister_id)
    if old_hash is None:
        raise ConfigurationError(
            f"canister {canister_id} has no module to upgrade", "`scm deploy` installs one"
        )
    new_hash = hashlib.sha256(wasm).digest()
    old = deployed_version(agent, canister_id)
    new = version_of_module(wasm, Path("new.wasm"))
    if old.abi is None or new.abi is None:
        which = "deployed" if old.abi is None else "new"
        unchecked = (
            f"the {which} module was not built by scm: what becomes of {_EVERYTHING} is not known"
        )
        findings = check_interface(old.did, new.did) if old.did and new.did else []
        found = tuple(findings)
        return UpgradePlan(canister_id, old_hash, wasm, new_hash, found, {}, None, unchecked)
    controller = Controller(agent, canister_id)
    counts = controller.counts()
    waiting = controller.live_counts(old.abi)
    relevant = _timers_of(waiting, old.abi) if expects_idle else waiting
    findings = [*check_upgrade(old.abi, new.abi, relevant), *check_interface(old.did, new.did)]
    return UpgradePlan(canister_id, old_hash, wasm, new_hash, tuple(findings), waiting, counts)


def deployed_version(agent: Agent, canister_id: Principal) -> Version:
    """What the installed module says of itself, certified."""
    abi = read_metadata_section(agent, canister_id, SECTION_NAME)
    did = read_metadata_section(agent, canister_id, INTERFACE)
    return version_of_metadata(abi, did, Path(str(canister_id)))


def _timers_of(waiting: dict[str, int], manifest: AbiManifest) -> dict[str, int]:
    handlers = {entry.name for entry in manifest.handlers}
    return {name: count for name, count in waiting.items() if name not in handlers}
