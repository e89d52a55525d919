"""Networks by name, and the ids of canisters on them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.unit.client.scripted_network import ROOT_KEY, ScriptedNetwork

from scm.client.canister_ids import find_id, read_ids, write_id
from scm.client.places import IC_ROOT_KEY, find_place, root_key_of
from scm.errors import ConfigurationError, NetworkError
from scm.model import Principal
from scm.wire.public_keys import self_authenticating

VAULT = Principal.from_text("ryjl3-tyaaa-aaaaa-aaaba-cai")


def write_network_file(folder: Path, text: str) -> None:
    path = folder / ".scm/local/network.json"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_the_internet_computer_has_its_root_key_with_it() -> None:
    place = find_place("ic", Path())
    assert (place.name, place.url, place.is_ic) == ("ic", "https://icp-api.io", True)
    assert root_key_of(place, ScriptedNetwork().transport()) == IC_ROOT_KEY
    # The id of the root subnet is known from elsewhere: it is made of this key.
    nns = "tdb26-jop6k-aogll-7ltgs-eruif-6kk7m-qpktf-gdiqx-mxtrf-vb5e6-eqe"
    assert str(self_authenticating(IC_ROOT_KEY)) == nns


def test_the_local_network_is_the_nearest_above(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="no local network belongs to") as raised:
        find_place("local", inner)
    assert "scm run" in raised.value.help
    write_network_file(tmp_path, '{"url": "http://localhost:1", "root_key": "0102"}')
    place = find_place("local", inner)
    assert (place.name, place.url, place.root_key_der) == ("local", "http://localhost:1", b"\1\2")
    write_network_file(inner, "{}")
    with pytest.raises(ConfigurationError, match="does not say where"):
        find_place("local", inner)


@pytest.mark.parametrize("url", ["https://example.org", "http://[::]:1", "http://a:b", "x"])
def test_a_local_network_elsewhere_is_refused(tmp_path: Path, url: str) -> None:
    write_network_file(tmp_path, json.dumps({"url": url, "root_key": "0102"}))
    with pytest.raises(ConfigurationError, match=r"network\.json` (leads to|does not say)"):
        find_place("local", tmp_path)


def test_a_local_network_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_network_file(tmp_path, '{"url": "http://localhost:1", "root_key": "0102"}')
    owner = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        find_place("local", tmp_path)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://localhost:4943", None),
        ("http://app.localhost:4943/", None),
        ("http://[::1]:4943", None),
        ("https://example.org", IC_ROOT_KEY),
        ("https://localhost.example.org", IC_ROOT_KEY),
    ],
)
def test_only_networks_of_this_machine_say_their_root_key(url: str, key: bytes | None) -> None:
    place = find_place(url, Path())
    assert (place.name, place.root_key_der) == (url.rstrip("/"), key)
    assert find_place(url, Path(), b"own").root_key_der == b"own"


@pytest.mark.parametrize("name", ["mainnet", "ftp://x", "http://", "http:/x", "http://a:b"])
def test_what_is_no_network_is_said_so(name: str) -> None:
    with pytest.raises(ConfigurationError, match="is no network"):
        find_place(name, Path())


def test_a_server_of_something_else_is_said_so() -> None:
    network = ScriptedNetwork(missing=("v2/status",))
    with pytest.raises(NetworkError, match="is no network of the Internet Computer"):
        root_key_of(find_place("http://localhost", Path()), network.transport())


def test_ids_are_kept_as_dfx_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "canister_ids.json"
    path.write_text('{"other": {"ic": "aaaaa-aa"}}', encoding="utf-8")
    assert write_id(tmp_path, "ic", "vault", VAULT, IC_ROOT_KEY) == path
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "other": {"ic": "aaaaa-aa"},
        "vault": {"ic": str(VAULT)},
    }
    assert read_ids(tmp_path, "ic", IC_ROOT_KEY)["vault"] == VAULT
    assert read_ids(tmp_path, "local", ROOT_KEY) == {}
    write_id(tmp_path, "ic", "vault", None, IC_ROOT_KEY)
    assert list(json.loads(path.read_text(encoding="utf-8"))) == ["other"]


def test_ids_of_the_local_network_are_not_to_be_committed(tmp_path: Path) -> None:
    path = write_id(tmp_path, "local", "vault", VAULT, ROOT_KEY)
    assert path == tmp_path / ".scm/local/canister_ids.json"
    assert find_id(tmp_path, "local", "vault", ROOT_KEY) == VAULT


def test_ids_of_a_local_network_that_is_no_more_are_not_used(tmp_path: Path) -> None:
    path = write_id(tmp_path, "local", "vault", VAULT, b"before --clean")
    assert read_ids(tmp_path, "local", ROOT_KEY) == {}
    with pytest.raises(ConfigurationError, match="`vault` is on another local network"):
        find_id(tmp_path, "local", "vault", ROOT_KEY)
    write_id(tmp_path, "local", "vault", VAULT, ROOT_KEY)
    assert read_ids(tmp_path, "local", ROOT_KEY) == {"vault": VAULT}
    write_id(tmp_path, "local", "vault", None, ROOT_KEY)
    assert json.loads(path.read_text(encoding="utf-8")) == {}
    path.write_text(json.dumps({"vault": {"local": str(VAULT)}}), encoding="utf-8")
    assert read_ids(tmp_path, "local", ROOT_KEY) == {"vault": VAULT}  # As it was noted before.


@pytest.mark.parametrize(("network", "help"), [("local", "delete it"), ("ic", "restore it")])
def test_damaged_notes_are_told_with_what_to_do(tmp_path: Path, network: str, help: str) -> None:
    path = write_id(tmp_path, network, "vault", VAULT, ROOT_KEY)
    path.write_text(path.read_text(encoding="utf-8")[:-5], encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is no JSON") as raised:
        find_id(tmp_path, network, "vault", ROOT_KEY)
    assert help in raised.value.help


def test_a_canister_is_found_by_name_or_id(tmp_path: Path) -> None:
    write_id(tmp_path, "ic", "vault", VAULT, IC_ROOT_KEY)
    assert (
        find_id(tmp_path, "ic", "vault", IC_ROOT_KEY)
        == find_id(tmp_path, "ic", str(VAULT), IC_ROOT_KEY)
        == VAULT
    )
    with pytest.raises(ConfigurationError, match="there is no canister `valut`") as raised:
        find_id(tmp_path, "ic", "valut", IC_ROOT_KEY)
    assert "has `vault`" in raised.value.help
    with pytest.raises(ConfigurationError) as raised:
        find_id(tmp_path, "local", "vault", ROOT_KEY)
    assert "scm deploy" in raised.value.help


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"ic": 1}}', '{"a": {"ic": "zzz"}}'])
def test_a_damaged_file_of_ids_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "canister_ids.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"canister_ids\.json"):
        read_ids(tmp_path, "ic", IC_ROOT_KEY)
