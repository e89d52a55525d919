"""The arguments of `scm build`, and whether it builds once or watches; `commands.py` builds."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from scm.cli.console import Console
from scm.compiler.builds import BuildOptions
from scm.compiler.discovery_process import DiscoveryProcess

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_build(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `build` to the commands of `scm`."""
    build = commands.add_parser(
        "build",
        help="build a canister",
        description="Build a canister. The module's path is printed on standard output.",
        epilog="example: scm build examples/vault -o out",
    )
    build.add_argument("path", type=Path, metavar="PATH", help="project folder or canister .py")
    build.add_argument("-o", "--output", type=Path, metavar="DIR", help="where to write the module")
    build.add_argument(
        "--emit",
        type=_names,
        default=(),
        metavar="STAGES",
        help="also keep the results of these stages, separated by commas",
    )
    build.add_argument(
        "--no-pin",
        dest="pin",
        action="store_false",
        help="leave the table as the linker made it; upgrades then break calls in flight",
    )
    build.add_argument(
        "--retire",
        action="append",
        default=[],
        metavar="NAME[=TEXT]",
        help="give up the response handler NAME, for which no call is pending any more; with a"
        " TEXT, callers who still wait are rejected with it",
    )
    build.add_argument(
        "--lock-from",
        type=Path,
        metavar="FILE",
        help="rebuild a lost or damaged scm.lock from this deployed .wasm or .wasm.gz",
    )
    build.add_argument(
        "--deployed",
        type=Path,
        metavar="FILE",
        help="compare with this .did, .wasm or .wasm.gz, whose callers must not break",
    )
    build.add_argument(
        "--allow-breaking-interface",
        action="store_true",
        help="build even so, with warnings",
    )
    build.add_argument(
        "-w",
        "--watch",
        action="store_true",
        help="build again when a file of the project changes, until Ctrl-C",
    )
    add_output_options(build)


def run_build(
    arguments: argparse.Namespace,
    console: Console,
    run_command: Callable[[Callable[[], int], Console], int],
) -> int:
    """Build once, or until interrupted; `run_command` turns what is raised into an exit code."""
    options = BuildOptions(
        output=arguments.output,
        emit=frozenset(arguments.emit),
        pin=arguments.pin,
        retire=frozenset(arguments.retire),
        lock_from=arguments.lock_from,
    )
    path: Path = arguments.path
    if not arguments.watch:
        with DiscoveryProcess() as discovery:
            from scm.cli.commands import InterfaceOptions, build_and_tell

            interface = InterfaceOptions(arguments.deployed, arguments.allow_breaking_interface)
            return build_and_tell(path, options, console, interface, discovery)
    from scm.cli.commands import InterfaceOptions, build_once_more
    from scm.cli.watch import INTERRUPTED, watch

    interface = InterfaceOptions(arguments.deployed, arguments.allow_breaking_interface)
    once = partial(build_once_more, path, options, console, interface)

    def build_again() -> int:
        code = run_command(once, console)
        if code not in (0, INTERRUPTED):
            console.say("not built; waiting for a change")
        return code

    console.say("building at every change, until Ctrl-C")
    return watch(path, build_again, time.sleep)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
