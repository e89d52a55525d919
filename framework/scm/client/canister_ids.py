"""Names of canisters and their ids, by network: `canister_ids.json`, as dfx keeps it.

`{"vault": {"ic": "aaaaa-..."}}` in the project's folder, to be committed; ids of the local network
are in `.scm/local/canister_ids.json`, which is not.  Beside each of these is the id of the subnet
that it is on: after `scm run --clean` there is another one, where the same id may be another's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scm.errors import ConfigurationError
from scm.model import Principal
from scm.wire.public_keys import self_authenticating

LOCAL: Final = "local"
IDS_FILE: Final = "canister_ids.json"
LOCAL_FOLDER: Final = Path(".scm") / "local"
_SUBNET: Final = "local_subnet"


def ids_path(root: Path, network: str) -> Path:
    """The file with the ids of a network, of the project in `root`."""
    return root / LOCAL_FOLDER / IDS_FILE if network == LOCAL else root / IDS_FILE


def read_ids(root: Path, network: str, root_key_der: bytes) -> dict[str, Principal]:
    """The canisters of a project on a network, by name; raises `ConfigurationError`.

    Of the local network those that are on the one with this root key, or of older notes.
    """
    path = ids_path(root, network)
    subnet = _subnet(root_key_der)
    found = {}
    for name, networks in _read(path).items():
        text = networks.get(network)
        if text is None or (network == LOCAL and networks.get(_SUBNET, subnet) != subnet):
            continue
        try:
            found[name] = Principal.from_text(text)
        except ValueError as error:
            raise ConfigurationError(f"`{path}`, `{name}`: {error}") from error
    return found


def write_id(
    root: Path, network: str, name: str, canister_id: Principal | None, root_key_der: bytes
) -> Path:
    """Note the id of a canister, or that there is none any more; the file that has it."""
    path = ids_path(root, network)
    document = {key: dict(networks) for key, networks in _read(path).items()}
    if canister_id is None:
        document.get(name, {}).pop(network, None)
        if network == LOCAL:
            document.get(name, {}).pop(_SUBNET, None)
    else:
        noted = document.setdefault(name, {})
        noted[network] = str(canister_id)
        if network == LOCAL:
            noted[_SUBNET] = _subnet(root_key_der)
    document = {key: networks for key, networks in document.items() if networks}
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())  # A canister may have been paid for.
    new.replace(path)
    return path


def find_id(root: Path, network: str, name: str, root_key_der: bytes) -> Principal:
    """A canister by its name in the project, or by its id.

    Raises `ConfigurationError` if it is neither.
    """
    known = read_ids(root, network, root_key_der)
    if name in known:
        return known[name]
    try:
        return Principal.from_text(name)
    except ValueError as error:
        listed = ", ".join(f"`{other}`" for other in sorted(known))
        where = ids_path(root, network)
        if name in _read(where) and network == LOCAL:
            raise ConfigurationError(
                f"canister `{name}` is on another local network, as `{where}` says",
                "start that one, or `scm deploy` to this one",
            ) from error
        raise ConfigurationError(
            f"there is no canister `{name}` on the network `{network}`, and no id reads so",
            f"`{where}` has {listed}" if listed else f"`{where}` names none: `scm deploy` does",
        ) from error


def _subnet(root_key_der: bytes) -> str:
    return str(self_authenticating(root_key_der))


def _read(path: Path) -> Mapping[str, Mapping[str, str]]:
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigurationError(
            f"`{path}` is no JSON: {error}",
            "delete it, and `scm run` and `scm deploy` write it again"
            if path.parent.name == LOCAL
            else "restore it from version control: it is the only note of what is deployed where",
        ) from error
    found: Mapping[str, Mapping[str, str]] = document
    fits = isinstance(document, dict) and all(
        isinstance(networks, dict) and all(isinstance(text, str) for text in networks.values())
        for networks in document.values()
    )
    if not fits:
        raise ConfigurationError(
            f"`{path}` does not say which canister has which id",
            'it looks like `{"vault": {"ic": "ryjl3-tyaaa-aaaaa-aaaba-cai"}}`',
        )
    return found
