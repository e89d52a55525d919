"""`scm identity`, and where identities are found: scm's, dfx's and icp-cli's."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from scm.cli.main import main
from scm.client.delegation_files import read_chain, write_chain
from scm.client.folders import icp_cli_identity_folder, identity_folder
from scm.client.identities import DelegatedIdentity, KeyIdentity, delegate, new_key
from scm.client.identity_store import export_key, find_identity, load_identity
from scm.client.pem import write_key
from scm.errors import ConfigurationError
from scm.model import Principal
from scm.wire.public_keys import read_public_key


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing in it."""
    for name in ("SCM_IDENTITY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DFX_CONFIG_ROOT", "ICP_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """The standard output of `scm identity ...`, which succeeds."""
    assert main(["identity", *command]) == 0
    return capsys.readouterr().out.strip()


def fails(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What `scm identity ...` says when it fails."""
    assert main(["identity", *command]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("kind", ["secp256k1", "ed25519", "p256"])
def test_a_new_identity_is_in_a_file_of_its_owner(
    home: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    principal = run(capsys, "new", "alice", "--type", kind)
    path = home / ".config/scm/identity/alice.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert str(load_identity("alice").principal) == principal
    assert run(capsys, "show", "alice") == principal
    assert json.loads(run(capsys, "show", "alice", "--json"))["kind"] == kind


def test_no_command_prints_a_key(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = home / "copy.pem"
    shown = run(capsys, "new", "alice")
    shown += run(capsys, "list") + run(capsys, "show", "alice")
    shown += run(capsys, "export", "alice", str(target))
    secret = (identity_folder() / "alice.pem").read_text(encoding="utf-8").splitlines()[1]
    assert secret not in shown
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_text(encoding="utf-8") == (identity_folder() / "alice.pem").read_text(
        encoding="utf-8"
    )
    assert "is there already" in fails(capsys, "export", "alice", str(target))
    elsewhere = target.parent / "none" / "key.pem"
    assert "there is no folder" in fails(capsys, "export", "alice", str(elsewhere))
    assert not elsewhere.parent.exists()
    assert "not written to standard output" in fails(capsys, "export", "alice", "-")


def test_no_key_goes_where_a_link_leads(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "new", "alice")
    elsewhere, link = home / "elsewhere", home / "copy.pem"
    link.symlink_to(elsewhere)
    assert "is there already" in fails(capsys, "export", "alice", str(link))
    (identity_folder() / "bob.pem").symlink_to(elsewhere)
    assert "there is an identity `bob` already" in fails(capsys, "new", "bob")
    assert not elsewhere.exists()


def test_a_key_that_can_not_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        export_key(new_key("ed25519"), tmp_path / "key.pem")
    assert list(tmp_path.iterdir()) == []


def test_the_default_is_chosen_by_variable_then_by_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_identity().principal == Principal.anonymous()
    alice, bob = (run(capsys, "new", name) for name in ("alice", "bob"))
    run(capsys, "default", "alice")
    assert (run(capsys, "default"), run(capsys, "show")) == ("alice", alice)
    assert "* alice" in run(capsys, "list")
    monkeypatch.setenv("SCM_IDENTITY", "bob")
    assert (run(capsys, "default"), run(capsys, "show")) == ("bob", bob)
    assert json.loads(run(capsys, "list", "--json"))["default"] == "bob"


def test_names_that_are_taken_or_none_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "new", "alice")
    assert "there is an identity `alice` already" in fails(capsys, "new", "alice")
    assert "there is an identity `anonymous` already" in fails(capsys, "new", "anonymous")
    assert "can't be the name" in fails(capsys, "new", ".hidden")
    absent = ("--encrypt", "--password-file", "nowhere/password")
    assert "can't be read from `nowhere/password`" in fails(capsys, "new", "carol", *absent)
    assert "there is no identity `bob`" in fails(capsys, "show", "bob")
    assert "there is no identity `bob`" in fails(capsys, "default", "bob")
    assert "there is no file `a/b.pem`" in fails(capsys, "show", "a/b.pem")


def test_import_takes_a_file_or_standard_input(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key("ed25519")
    principal = str(KeyIdentity(key).principal)
    path = home / "key.pem"
    path.write_text(write_key(key), encoding="utf-8")
    assert run(capsys, "import", "alice", str(path)) == principal
    monkeypatch.setattr("sys.stdin", io.StringIO(write_key(key)))
    assert run(capsys, "import", "bob", "-") == principal
    assert "standard input has no private key" in fails(capsys, "import", "carol", "-")


def test_an_encrypted_identity_needs_its_password(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    right, wrong, empty = (home / name for name in ("right", "wrong", "empty"))
    right.write_text("secret\n", encoding="utf-8")
    wrong.write_text("other\n", encoding="utf-8")
    empty.write_text("\n", encoding="utf-8")
    words = ("--encrypt", "--password-file")
    principal = run(capsys, "new", "alice", *words, str(right))
    assert run(capsys, "show", "alice", "--password-file", str(right)) == principal
    assert "is wrong" in fails(capsys, "show", "alice", "--password-file", str(wrong))
    assert "no terminal to ask" in fails(capsys, "show", "alice")
    assert "the password is empty" in fails(capsys, "new", "bob", *words, str(empty))


def test_a_key_that_others_can_read_gets_a_warning(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "alice")
    (identity_folder() / "alice.pem").chmod(0o644)
    assert main(["identity", "show", "alice"]) == 0
    shown = capsys.readouterr()
    assert "warning: others can read the private key" in shown.err
    assert shown.out


def test_identities_of_other_tools_are_found_by_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dfx = home / ".config/dfx/identity"
    icp = icp_cli_identity_folder()
    assert icp == home / ".local/share/icp-cli/identity"
    keys = {name: new_key("secp256k1") for name in ("plain", "listed")}
    for folder in ("plain", "ring", "anonymous"):
        (dfx / folder).mkdir(parents=True)
    (dfx / "plain/identity.pem").write_text(write_key(keys["plain"]), encoding="utf-8")
    (dfx / "ring/identity.json").write_text('{"keyring_identity_suffix": "ring"}', encoding="utf-8")
    (icp / "keys").mkdir(parents=True)
    (icp / "keys/listed.pem").write_text(write_key(keys["listed"]), encoding="utf-8")
    entries = {
        "anonymous": {"kind": "anonymous"},
        "listed": {"kind": "pem", "format": "plaintext"},
        "elsewhere": {"kind": "keyring"},
    }
    document = json.dumps({"v": 1, "identities": entries})
    (icp / "identity_list.json").write_text(document, encoding="utf-8")
    for name, key in keys.items():
        assert load_identity(name).principal == KeyIdentity(key).principal
    assert [find_identity(name).keeper for name in keys] == ["dfx", "icp-cli"]
    shown = run(capsys, "list")
    assert "dfx identity export ring | scm identity import ring -" in shown
    assert "icp identity export elsewhere | scm identity import elsewhere -" in fails(
        capsys, "show", "elsewhere"
    )


def test_other_tools_folders_follow_their_variables(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICP_HOME", str(home / "i"))
    assert icp_cli_identity_folder() == home / "i/identity"
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/absolute")
    assert identity_folder() == home / ".config/scm/identity"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "c"))
    assert identity_folder() == home / "c/scm/identity"


def test_a_chain_of_delegations_makes_the_first_keys_principal(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, middle, session = (KeyIdentity(new_key(kind)) for kind in ("p256", "ed25519", "ed25519"))
    target = Principal(b"\1\2")
    chain = delegate(delegate(root, middle, 10**18), session, 10**18, targets=(target,))
    for signed, giver in zip(chain.delegations, (root, middle), strict=True):
        key = read_public_key(giver.public_key_der)
        assert key.is_signed(signed.delegation.signed_bytes, signed.signature)
    (home / "key.pem").write_text(write_key(session.key), encoding="utf-8")
    (home / "chain.json").write_text(
        write_chain(chain.public_key_der, chain.delegations), encoding="utf-8"
    )
    principal = run(
        capsys, "import", "web", str(home / "key.pem"), "--delegation", str(home / "chain.json")
    )
    assert principal == str(root.principal)
    loaded = load_identity("web")
    assert isinstance(loaded, DelegatedIdentity)
    assert loaded.delegations == chain.delegations
    assert loaded.sign(b"x") == session.sign(b"x")


def test_a_chain_for_another_key_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, session = (KeyIdentity(new_key("ed25519")) for _ in range(2))
    chain = delegate(root, session, 10**18)
    (home / "chain.json").write_text(
        write_chain(chain.public_key_der, chain.delegations), encoding="utf-8"
    )
    (home / "key.pem").write_text(write_key(root.key), encoding="utf-8")
    command = ("import", "web", str(home / "key.pem"), "--delegation", str(home / "chain.json"))
    assert "the delegations are for another key" in fails(capsys, *command)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"delegations": [], "publicKey": ""}', '{"delegations": 1, "publicKey": ""}'],
)
def test_what_is_no_chain_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="delegations"):
        read_chain(text)


def test_a_chain_as_javascript_writes_it_is_read() -> None:
    text = """{"delegations": [{"delegation": {"expiration": "17f6d21a8c9b0000", "pubkey": "0102",
    "targets": ["00000000000000010101"]}, "signature": "0a0b"}], "publicKey": "ff"}"""
    public_key, (signed,) = read_chain(text)
    assert public_key == b"\xff"
    assert signed.signature == b"\x0a\x0b"
    assert signed.delegation.public_key == b"\1\2"
    assert signed.delegation.expiration_ns == 0x17F6D21A8C9B0000
    assert signed.delegation.targets == (Principal.from_text("rrkah-fqaaa-aaaaa-aaaaq-cai"),)
