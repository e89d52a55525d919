"""`scm new`: a project with a canister, a test, and what other tools want to know of it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from scm.errors import ConfigurationError

if TYPE_CHECKING:
    from scm.cli.console import Console

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_NAME_MAX: Final = 63
_NAME: Final = re.compile(rf"[a-z][a-z0-9_-]{{0,{_NAME_MAX - 1}}}")
_PLACEHOLDER: Final = "@NAME@"
_FILES: Final = {
    "canister.py": "canister.py",
    "tests/test_canister.py": "test_canister.py",
    "pyproject.toml": "pyproject.toml",
    "icp.yaml": "icp.yaml",
    "dfx.json": "dfx.json",
    ".github/workflows/test.yml": "workflow.yml",
    ".gitignore": "gitignore",
    "README.md": "README.md",
}
"""What is written -> the template in `scm/templates` that it comes from."""


def add_new(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `new` to the commands of `scm`."""
    new = commands.add_parser(
        "new",
        help="write a new project",
        description="Write a project: a canister, a test, and files for icp-cli, dfx and CI. Its"
        " folder is\nprinted on standard output.",
        epilog="example: scm new counter",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    new.add_argument("name", metavar="NAME", help="of the canister; small letters, digits, - and _")
    new.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the new folder (NAME, in this one)"
    )
    add_output_options(new)


def run_new(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command; raises `ConfigurationError` if something is in the way."""
    name: str = arguments.name
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"`{name[: _NAME_MAX + 1]}` can't be the name of a canister",
            f"it is too long: {len(name)} characters, and {_NAME_MAX} are allowed"
            if len(name) > _NAME_MAX
            else "take small letters, digits, `-` and `_`, beginning with a letter",
        )
    folder: Path = arguments.output or Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(
            f"`{folder}` is there already, and not empty", "name a new folder: `--output DIR`"
        )
    for path, template in _FILES.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = _read_template(template).replace(_PLACEHOLDER, name)
        target.write_text(text, encoding="utf-8")
        console.say(f"wrote {target}")
    console.say(f"next: cd {folder}; scm build .; pytest")
    console.result(str(folder))
    return 0


def _read_template(name: str) -> str:
    return files("scm").joinpath(f"templates/{name}.template").read_text(encoding="utf-8")
