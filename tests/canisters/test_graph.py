"""A finished module tells the same machine as its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.cli.main import main
from scm.testing.building import CanisterBuilder

VAULT = Path(__file__).resolve().parents[2] / "examples" / "vault"


@pytest.mark.toolchain
def test_a_built_module_is_drawn_like_its_source(
    build_canister: CanisterBuilder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tmp_path / "vault.wasm"
    module.write_bytes(build_canister(VAULT))
    drawings = []
    for path in (VAULT, module):
        assert main(["graph", str(path), "--format", "svg"]) == 0
        drawings.append(capsys.readouterr())
    assert drawings[0] == drawings[1]
    assert "Ledger.balance_of" in drawings[0].out
    assert main(["graph", str(module), str(VAULT), "--format", "text"]) == 0
    assert capsys.readouterr().out == "  13 nodes and 10 edges are the same\n"
