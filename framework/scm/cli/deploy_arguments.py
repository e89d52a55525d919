"""The arguments of `scm deploy` and `scm upgrade`; `deploy.py` and `upgrade.py` do the work."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from scm.cli.console import Console
from scm.cli.network_options import add_network_options, open_network, seconds_argument

if TYPE_CHECKING:
    from scm.cli.upgrade import Target, WayOptions

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_DEPLOY_EXAMPLES: Final = """\
examples:
  scm deploy                                build, create and install, or upgrade
  scm deploy --argument '(principal "aaaaa-aa")'
  scm deploy -n ic --cycles 2T --identity alice
"""
_UPGRADE_EXAMPLES: Final = """\
examples:
  scm upgrade                               calls in flight are taken over
  scm upgrade --dry-run                     show what it would do
  scm upgrade --drain --within 600          when no call waits any more
"""
_UNITS: Final = {"k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}


def add_deploy(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `deploy` to the commands of `scm`."""
    deploy = commands.add_parser(
        "deploy",
        help="bring a canister to a network",
        description="Build a canister, create it on a network if it is not there, and install it,"
        " or\nupgrade it as `scm upgrade` does. Its id is printed on standard output.",
        epilog=_DEPLOY_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_target(deploy)
    deploy.add_argument(
        "--argument", default="()", metavar="ARGS", help="what `@init` takes, as Candid"
    )
    deploy.add_argument(
        "--cycles", type=_cycles, metavar="N", help="for a new canister, such as 2T or 500B"
    )
    deploy.add_argument(
        "--reinstall", action="store_true", help="install anew: the state is lost, and every call"
    )
    _add_way(deploy)
    add_network_options(deploy, has_project=True)
    add_output_options(deploy)


def add_upgrade(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `upgrade` to the commands of `scm`."""
    upgrade = commands.add_parser(
        "upgrade",
        help="upgrade a canister while its calls are in flight",
        description="Upgrade a canister on a network without stopping it: compare the new code with"
        " what\nis deployed and with the calls that wait, show the plan, install, and verify.",
        epilog=_UPGRADE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_target(upgrade)
    _add_way(upgrade)
    add_network_options(upgrade, has_project=True)
    add_output_options(upgrade)


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        nargs="?",
        type=Path,
        default=Path("."),
        metavar="PROJECT",
        help="project folder or canister .py (this folder)",
    )
    parser.add_argument(
        "--canister", metavar="NAME", help="its name or id, if it is not the project's name"
    )
    parser.add_argument(
        "--wasm", type=Path, metavar="FILE", help="this .wasm or .wasm.gz; build nothing"
    )
    parser.add_argument("--sha256", metavar="HEX", help="what the module's hash must be")
    parser.add_argument(
        "--allow-breaking-interface",
        action="store_true",
        help="build even if callers of the deployed interface break",
    )


def _add_way(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    for name, help_text in (
        ("when-idle", "upgrade in a moment when no call waits"),
        ("drain", "the same, and make no new calls until then"),
        ("stop", "stop, upgrade, start: as other tools do it, with downtime"),
    ):
        way.add_argument(f"--{name}", dest="way", action="store_const", const=name, help=help_text)
    parser.set_defaults(way="now")
    parser.add_argument(
        "--within",
        type=seconds_argument,
        default=300.0,
        metavar="SECONDS",
        help="how long those three may wait (300); then all is as it was",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the plan, and change nothing")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="print the plan and the result as JSON")


def run_deploy(arguments: argparse.Namespace, console: Console) -> int:
    """Run `scm deploy`."""
    from scm.cli.deploy import DeployOptions, deploy

    options = DeployOptions(arguments.argument, arguments.cycles, arguments.reinstall)
    with open_network(arguments, console, arguments.path) as network:
        return deploy(network, _target(arguments), _way(arguments), options, console)


def run_upgrade(arguments: argparse.Namespace, console: Console) -> int:
    """Run `scm upgrade`."""
    from scm.cli.upgrade import upgrade

    with open_network(arguments, console, arguments.path) as network:
        return upgrade(network, _target(arguments), _way(arguments), console)


def _target(arguments: argparse.Namespace) -> Target:
    from scm.cli.upgrade import Target

    return Target(
        arguments.path,
        name=arguments.canister,
        wasm=arguments.wasm,
        sha256=arguments.sha256,
        allow_breaking=arguments.allow_breaking_interface,
    )


def _way(arguments: argparse.Namespace) -> WayOptions:
    from scm.cli.upgrade import WayOptions

    return WayOptions(
        way=arguments.way,
        within_seconds=arguments.within,
        dry_run=arguments.dry_run,
        yes=arguments.yes,
        as_json=arguments.json,
    )


def _cycles(text: str) -> int:
    number, unit = text.replace("_", ""), 1
    if number[-1:].lower() in _UNITS:
        number, unit = number[:-1], _UNITS[number[-1].lower()]
    try:
        cycles = round(float(number) * unit) if "." in number else int(number) * unit
    except ValueError:
        cycles = -1
    if not 0 <= cycles < 1 << 128:
        raise argparse.ArgumentTypeError(f"expected a number of cycles, such as 2T, got `{text}`")
    return cycles
