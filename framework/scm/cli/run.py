"""`scm run`: a local network with the canisters of some projects, until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Lock
from typing import Final
from urllib.parse import urlsplit

from attrs import define, frozen
from starlette.routing import Route

from scm.cli.console import Console
from scm.cli.run_canisters import ProjectCanister, load_canisters
from scm.cli.run_logs import LogPrinter
from scm.cli.watch import POLL_SECONDS, Look, Watched, find_watched, look, look_again
from scm.client.canister_ids import LOCAL_FOLDER
from scm.client.identity_store import load_identity
from scm.client.places import NETWORK_FILE
from scm.compiler.cache import default_cache
from scm.errors import ConfigurationError, InternalError
from scm.model import Principal
from scm.network.deployment import Deployer
from scm.network.server import LOOPBACK, LocalNetwork
from scm.network.worker import Worker
from scm.page.routes import Page
from scm.page.upgrades import PageProject, Upgrades

_STATE_FOLDER: Final = LOCAL_FOLDER / "state"
_MODULES: Final = "modules"

RunCommand = Callable[[Callable[[], int], Console], int]


@frozen
class RunOptions:
    """What the command line asks for; None where the default is meant."""

    projects: tuple[Path, ...]
    is_watching: bool
    arguments: tuple[str, ...]
    port: int
    host: str | None
    allowed_hosts: tuple[str, ...]
    state: Path | None
    is_clean: bool
    identity: str | None


def run(options: RunOptions, console: Console, run_command: RunCommand) -> int:
    """Start the network, install the canisters, and wait until someone ends it."""
    canisters = load_canisters(options.projects, options.arguments)
    controller = _controller(options.identity, console)
    state = options.state or _STATE_FOLDER
    stopped = Event()
    failures: list[BaseException] = []

    def on_failure(error: BaseException) -> None:
        failures.append(error)
        stopped.set()

    logs = LogPrinter(console)
    builds = Lock()
    deployments = [_Deployment(canister, state, logs, builds) for canister in canisters]

    def make_routes(worker: Worker) -> list[Route]:
        projects = [deployment.project for deployment in deployments]
        return Page(worker, Upgrades(worker, controller, projects, builds)).routes()

    with ExitStack() as stack:
        stack.enter_context(_ended_by_signals(stopped))
        _make_folder(state)
        network = stack.enter_context(
            LocalNetwork(
                state,
                port=options.port,
                host=options.host or LOOPBACK,
                clean=options.is_clean,
                cache_directory=_compiled_modules(),
                allowed_hosts=options.allowed_hosts,
                on_round=logs.print_new,
                on_failure=on_failure,
                on_problem=console.warn,
                on_recovery=console.say,
                make_routes=make_routes,
            )
        )
        roots = {canister.root for canister in canisters}
        for folder in {Path(), *roots}:
            stack.enter_context(_network_file(folder, network))
        _tell(network, console)
        deployer = Deployer(network.worker, controller)
        for deployment in deployments:
            deployment.root_key_der = network.root_key_der
            deployment.deploy(deployer, console, run_command)
        if not stopped.is_set():
            console.result(f"ready: {network.url}")
        watched = deployments if options.is_watching else []
        _wait(watched, deployer, stopped, console, run_command)
        console.say("stopping")
    if failures:
        raise _stopped(failures[0]) from failures[0]
    return 0


def _stopped(error: BaseException) -> Exception:
    """Why the network has stopped by itself."""
    if isinstance(error, OSError):
        return ConfigurationError(
            f"the local network has stopped: {error.strerror or error}",
            "nothing is lost: the journal has all; mend this, and start `scm run` again",
        )
    return InternalError("the local network", repr(error))


def _controller(identity: str | None, console: Console) -> Principal:
    from scm.cli.passwords import ask_password

    return load_identity(identity, partial(ask_password, file=None), console.warn).principal


def _compiled_modules() -> Path:
    folder = default_cache().folder / _MODULES
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _make_folder(state: Path) -> None:
    """Make the default folder, and keep version control out of it."""
    if state == _STATE_FOLDER:
        _ignored(_STATE_FOLDER.parent)


def _ignored(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


@contextmanager
def _network_file(folder: Path, network: LocalNetwork) -> Iterator[None]:
    """Tell where the network is, as long as it runs, for `--network local` in this folder."""
    path = folder / NETWORK_FILE
    _ignored(path.parent)
    document = {
        "url": _url_from_here(network),
        "pid": os.getpid(),
        "root_key": network.root_key_der.hex(),
    }
    text = json.dumps(document, indent=2) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        path.unlink(missing_ok=True)  # A part of it would lead nowhere.
        raise
    try:
        yield
    finally:
        # Unless another network has written its own meanwhile.
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            path.unlink()


def _url_from_here(network: LocalNetwork) -> str:
    """One that listens on all addresses is at that of this machine, too."""
    try:
        address = ip_address(urlsplit(network.url).hostname or "")
    except ValueError:
        return network.url
    if not address.is_unspecified:
        return network.url
    host = LOOPBACK if address.version == 4 else "[::1]"
    return f"http://{host}:{network.port}"


@contextmanager
def _ended_by_signals(stopped: Event) -> Iterator[None]:
    """Set `stopped` at Ctrl-C and when asked to end; a second Ctrl-C does not wait."""

    def stop(number: int, _frame: object) -> None:
        stopped.set()
        signal.signal(number, signal.default_int_handler)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(network: LocalNetwork, console: Console) -> None:
    console.say(f"network      {network.url}")
    console.say(f"page         {network.url}/")
    console.say(f"root key     {network.url}/api/v2/status, and in {NETWORK_FILE}")
    console.say(f"subnet       {Principal(network.keys.root.subnet_id)}")


@define
class _Deployment:
    """A project on the network, and how its files were when it was built."""

    _canister: ProjectCanister
    _state: Path
    _logs: LogPrinter
    _builds: Lock
    """Held by whoever builds: this command, or the page."""
    root_key_der: bytes = b""
    """Of the network, as soon as there is one."""
    _canister_id: Principal | None = None
    _watched: Watched | None = None
    _before: Look | None = None

    @property
    def project(self) -> PageProject:
        """The project, for the page."""
        return PageProject(self._canister.name, self._canister.path, lambda: self._canister_id)

    def deploy(self, deployer: Deployer, console: Console, run_command: RunCommand) -> None:
        """Build, and install or upgrade; what goes wrong is told."""
        path = self._canister.path
        self._watched = self._watched or find_watched(path, None)
        before = look(self._watched)
        code = run_command(lambda: self._deploy(deployer, console), console)
        if code:
            there = self._canister_id is not None
            what = "not upgraded: the old code goes on" if there else "not deployed"
            console.say(f"{self._canister.name:<12} {what}")
        # What the build itself has written is no change; what was edited meanwhile is one.
        self._before = Look(before.names, before.files, look(self._watched).lock)

    def deploy_if_changed(
        self,
        deployer: Deployer,
        console: Console,
        run_command: RunCommand,
        sleep: Callable[[float], None],
    ) -> None:
        """Deploy again if a file has changed."""
        assert self._watched is not None
        assert self._before is not None
        found, self._before = look_again(self._canister.path, self._watched, self._before, sleep)
        if found is not None:
            self._watched = found
            self.deploy(deployer, console, run_command)

    def _deploy(self, deployer: Deployer, console: Console) -> int:
        with self._builds:
            canister_id, what = self._canister.deploy(
                deployer, self._state, self.root_key_der, console
            )
        self._canister_id = canister_id
        self._logs.name(canister_id, self._canister.name)
        console.say(f"{self._canister.name:<12} {canister_id}  {what}")
        return 0


def _wait(
    deployments: list[_Deployment],
    deployer: Deployer,
    stopped: Event,
    console: Console,
    run_command: RunCommand,
) -> None:
    if not deployments:
        while not stopped.wait(1.0):  # In short waits signals are seen on every system.
            pass
        return
    console.say("upgrading at every change, until Ctrl-C")
    while not stopped.wait(POLL_SECONDS):
        for deployment in deployments:
            deployment.deploy_if_changed(deployer, console, run_command, time.sleep)
