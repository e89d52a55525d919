"""`no-calls = true`: a canister that can't make a call, as its module shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler.no_calls import verify_no_calls
from scm.compiler.verify import VerifyError
from scm.errors import SourceError
from scm.replica.replica import Replica
from scm.testing.building import CanisterBuilder, install_canister
from scm.wasm.module import parse_module
from scm.wasm.sections import read_imports

pytestmark = pytest.mark.toolchain

SETTINGS = "[tool.scm]\nno-calls = true\n"
NOTES = """\
from scm import StableList, nat, state, text, update


@state
class Notes:
    lines: StableList[text] = StableList()


@update
def write(notes: Notes, line: text) -> nat:
    notes.lines.append(line)
    return len(notes.lines)
"""
CALLING = """\
from scm import Method, Pending, Principal, Response, Service, nat, on_response, state, update


@state
class Caller:
    answers: nat = 0


class Peer(Service):
    ask: Method[[], nat]


@update
def ask(caller: Caller, peer: Principal) -> Pending[nat]:
    return Peer(peer).ask().then(asked)


@update
def have_told(caller: Caller, peer: Principal) -> None:
    Peer(peer).ask().via(peer, told)


@update
def tell(caller: Caller, peer: Principal) -> bool:
    return Peer(peer).ask().send()


@on_response
def told(caller: Caller, response: Response[nat]) -> None:
    pass


@on_response
def asked(caller: Caller, response: Response[nat]) -> nat:
    return caller.answers
"""


def project(folder: Path, source: str) -> Path:
    (folder / "canister.py").write_text(source)
    (folder / "pyproject.toml").write_text(SETTINGS)
    return folder


def test_the_module_does_not_import_what_makes_calls(
    build_canister: CanisterBuilder, replica: Replica, tmp_path: Path, vault_v2: bytes
) -> None:
    wasm = build_canister(project(tmp_path, NOTES))
    assert not any(item.name.startswith("call_") for item in read_imports(parse_module(wasm)))
    notes = install_canister(replica, wasm)
    assert notes.write("one") == 1
    replica.install(notes.canister_id, wasm, mode="upgrade")
    assert notes.write("two") == 2
    with pytest.raises(VerifyError, match="the module imports `call_new`"):
        verify_no_calls(vault_v2)


def test_source_that_makes_calls_is_refused(
    build_canister: CanisterBuilder, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        build_canister(project(tmp_path, CALLING))
    assert {item.code for item in caught.value.diagnostics} == {"makes-calls"}
    assert [
        item.message.removesuffix(", and the canister is to make none")
        for item in caught.value.diagnostics
    ] == [
        "`ask` calls Peer.ask",
        "`have_told` calls Peer.ask",
        "`tell` calls Peer.ask",
        "response handler `told` waits for a call",
        "response handler `asked` waits for a call",
    ]
