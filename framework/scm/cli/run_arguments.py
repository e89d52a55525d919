"""The arguments of `scm run`; `run.py` runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from scm.cli.console import Console

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

DEFAULT_PORT: Final = 4943

_EXAMPLES: Final = """\
examples:
  scm run                                   the canister in this folder, on port 4943
  scm run examples/counter --watch          upgrade it whenever its source changes
  scm run --port 0 --state elsewhere        another network, on a free port
"""


def add_run(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `run` to the commands of `scm`."""
    run = commands.add_parser(
        "run",
        help="run a local network",
        description="Run a local network that agents reach over HTTP, with the canisters of these"
        " projects,\nuntil Ctrl-C. What is in it stays in its folder, and goes on the next time.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument(
        "projects",
        type=Path,
        nargs="*",
        metavar="PROJECT",
        help="project folder or canister .py (this folder, if it is a project)",
    )
    run.add_argument(
        "-w",
        "--watch",
        action="store_true",
        help="build and upgrade when a file of a project changes",
    )
    run.add_argument(
        "--argument",
        action="append",
        default=[],
        metavar="NAME=ARGS",
        help="what `@init` of the canister NAME takes, as Candid, when it is first installed",
    )
    run.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="default 4943; 0 takes a free one"
    )
    run.add_argument("--host", metavar="ADDRESS", help="where to listen, if not on 127.0.0.1")
    run.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer requests for this host name, too",
    )
    run.add_argument(
        "--state", type=Path, metavar="DIR", help="where it keeps everything (.scm/local/state)"
    )
    run.add_argument("--clean", action="store_true", help="delete what is there, and start anew")
    run.add_argument(
        "-i", "--identity", metavar="NAME", help="who controls new canisters: a name, or a PEM file"
    )
    add_output_options(run)


def run_run(
    arguments: argparse.Namespace,
    console: Console,
    run_command: Callable[[Callable[[], int], Console], int],
) -> int:
    """Run until interrupted; `run_command` turns what a build raises into an exit code."""
    from scm.cli.run import RunOptions, run

    options = RunOptions(
        projects=tuple(arguments.projects),
        is_watching=arguments.watch,
        arguments=tuple(arguments.argument),
        port=arguments.port,
        host=arguments.host,
        allowed_hosts=tuple(arguments.allow_host),
        state=arguments.state,
        is_clean=arguments.clean,
        identity=arguments.identity,
    )
    return run(options, console, run_command)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got `{text}`")
    return int(text)
