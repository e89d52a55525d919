"""May this module replace what is installed?  `scm check` against a live canister, in tests.

    findings = check_live(replica, canister.canister_id, new_wasm)
    assert is_safe(findings)

The answer is yes or no: the old module's metadata, the calls that wait and the timers that are set
come from the canister.
"""

from __future__ import annotations

from pathlib import Path

from scm.client.controller import counts_by_handler
from scm.compiler.check import Finding, check_interface, check_upgrade
from scm.compiler.deployed import INTERFACE_SECTION
from scm.compiler.findings import is_safe as is_safe
from scm.compiler.manifest import SECTION_NAME, AbiManifest
from scm.compiler.versions import Version, version_of_metadata, version_of_module
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.testing.pending_calls import pending_calls
from scm.testing.timers import read_timers


def check_live(replica: Replica, canister_id: Principal, new_wasm: bytes) -> list[Finding]:
    """Every finding of an upgrade of the canister to `new_wasm`, as things are at this moment.

    None is `unsafe-while-pending`: the canister knows what waits.  Raises `ReplicaUsageError` if
    either module was not built by scm.
    """
    old = installed_version(replica, canister_id)
    new = version_of_module(new_wasm, Path("new.wasm"))
    if old.abi is None or new.abi is None:
        which = "new module" if old.abi is not None else f"module of canister {canister_id}"
        raise ReplicaUsageError(f"the {which} was not built by scm: nothing can be compared")
    pending = live_counts(replica, canister_id, old.abi)
    return [*check_upgrade(old.abi, new.abi, pending), *check_interface(old.did, new.did)]


def installed_version(replica: Replica, canister_id: Principal) -> Version:
    """What the installed module says of itself."""
    view = replica.canister(canister_id)

    def section(name: str) -> bytes | None:
        public = view.custom_section(f"icp:public {name}")
        return view.custom_section(f"icp:private {name}") if public is None else public

    path = Path(str(canister_id))
    return version_of_metadata(section(SECTION_NAME), section(INTERFACE_SECTION), path)


def live_counts(replica: Replica, canister_id: Principal, manifest: AbiManifest) -> dict[str, int]:
    """What waits for each handler of the installed module: calls, and timers."""
    timers = read_timers(replica, canister_id) if manifest.timers else []
    return counts_by_handler(manifest, pending_calls(replica, canister_id), timers)
