"""Identities by name: scm's own, and, to be used only, those that dfx and icp-cli keep in files.

An identity of scm's is `NAME.pem` in the folder of `folders.py`, readable by its owner alone; with
`NAME.json` beside it, a chain of delegations to that key.  `default` has the name of the default.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from scm.client.delegation_files import read_chain
from scm.client.folders import (
    IDENTITY_VARIABLE,
    chosen_identity,
    dfx_identity_folder,
    icp_cli_identity_folder,
    identity_folder,
)
from scm.client.identities import AnonymousIdentity, DelegatedIdentity, Identity, KeyIdentity
from scm.client.pem import AskPassword, PrivateKey, read_key, write_key
from scm.client.private_files import write_private
from scm.errors import ConfigurationError

ANONYMOUS: Final = "anonymous"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
_DEFAULT_FILE: Final = "default"
_KEY_BYTES_MAX: Final = 100_000


@frozen
class StoredIdentity:
    """Where an identity is: `keeper` is `scm`, `dfx`, `icp-cli` or `file`.

    `refusal` says why it can't be used from there, and what to do instead.
    """

    name: str
    keeper: str
    key_path: Path
    chain_path: Path | None = None
    refusal: tuple[str, str] | None = None


def load_identity(
    given: str | None = None,
    password: AskPassword | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> Identity:
    """The identity of a name or of a file; without either the default one.

    That is what `SCM_IDENTITY` names, else what `scm identity default` set, else the anonymous one.
    `warn` is told of a key that others can read.  Raises `ConfigurationError`.
    """
    name = given or chosen_identity() or default_name() or ANONYMOUS
    if name == ANONYMOUS:
        return AnonymousIdentity()
    stored = find_identity(name)
    if stored.refusal is not None:
        raise ConfigurationError(*stored.refusal)
    key = KeyIdentity(read_stored_key(stored, password, warn))
    if stored.chain_path is None:
        return key
    public_key, delegations = read_chain(stored.chain_path.read_text(encoding="utf-8"))
    if delegations[-1].delegation.public_key != key.public_key_der:
        raise ConfigurationError(
            f"the delegations in `{stored.chain_path}` are for another key than the one in"
            f" `{stored.key_path}`",
            "import both anew: `scm identity import NAME KEY.pem --delegation CHAIN.json`",
        )
    return DelegatedIdentity(public_key, delegations, key)


def read_stored_key(
    stored: StoredIdentity, password: AskPassword | None, warn: Callable[[str], None]
) -> PrivateKey:
    """The private key of an identity; raises `ConfigurationError`."""
    path = stored.key_path
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        warn(f"others can read the private key in `{path}`: `chmod 600 {path}`")
    if path.stat().st_size > _KEY_BYTES_MAX:
        raise ConfigurationError(f"`{path}` is too large to be a key")
    return read_key(path.read_text(encoding="utf-8", errors="replace"), f"`{path}`", password)


def find_identity(name: str) -> StoredIdentity:
    """An identity by its name, of scm's first, or by the path of a PEM file.

    Raises `ConfigurationError` if there is none.
    """
    if "/" in name or os.sep in name or name.endswith(".pem"):
        path = Path(name)
        if not path.is_file():
            raise ConfigurationError(f"there is no file `{name}`")
        return StoredIdentity(path.stem, "file", path)
    check_name(name)
    for stored in list_identities():
        if stored.name == name:
            return stored
    raise ConfigurationError(
        f"there is no identity `{name}`",
        f"`scm identity list` shows all; `scm identity new {name}` makes it",
    )


def list_identities() -> list[StoredIdentity]:
    """All identities, scm's first, then dfx's and icp-cli's; each sorted by name."""
    return [*_of_scm(), *_of_dfx(), *_of_icp_cli()]


def default_name() -> str:
    """What `set_default` set, or an empty text."""
    path = identity_folder() / _DEFAULT_FILE
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def set_default(name: str) -> None:
    """Have an identity used where none is named; raises `ConfigurationError` if there is none."""
    if name != ANONYMOUS:
        find_identity(name)
    write_private(identity_folder() / _DEFAULT_FILE, f"{name}\n")


