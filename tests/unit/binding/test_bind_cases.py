"""What `bind` makes of interfaces that have everything; the expected modules lie beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.binding.bind import BindOptions, bind
from scm.candid.did_files import read_did_document
from scm.model import Principal

CASES = Path(__file__).parents[2] / "cases" / "bind"
SOURCES = sorted(CASES.glob("*.did"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_module_is_as_expected(source: Path, request: pytest.FixtureRequest) -> None:
    options = BindOptions(source.name, canister_id=Principal(b"\0\1"))
    made = bind(read_did_document(source), options)
    expected = source.with_suffix(".expected")
    if request.config.getoption("--bless", default=False):
        expected.write_text(made, encoding="utf-8")

    assert made == expected.read_text(encoding="utf-8")
