"""The projects of `scm run` as canisters: built, and installed or upgraded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from scm.cli.commands import ProjectError
from scm.cli.console import Console
from scm.cli.deploy import encode_init_text
from scm.client.canister_ids import LOCAL, read_ids, write_id
from scm.compiler.builds import BuildOptions
from scm.compiler.project import load_project
from scm.compiler.settings import SETTINGS_FILE, read_settings
from scm.errors import ConfigurationError, SourceError
from scm.model import Principal
from scm.network.deployment import Deployer, read_names, write_names


@frozen
class ProjectCanister:
    """A project: `path` as it was given, `root` its folder, `argument` what `@init` takes."""

    name: str
    path: Path
    root: Path
    argument: str = "()"

    def deploy(
        self, deployer: Deployer, state: Path, root_key_der: bytes, console: Console
    ) -> tuple[Principal, str]:
        """Build, and install or upgrade: the canister's id, and what was done.

        The root key is that of the network whose `state` this is.
        Raises what a build raises, `ConfigurationError`, and `DeploymentError`.
        """
        wasm = self._build(console)
        canister_id = self._find(deployer, state, root_key_der)
        found = None if canister_id is None else deployer.find(canister_id)
        if canister_id is None or found is None or found.module_hash is None:
            argument = self._encode_argument(wasm)  # Before anything is created.
            if canister_id is None or found is None:
                canister_id = deployer.create()
                self._note(canister_id, state, root_key_der)
            deployer.install(canister_id, wasm, argument, "install")
            return canister_id, "installed"
        self._note(canister_id, state, root_key_der)
        if found.module_hash == hashlib.sha256(wasm).digest():
            return canister_id, "unchanged"
        deployer.install(canister_id, wasm, b"DIDL\x00\x00", "upgrade")
        return canister_id, "upgraded"

    def _encode_argument(self, wasm: bytes) -> bytes:
        try:
            return encode_init_text(wasm, self.argument)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"`{self.name}` can't be installed: {error.message}",
                f"{error.help}: `--argument '{self.name}=(...)'` gives it, or `scm deploy`",
            ) from error

    def _build(self, console: Console) -> bytes:
        from scm.compiler.pipeline import build  # Loads the toolchain.

        try:
            result = build(self.path, BuildOptions(), console.notes, started=console.stage_started)
        except SourceError as error:
            raise ProjectError(self.root, error) from error
        finally:
            console.nothing_runs()
        return result.wasm_path.read_bytes()

    def _find(self, deployer: Deployer, state: Path, root_key_der: bytes) -> Principal | None:
        """The project's canister: as this network knows it, else as `scm deploy` has noted it."""
        names = read_names(state)
        if self.name in names:
            return names[self.name]
        noted = read_ids(self.root, LOCAL, root_key_der).get(self.name)
        # An old note may be of a network that is no more, whose ids are others' now.
        is_ours = noted is not None and noted not in names.values()
        return noted if is_ours and noted is not None and deployer.find(noted) else None

    def _note(self, canister_id: Principal, state: Path, root_key_der: bytes) -> None:
        write_names(state, {**read_names(state), self.name: canister_id})
        here = Path()  # Where the network was started: `scm call` finds the names there, too.
        for folder in {self.root.resolve(), here.resolve()}:
            write_id(folder, LOCAL, self.name, canister_id, root_key_der)


def load_canisters(paths: Sequence[Path], arguments: Sequence[str]) -> list[ProjectCanister]:
    """The projects at these paths, or the one in this folder, if it is one.

    `arguments`: `NAME=ARGS`, in Candid.  Raises `ConfigurationError`.
    """
    given = dict(_argument(text) for text in arguments)
    here = Path()
    main = read_settings(here / SETTINGS_FILE).main
    if not paths and (here / f"{main.replace('.', '/')}.py").is_file():
        paths = [here]
    found: dict[str, ProjectCanister] = {}
    for path in paths:
        name = load_project(path).name
        if name in found:
            raise ConfigurationError(
                f"`{found[name].path}` and `{path}` are both called `{name}`",
                "give one of them another `name` in `[tool.scm]` of its pyproject.toml",
            )
        root = path if path.is_dir() else path.parent
        found[name] = ProjectCanister(name, path, root, given.pop(name, "()"))
    if given:
        raise ConfigurationError(
            f"`--argument {next(iter(given))}=...` is of no project that is run",
            f"they are {', '.join(found)}" if found else "name the project, too",
        )
    return list(found.values())


def _argument(text: str) -> tuple[str, str]:
    name, separator, values = text.partition("=")
    if not separator or not name:
        raise ConfigurationError(
            f"`--argument {text[:60]}` does not say of which canister", "write NAME=ARGS"
        )
    return name, values