def store_identity(
    name: str, key: PrivateKey, *, password: str | None = None, chain: str | None = None
) -> StoredIdentity:
    """Keep a new identity, encrypted if there is a password; `chain` is its JSON, if it has one.

    Raises `ConfigurationError` if the name is taken, or is none.
    """
    check_name(name)
    taken = ConfigurationError(f"there is an identity `{name}` already", "take another name")
    if name == ANONYMOUS or any(stored.name == name for stored in _of_scm()):
        raise taken
    path = identity_folder() / f"{name}.pem"
    chain_path = None if chain is None else path.with_suffix(".json")
    if chain is not None and chain_path is not None:
        _, delegations = read_chain(chain)
        if delegations[-1].delegation.public_key != KeyIdentity(key).public_key_der:
            raise ConfigurationError("the delegations are for another key")
        write_private(chain_path, chain)
    try:
        write_private(path, write_key(key, password), is_new=True)
    except FileExistsError:
        raise taken from None
    return StoredIdentity(name, "scm", path, chain_path)


def export_key(key: PrivateKey, path: Path) -> None:
    """Write a key to a new file of its owner; raises `ConfigurationError` if it can't be."""
    if str(path) == "-":
        raise ConfigurationError(
            "a secret key is not written to standard output", "name a new file"
        )
    if not path.parent.is_dir():  # A key in a folder that nobody meant would stay there.
        raise ConfigurationError(f"there is no folder `{path.parent}`", "make it, or name another")
    try:
        write_private(path, write_key(key), is_new=True)
    except FileExistsError:
        raise ConfigurationError(f"`{path}` is there already", "name a new file") from None


def check_name(name: str) -> None:
    """Raise `ConfigurationError` if this can't be an identity's name."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"`{name}` can't be the name of an identity",
            "a name has letters, digits, `-`, `_`, `.` and `@`, and begins with one of the first",
        )


def origin_of_default() -> str:
    """What decides which identity is the default, for people."""
    if chosen_identity():
        return IDENTITY_VARIABLE
    return "scm identity default" if default_name() else "there is no other"


def _of_scm() -> Iterator[StoredIdentity]:
    for path in sorted(identity_folder().glob("*.pem")):
        chain = path.with_suffix(".json")
        yield StoredIdentity(path.stem, "scm", path, chain if chain.is_file() else None)


def _of_dfx() -> Iterator[StoredIdentity]:
    for folder in sorted(dfx_identity_folder().glob("*/")):
        path = folder / "identity.pem"
        if path.is_file():
            yield StoredIdentity(folder.name, "dfx", path)
        elif (folder / "identity.json").is_file() or (folder / "identity.pem.encrypted").is_file():
            yield _elsewhere(folder.name, "dfx", path, f"dfx identity export {folder.name}")


def _of_icp_cli() -> Iterator[StoredIdentity]:
    folder = icp_cli_identity_folder()
    try:
        document: Any = json.loads((folder / "identity_list.json").read_text(encoding="utf-8"))
        entries = sorted(document["identities"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return  # There is no such list, or one of a version to come.
    for name, entry in entries:
        kind = entry.get("kind") if isinstance(entry, dict) else None
        path = folder / "keys" / f"{name}.pem"
        chain = folder / "delegations" / f"{name}.json"
        if kind == "anonymous":
            continue
        if path.is_file() and chain.is_file():
            yield StoredIdentity(name, "icp-cli", path, chain)
        elif path.is_file() and kind == "pem":
            yield StoredIdentity(name, "icp-cli", path)
        else:
            yield _elsewhere(name, "icp-cli", path, f"icp identity export {name}")


def _elsewhere(name: str, keeper: str, path: Path, export: str) -> StoredIdentity:
    refusal = (
        f"{keeper} keeps the identity `{name}` where scm can't read it",
        f"bring it over: `{export} | scm identity import {name} -`",
    )
    return StoredIdentity(name, keeper, path, refusal=refusal)
