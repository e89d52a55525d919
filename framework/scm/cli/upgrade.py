"""What `scm upgrade` does: build, plan against what is deployed and waits, install, verify."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from scm.cli.commands import InterfaceOptions, ProjectError, build_project
from scm.cli.console import Console, format_size
from scm.cli.findings import JSON_VERSION
from scm.cli.printable import printing
from scm.client.chunks import Tell
from scm.client.management import canister_status
from scm.client.network import Network
from scm.client.transport import is_loopback
from scm.client.upgrade_plan import UpgradePlan, plan_upgrade
from scm.client.upgrading import Wait, Way, carry_out
from scm.compiler.builds import BuildOptions
from scm.compiler.deployed import read_module
from scm.compiler.project import load_project
from scm.errors import ConfigurationError, UpgradeRefusedError
from scm.model import Principal

_WAYS: Final[dict[str, str]] = {
    "now": "now, without stopping the canister",
    "when-idle": "in a moment when no call waits",
    "drain": "when its calls have come to an end, and it makes no new ones until then",
    "stop": "while it is stopped",
}

_ABOUT_UPGRADES: Final = {"incompatible-handler", "removed-handler", "reserved-handler"}
"""Codes of a build by which code is wrong beside that of before, and might be right alone."""


@frozen
class Target:
    """The canister: of the project in `path`, or called `name`; `wasm`: what is not to be built."""

    path: Path
    name: str | None = None
    wasm: Path | None = None
    sha256: str | None = None
    allow_breaking: bool = False

    @property
    def canister(self) -> str:
        """Its name or id; raises `ConfigurationError` if nothing tells it."""
        return self.name or load_project(self.path).name


@frozen
class WayOptions:
    """How an upgrade is to be made, and what is asked and told."""

    way: Way = "now"
    within_seconds: float = 300.0
    dry_run: bool = False
    yes: bool = False
    as_json: bool = False


class PlanRefusedError(UpgradeRefusedError):
    """The plan of an upgrade has reasons against it; `document` is all of it, as JSON has it."""

    def __init__(self, findings: Sequence[str], document: dict[str, Any]) -> None:
        super().__init__(findings)
        self.document: Final = document

    def details(self) -> dict[str, object]:
        """The plan."""
        return self.document


class UnsafeSourceError(ProjectError):
    """Nothing is wrong with a project's source but that calls in flight would be lost by it."""

    exit_code = UpgradeRefusedError.exit_code

    def details(self) -> dict[str, object]:
        """What a plan would say: the build that it needs was not made."""
        return {
            "safe": False,
            "findings": [
                {
                    "severity": "unsafe",
                    "subject": diagnostic.message,
                    "path": "",
                    "reason": "; ".join(diagnostic.notes),
                    "help": "; ".join(diagnostic.helps),
                }
                for diagnostic in self.diagnostics
            ],
        }


def upgrade(network: Network, target: Target, options: WayOptions, console: Console) -> int:
    """`scm upgrade`.

    Raises `UpgradeRefusedError` if it is not safe, `BlockedError` when the time is up,
    `RejectError` if the new code refuses, `ConfigurationError`, `NetworkError`.
    """
    canister_id = network.find_canister(target.canister)
    wasm = module_of(target, console)
    return upgrade_to(network, canister_id, wasm, options, console)


def module_of(target: Target, console: Console) -> bytes:
    """The module: built, or read, and with the hash that it must have.

    Raises `UnsafeSourceError` if the build refuses only for the sake of calls in flight.
    """
    if target.wasm is not None:
        read_module(target.wasm, "give a `.wasm` or `.wasm.gz`")  # It is one, or an error.
        wasm = target.wasm.read_bytes()
    else:
        interface = InterfaceOptions(allow_breaking=target.allow_breaking)
        try:
            result = build_project(target.path, BuildOptions(), console, interface)
        except ProjectError as error:
            if all(diagnostic.code in _ABOUT_UPGRADES for diagnostic in error.diagnostics):
                raise UnsafeSourceError(error.root, error) from error
            raise
        wasm = result.wasm_path.read_bytes()
    check_hash(wasm, target.sha256)
    return wasm


def check_hash(wasm: bytes, expected: str | None) -> None:
    """Raise `ConfigurationError` if a module has another hash than it must have."""
    actual = hashlib.sha256(wasm).hexdigest()
    if expected is not None and expected.lower().removeprefix("0x") != actual:
        raise ConfigurationError(
            f"the module has the hash {actual}, and not {expected}", "nothing was sent"
        )


