"""When the tests of agents are skipped, and when not."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.agents.packages import install, node_packages


def installer(said: str, code: int) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stderr.write({said!r}); sys.exit({code})"]


@pytest.mark.parametrize(
    "said",
    [
        "npm error code ENOTFOUND\nnpm error syscall getaddrinfo",
        "WARNING: Retrying after connection broken by 'NewConnectionError(...)'",
        "ERROR: Could not find a version that satisfies ... (from versions: none)",
    ],
)
def test_without_a_registry_they_are_skipped(tmp_path: Path, said: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="the package registry can't be reached"):
        install(installer(said, 1), tmp_path)


@pytest.mark.parametrize(
    "said",
    [
        "npm error code ETARGET\nnpm error notarget No matching version found for x@9.9.9.",
        "ERROR: Could not find a version that satisfies x==9.9.9 (from versions: 1.0, 1.1)",
        "error: no space left on device",
    ],
)
def test_if_the_packages_are_wrong_they_fail(tmp_path: Path, said: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="could not be installed"):
        install(installer(said, 1), tmp_path)


def test_what_is_said_on_the_way_does_no_harm(tmp_path: Path) -> None:
    install(installer("WARNING: Retrying after 'ReadTimeoutError(...)'", 0), tmp_path)


def test_without_node_they_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match="install Node 20 or later"):
        node_packages("package.json")
