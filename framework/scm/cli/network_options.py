"""Options of all commands that speak to a network: which one, as whom, for which project."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scm.errors import ConfigurationError

if TYPE_CHECKING:
    from scm.cli.console import Console
    from scm.client.network import Network


def add_network_options(parser: argparse.ArgumentParser, *, has_project: bool = False) -> None:
    """Add them; `has_project`: the command takes its project as an argument of its own."""
    parser.add_argument(
        "-n",
        "--network",
        default="local",
        metavar="NETWORK",
        help="local (the default), ic, or a URL",
    )
    parser.add_argument("-i", "--identity", metavar="NAME", help="who calls: a name, or a PEM file")
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help="where the key's password is"
    )
    parser.add_argument(
        "--root-key",
        metavar="HEX",
        help="the root key (DER) of a network elsewhere that is not the ic",
    )
    if not has_project:
        parser.add_argument(
            "-p",
            "--project",
            type=Path,
            default=Path("."),
            metavar="PATH",
            help="the project whose canisters are meant by their names (this folder)",
        )


def open_network(
    arguments: argparse.Namespace, console: Console, project: Path | None = None
) -> Network:
    """The network that the options name; raises `ConfigurationError`, `NetworkError`."""
    from scm.cli.passwords import ask_password
    from scm.cli.printable import printing
    from scm.client.identity_store import load_identity
    from scm.client.network import Network

    password = partial(ask_password, file=arguments.password_file)
    identity = load_identity(arguments.identity, password, console.warn)
    folder = arguments.project if project is None else project
    return Network(
        arguments.network,
        identity,
        project=folder if folder.is_dir() else folder.parent,
        root_key_der=None if arguments.root_key is None else _hex(arguments.root_key),
        say=printing(console),
    )


def seconds_argument(text: str) -> float:
    """A number of seconds above nothing, as an argument."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 10**9:
        raise argparse.ArgumentTypeError(f"expected a number of seconds, got `{text}`")
    return seconds


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ConfigurationError(f"`--root-key` is not hexadecimal: `{text[:40]}`") from error
