"""The arguments of `scm status`, `pending`, `drain`, `logs`, `stop` and `start`: one canister."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final, TypeAlias

from scm.cli.console import Console
from scm.cli.network_options import add_network_options, open_network, seconds_argument

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

COMMANDS: Final = ("status", "pending", "drain", "logs", "stop", "start")

_CANISTER: Final = "its name in the project, or its id"
_PENDING_EXAMPLES: Final = """\
examples:
  scm pending vault                         list what waits and what has failed
  scm pending vault retry 3                 run the handler of a failed call again
  scm pending vault answer 3 --reject 'the ledger is gone'
  scm pending vault discard 3               forget it
"""


def add_canister_commands(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add these commands to those of `scm`."""
    parsers = [
        _add_status(commands),
        _add_pending(commands),
        _add_drain(commands),
        _add_logs(commands),
        _add_stop(commands),
        _add_start(commands),
    ]
    for parser in parsers:
        add_network_options(parser)
        add_output_options(parser)


def _add_status(commands: _Parsers) -> argparse.ArgumentParser:
    status = commands.add_parser(
        "status",
        help="show how a canister is",
        description="Show how a canister is, and what its calls in flight do. Without a CANISTER:"
        " the\nnetwork, and the project's canisters on it.",
        epilog="example: scm status vault",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    status.add_argument("canister", nargs="?", metavar="CANISTER", help=_CANISTER)
    status.add_argument("--json", action="store_true", help="print it as JSON")
    return status


def _add_pending(commands: _Parsers) -> argparse.ArgumentParser:
    pending = commands.add_parser(
        "pending",
        help="list and mend calls in flight",
        description="List the calls of a canister that wait for a response or have failed, or do"
        " something\nabout one of them.",
        epilog=_PENDING_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    pending.add_argument("canister", metavar="CANISTER", help=_CANISTER)
    pending.add_argument(
        "action",
        nargs="?",
        default="list",
        choices=("list", "retry", "answer", "discard"),
        metavar="ACTION",
        help="list, retry, answer or discard",
    )
    pending.add_argument("call", nargs="?", type=int, metavar="ID", help="the call, as listed")
    pending.add_argument(
        "--reply", metavar="ARGS", help="answer with this reply, as Candid: '(variant { Ok = 5 })'"
    )
    pending.add_argument("--reject", metavar="TEXT", help="answer with a reject that says so")
    pending.add_argument("--json", action="store_true", help="print the list as JSON")
    return pending


def _add_drain(commands: _Parsers) -> argparse.ArgumentParser:
    drain = commands.add_parser(
        "drain",
        help="have a canister make no new calls",
        description="Have a canister make no new calls, so that those in flight come to an end."
        " Everything\nelse is served as ever. An upgrade ends it.",
        epilog="example: scm drain vault start",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    drain.add_argument("canister", metavar="CANISTER", help=_CANISTER)
    drain.add_argument(
        "action",
        nargs="?",
        default="progress",
        choices=("start", "progress", "wait", "end"),
        metavar="ACTION",
        help="start, progress (the default), wait (until no call waits) or end",
    )
    drain.add_argument(
        "--within",
        type=seconds_argument,
        default=300.0,
        metavar="SECONDS",
        help="how long to wait (300)",
    )
    drain.add_argument("--json", action="store_true", help="print the progress as JSON")
    return drain


def _add_logs(commands: _Parsers) -> argparse.ArgumentParser:
    logs = commands.add_parser(
        "logs",
        help="show the log of a canister",
        description="Show the log of a canister: what it printed, and why it trapped.",
        epilog="example: scm logs vault --follow",
    )
    logs.add_argument("canister", metavar="CANISTER", help=_CANISTER)
    logs.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    logs.add_argument("--json", action="store_true", help="print each record as a line of JSON")
    return logs


def _add_stop(commands: _Parsers) -> argparse.ArgumentParser:
    stop = commands.add_parser(
        "stop",
        help="stop a canister",
        description="Stop a canister, which takes until none of its calls waits. After the time"
        " limit it\nis started again, unless told otherwise, and the calls are listed.",
        epilog="example: scm stop vault",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stop.add_argument("canister", metavar="CANISTER", help=_CANISTER)
    stop.add_argument(
        "--within",
        type=seconds_argument,
        default=60.0,
        metavar="SECONDS",
        help="how long to wait (60)",
    )
    stop.add_argument("--keep-stopping", action="store_true", help="do not start it again then")
    return stop


def _add_start(commands: _Parsers) -> argparse.ArgumentParser:
    start = commands.add_parser(
        "start",
        help="start a canister",
        description="Start a canister that is stopped or stopping.",
        epilog="example: scm start vault",
    )
    start.add_argument("canister", metavar="CANISTER", help=_CANISTER)
    return start


def run_canister_command(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command that the arguments name."""
    from scm.cli import canister

    with open_network(arguments, console) as network:
        match arguments.command:
            case "status":
                return canister.run_status(
                    network, arguments.canister, console, as_json=arguments.json
                )
            case "pending":
                return canister.run_pending(network, arguments, console)
            case "drain":
                return canister.run_drain(network, arguments, console)
            case "logs":
                return canister.run_logs(
                    network,
                    arguments.canister,
                    console,
                    follow=arguments.follow,
                    as_json=arguments.json,
                )
            case "stop":
                return canister.run_stop(network, arguments, console)
            case _:
                return canister.run_start(network, arguments.canister, console)