def upgrade_to(
    network: Network, canister_id: Principal, wasm: bytes, options: WayOptions, console: Console
) -> int:
    """Upgrade a canister to a module: plan, show, ask, carry out."""
    is_patient = options.way != "now"
    plan = plan_upgrade(network.agent, canister_id, wasm, expects_idle=is_patient)
    if not options.as_json:
        _show(plan, options, console)
    if not plan.is_safe:
        reasons = [item for item in plan.findings if item.severity not in ("safe", "warning")]
        raise PlanRefusedError(
            [f"{item.subject}: {item.reason}" for item in reasons],
            _document(plan, options, "refused"),
        )
    result = "planned"
    if plan.is_same:
        result = "unchanged"
        console.say("the canister has this very module: nothing to do")
    elif not options.dry_run:
        _check_may_upgrade(network, plan)
        question = "upgrade without knowing that?" if plan.unchecked else "upgrade?"
        confirm(network, question, console, yes=options.yes, is_doubtful=bool(plan.unchecked))
        _carry_out(network, plan, options, console)
        result = "upgraded"
    if options.as_json:
        console.result(json.dumps(_document(plan, options, result), indent=2))
    elif result == "upgraded":
        console.say(f"upgraded; the module hash is {plan.new_hash.hex()}, as the network certifies")
        console.result(str(canister_id))
    return 0


def confirm(
    network: Network, question: str, console: Console, *, yes: bool, is_doubtful: bool = False
) -> None:
    """Ask before something that can't be undone; on this machine only if it `is_doubtful`.

    Raises `ConfigurationError` if the answer is no, or if there is nobody to answer.
    """
    if yes or (is_loopback(network.place.url) and not is_doubtful):
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigurationError(
            f"nobody is there to be asked: {question}", "`--yes` does it without a question"
        )
    console.say(f"{question} [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ConfigurationError("nothing was changed")


def progress_teller(console: Console) -> Tell:
    """Tells how many chunks are uploaded."""

    def tell(done: int, count: int) -> None:
        console.stage_started(f"upload {done}/{count}")

    return tell


def _carry_out(network: Network, plan: UpgradePlan, options: WayOptions, console: Console) -> None:
    wait = Wait(options.within_seconds, printing(console), progress_teller(console))
    console.stage_started("upgrade")
    try:
        carry_out(network.agent, plan, options.way, wait)
    finally:
        console.nothing_runs()
    network.interfaces.forget(plan.canister_id)


def _check_may_upgrade(network: Network, plan: UpgradePlan) -> None:
    """Better now than after an upload of megabytes."""
    status = canister_status(network.agent, plan.canister_id)
    if network.identity.principal not in status.controllers:
        raise ConfigurationError(
            f"{network.identity.principal} is no controller of canister {plan.canister_id}",
            "name another identity: `--identity NAME`",
        )


def _show(plan: UpgradePlan, options: WayOptions, console: Console) -> None:
    size = format_size(len(plan.new_wasm))
    console.say(f"canister     {plan.canister_id}")
    console.say(f"deployed     {plan.old_hash.hex()}")
    console.say(f"new          {plan.new_hash.hex()}  {size}")
    console.findings(plan.findings)
    if plan.unchecked:
        console.warn(plan.unchecked)
    elif not plan.waiting:
        console.say("no call waits, and no timer is set")
    for handler, count in sorted(plan.waiting.items()):
        console.say(f"carried over {count} for `{handler}`")
    if plan.counts is not None and plan.counts.failed:
        console.say(f"kept         {plan.counts.failed} failed: `scm pending` lists them")
    if not plan.is_same:
        console.say(f"upgrade      {_WAYS[options.way]}")


def _document(plan: UpgradePlan, options: WayOptions, result: str) -> dict[str, Any]:
    findings = [
        {
            "severity": item.severity,
            "subject": item.subject,
            "path": item.path,
            "reason": item.reason,
            "help": item.help,
        }
        for item in plan.findings
    ]
    return {
        "version": JSON_VERSION,
        "result": result,
        "canister_id": str(plan.canister_id),
        "way": options.way,
        "old_module_hash": plan.old_hash.hex(),
        "new_module_hash": plan.new_hash.hex(),
        "safe": plan.is_safe,
        "carried_over": plan.waiting,
        "failed_calls": None if plan.counts is None else plan.counts.failed,
        "unchecked": plan.unchecked or None,
        "findings": findings,
    }
