"""The demo plays all its scenes; it checks what it shows, and fails if it is not so."""

from __future__ import annotations

import io

import pytest

from scm.cli import demo
from scm.cli.console import Console, ConsoleOptions

pytestmark = pytest.mark.toolchain


def test_demo_succeeds():
    out, err = io.StringIO(), io.StringIO()
    assert demo.run(Console(out, err, ConsoleOptions(quiet=True))) == 0
    shown = out.getvalue()
    assert 'is answered: "v2: paid 250 to ' in shown
    assert "index " in shown.partition("=== 2.")[2]
    assert "1 call waits for response handler `paid`" in shown
    assert shown.endswith("The demo succeeded: one caller, one answer, nothing lost.\n")
    assert "[removed-handler]" in err.getvalue()
