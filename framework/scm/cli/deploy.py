"""What `scm deploy` does: build, create what is not there, install; what is there is upgraded."""

from __future__ import annotations

import json

from attrs import frozen

from scm.candid.encode import encode
from scm.candid.errors import CandidSyntaxError, EncodeError
from scm.candid.value_parser import parse_values
from scm.cli.console import Console
from scm.cli.upgrade import (
    Target,
    WayOptions,
    confirm,
    module_of,
    progress_teller,
    upgrade_to,
)
from scm.client.canister_ids import read_ids, write_id
from scm.client.creation_intents import end_creation, intent_path
from scm.client.handles import INTERFACE
from scm.client.installing import install_module, read_module_hash
from scm.client.management import InstallMode
from scm.client.network import Network
from scm.compiler.metadata import read_metadata
from scm.errors import ConfigurationError
from scm.faces.did_face import parse_interface
from scm.model import Principal


@frozen
class DeployOptions:
    """What a first installation takes: `argument` is Candid for `@init`, `cycles` may be None."""

    argument: str = "()"
    cycles: int | None = None
    reinstall: bool = False


def deploy(
    network: Network, target: Target, way: WayOptions, options: DeployOptions, console: Console
) -> int:
    """`scm deploy`; raises what `upgrade` raises, and what creating and installing does."""
    wasm = module_of(target, console)
    canister_id = _find(network, target.canister)
    module_hash = None if canister_id is None else read_module_hash(network.agent, canister_id)
    if canister_id is not None and module_hash is not None and not options.reinstall:
        return upgrade_to(network, canister_id, wasm, way, console)
    argument = encode_init_text(wasm, options.argument)
    mode: InstallMode = "install" if module_hash is None else "reinstall"
    if way.dry_run:
        what = "create and install" if canister_id is None else mode
        console.say(f"would {what} `{target.canister}` on `{network.place.name}`")
        if way.as_json:
            known = None if canister_id is None else str(canister_id)
            planned = {"result": "planned", "plan": what, "canister_id": known}
            console.result(json.dumps(planned, indent=2))
        return 0
    if mode == "reinstall":
        question = "reinstall? its state is lost, and its calls in flight are answered by nobody"
        confirm(network, question, console, yes=way.yes, is_doubtful=True)
    if canister_id is None:
        canister_id = _create(network, target, options, console)
    _install(network, canister_id, wasm, argument, mode, console)
    if way.as_json:
        installed = read_module_hash(network.agent, canister_id)
        assert installed is not None
        document = {
            "result": f"{mode}ed",
            "canister_id": str(canister_id),
            "module_hash": installed.hex(),
        }
        console.result(json.dumps(document, indent=2))
    else:
        console.result(str(canister_id))
    return 0


def encode_init_text(wasm: bytes, text: str) -> bytes:
    """What `@init` takes, of text; raises `ConfigurationError` if it does not fit."""
    section = read_metadata(wasm, INTERFACE)
    if section is None:
        raise ConfigurationError(f"the module has no metadata `{INTERFACE}`")
    interface = parse_interface(section.decode())
    types = interface.init_args or ()
    written = text if text.lstrip().startswith("(") else f"({text})"
    try:
        return encode(types, parse_values(written, types, interface.env, exact=True), interface.env)
    except (CandidSyntaxError, EncodeError) as error:
        expected = ", ".join(map(str, types))
        raise ConfigurationError(
            f"`--argument` does not fit: {error}", f"`@init` takes ({expected})"
        ) from error


def _find(network: Network, name: str) -> Principal | None:
    """The canister of this name, if the project knows it on this network."""
    ids = read_ids(network.project, network.place.name, network.agent.root_key_der)
    known = ids.get(name)
    if known is not None:
        return known
    try:
        return Principal.from_text(name)
    except ValueError:
        return None


def _create(
    network: Network, target: Target, options: DeployOptions, console: Console
) -> Principal:
    if network.place.is_ic and options.cycles is not None:
        console.say(f"creating `{target.canister}` on the Internet Computer")
    intent = intent_path(network.project, network.place.name, target.canister)
    canister_id = network.create_canister(options.cycles, intent_path=intent)
    # Noted at once: whatever happens next, the canister is not lost.
    root_key_der = network.agent.root_key_der
    path = write_id(network.project, network.place.name, target.canister, canister_id, root_key_der)
    end_creation(intent)
    console.say(f"created      {canister_id}, noted in {path}")
    return canister_id


def _install(
    network: Network,
    canister_id: Principal,
    wasm: bytes,
    argument: bytes,
    mode: InstallMode,
    console: Console,
) -> None:
    console.stage_started(mode)
    try:
        module_hash = install_module(
            network.agent, canister_id, wasm, argument, mode=mode, tell=progress_teller(console)
        )
    finally:
        console.nothing_runs()
    network.interfaces.forget(canister_id)
    console.say(f"installed    {module_hash.hex()}, as the network certifies")
