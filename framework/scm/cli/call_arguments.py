"""The arguments of `scm call` and `scm query`; `call.py` has what they do."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from scm.cli.console import Console
from scm.cli.network_options import add_network_options, seconds_argument

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_call(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `call` to the commands of `scm`."""
    call = commands.add_parser(
        "call",
        help="call a method of a canister",
        description="Call a method of a canister on a network. The reply is printed on standard"
        " output,\nas Candid. Methods that are queries are called as such.",
        epilog="example: scm call vault pay '(principal \"aaaaa-aa\", 5)'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_arguments(call)
    call.add_argument("--update", action="store_true", help="call a query as an update, certified")
    call.add_argument(
        "--timeout",
        type=seconds_argument,
        default=300.0,
        metavar="SECONDS",
        help="how long to wait for the reply (300); the call goes on all the same",
    )
    add_network_options(call)
    add_output_options(call)


def add_query(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `query` to the commands of `scm`."""
    query = commands.add_parser(
        "query",
        help="ask a query of a canister",
        description="Call a query method of a canister on a network. The reply, which nodes of the"
        " subnet\nhave signed, is printed on standard output, as Candid.",
        epilog="example: scm query vault total_paid",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_arguments(query)
    add_network_options(query)
    add_output_options(query)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("canister", metavar="CANISTER", help="its name in the project, or its id")
    parser.add_argument("method", metavar="METHOD")
    parser.add_argument(
        "values",
        nargs="?",
        default="()",
        metavar="ARGS",
        help="the arguments as Candid: '(1, \"two\")'; - is standard input",
    )
    parser.add_argument(
        "--did", type=Path, metavar="FILE", help="the interface, of a canister that tells none"
    )
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run_call(arguments: argparse.Namespace, console: Console) -> int:
    """Run either command."""
    from scm.cli.call import CallOptions, run_call
    from scm.cli.network_options import open_network

    options = CallOptions(
        arguments.canister,
        arguments.method,
        arguments.values,
        did=arguments.did,
        is_query=arguments.command == "query",
        is_update=getattr(arguments, "update", False),
        seconds=getattr(arguments, "timeout", 300.0),
        as_json=arguments.json,
    )
    with open_network(arguments, console) as network:
        return run_call(network, options, console)
