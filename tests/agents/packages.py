"""The agents' packages, in environments of their own: what they pin is not what scm pins.

Each is installed once, beside the build cache, under the hash of the list of its packages.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from scm.compiler.cache import default_cache, hash_parts

FOLDER: Final = Path(__file__).parent
NODE_MAJOR_MIN: Final = 20

_STAGE: Final = "agents"
_UNREACHABLE: Final = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH"
    r"|NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError"
    r"|from versions: none"
)
"""What npm and pip say if they can't reach a registry.  One that is there knows versions."""


def node_packages(list_name: str) -> Path:
    """The folder in which the packages of a `package.json` are; skips where they can't be had."""
    node = shutil.which("node")
    npm = shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node or npm was not found: install Node 20 or later, it brings both")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.removeprefix("v").partition(".")[0]) < NODE_MAJOR_MIN:
        pytest.skip(f"Node {version.stdout.strip()} is too old: install Node 20 or later")
    wanted = FOLDER / list_name

    def fill(folder: Path) -> None:
        shutil.copy(wanted, folder / "package.json")
        options = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        install([npm, "install", *options], folder)

    return _entry([version.stdout, wanted.read_bytes()], fill)


def python_packages(list_name: str) -> Path:
    """The interpreter of an environment with the packages of a list; skips likewise."""
    wanted = FOLDER / list_name

    def fill(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
        # The list has the indirect ones, too: nothing comes that it doesn't name.
        options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"]
        install([*pip, "install", *options, "-r", str(wanted)], folder)

    return _entry([sys.version, wanted.read_bytes()], fill) / "bin" / "python"


def _entry(parts: list[str | bytes], fill: Callable[[Path], None]) -> Path:
    folder, _ = default_cache().entry_of_recipe(_STAGE, hash_parts(parts), fill, is_fixed=False)
    return folder


def install(command: list[str], folder: Path) -> None:
    """Run an installer; skips if it can't reach a registry, and fails if it fails otherwise."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    unreachable = _UNREACHABLE.search(said)
    if unreachable:
        pytest.skip(f"the package registry can't be reached: {unreachable.group()}")
    pytest.fail(f"the packages could not be installed: {said}", pytrace=False)
