"""Networks by name: `local`, `ic`, or a URL; where each is, and which root key it has.

The root key decides what is true, so it never comes from the network that it is to judge, except
on this machine.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import httpx2
from attrs import frozen

from scm.client.agent import read_root_key
from scm.client.canister_ids import LOCAL, LOCAL_FOLDER
from scm.client.transport import Transport, is_loopback
from scm.errors import ConfigurationError

IC: Final = "ic"
IC_URL: Final = "https://icp-api.io"
NETWORK_FILE: Final = LOCAL_FOLDER / "network.json"

# "The root key of the Internet Computer" in its documentation, and in every agent.
IC_ROOT_KEY: Final = bytes.fromhex(
    "308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100814c0e6ec71fab583b08"
    "bd81373c255c3c371b2e84863c98a4f1e08b74235d14fb5d9c0cd546d9685f913a0c0b2cc5341583bf4b4392e467db"
    "96d65b9bb4cb717112f8472e0d5a4d14505ffd7484b01291091c5f87b98883463f98091a0baaae"
)

_LOCAL_HELP: Final = "`scm run` starts one: in this folder, or in one above it"


@frozen
class Place:
    """A network: its name in `canister_ids.json`, its URL, and its root key in DER if known."""

    name: str
    url: str
    root_key_der: bytes | None = None

    @property
    def is_ic(self) -> bool:
        """Whether it is the Internet Computer itself."""
        return self.root_key_der == IC_ROOT_KEY


def find_place(network: str, folder: Path, root_key_der: bytes | None = None) -> Place:
    """The network that `network` names, seen from a project's folder.

    `root_key_der` is that of a network elsewhere that is not the Internet Computer.  Raises
    `ConfigurationError` if there is none.
    """
    if network == IC:
        return Place(IC, IC_URL, IC_ROOT_KEY)
    if network == LOCAL:
        return _local_place(folder)
    try:
        url = httpx2.URL(network)
        is_url = url.scheme in ("http", "https") and bool(url.host)
    except httpx2.InvalidURL:
        is_url = False
    if not is_url:
        raise ConfigurationError(
            f"`{network}` is no network", "write `local`, `ic`, or a URL that begins with `http`"
        )
    if root_key_der is None and not is_loopback(network):
        root_key_der = IC_ROOT_KEY  # Whoever has another says so; a stranger's is not believed.
    return Place(network.rstrip("/"), network.rstrip("/"), root_key_der)


def root_key_of(place: Place, transport: Transport) -> bytes:
    """The root key in DER: the one that is known, or, on this machine, what the network says.

    Raises `NetworkError` if it does not say.
    """
    return read_root_key(transport) if place.root_key_der is None else place.root_key_der


def _local_place(folder: Path) -> Place:
    absolute = folder.resolve()
    for candidate in (absolute, *absolute.parents):
        path = candidate / NETWORK_FILE
        if path.is_file():
            _check_owner(path)
            return _read_network_file(path)
    raise ConfigurationError(f"no local network belongs to `{folder}`", _LOCAL_HELP)


def _read_network_file(path: Path) -> Place:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        place = Place(LOCAL, str(document["url"]), bytes.fromhex(document["root_key"]))
        is_here = is_loopback(place.url)
    except (ValueError, KeyError, TypeError, httpx2.InvalidURL) as error:
        raise ConfigurationError(
            f"`{path}` does not say where the local network is", "start `scm run` again"
        ) from error
    if not is_here:
        # The file may have come with the folder, and its root key would decide what is true.
        raise ConfigurationError(
            f"`{path}` leads to `{place.url}`, which is not this machine",
            "if you know that network, name it by its URL: `--network URL --root-key HEX`",
        )
    return place


def _check_owner(path: Path) -> None:
    """Whoever writes this file decides where calls go, and which answers are believed."""
    if os.name == "posix" and path.stat().st_uid != os.geteuid():
        raise ConfigurationError(
            f"`{path}` belongs to another user, who would decide what is true",
            "start a network of your own, `scm run`, or name that one by its URL: `--network URL`",
        )
