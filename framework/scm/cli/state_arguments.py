"""The arguments of `scm state`, and which command they are for; `state.py` has the commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from scm.cli.console import Console

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_EXAMPLES = """\
examples:
  scm state show saved.replica
  scm state dump saved.replica balances --limit 10 --from '"bob"'
  scm state check image
  scm state save saved.replica image
  scm state load image saved.replica
"""
_SOURCE_HELP = "an image of stable memory, or a file of `Replica.save`"


def add_state(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `state` and its commands to those of `scm`."""
    state = commands.add_parser(
        "state",
        help="look into a canister's stable memory",
        description="Show, check and exchange the stable memory of canisters built by scm.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = state.add_subparsers(dest="state_command", required=True, metavar="COMMAND")
    show = _add(inner, "show", "show what the state consists of", "show saved.replica")
    dump = _add(inner, "dump", "print the entries of a field", "dump image balances --json")
    dump.add_argument("field", metavar="FIELD", help="the field of the state")
    dump.add_argument("--json", action="store_true", help="a JSON object for each entry")
    dump.add_argument("--limit", type=_natural, metavar="N", help="print N entries at most")
    dump.add_argument(
        "--from",
        dest="start",
        metavar="KEY",
        help="start at this key, as Candid text, or at this position",
    )
    check = _add(inner, "check", "check every page", "check image")
    check.add_argument("--json", action="store_true", help="print the problems as JSON")
    check.add_argument(
        "--no-values", action="store_true", help="don't decode keys and values: faster"
    )
    save = _add(inner, "save", "write an image to a file", "save saved.replica image")
    save.add_argument("image", type=Path, metavar="IMAGE", help="the file to write")
    for parser in (show, dump, check, save):
        _add_canister(parser)
    load = _add(inner, "load", "put an image into a saved replica", "load image saved.replica")
    load.add_argument("replica", type=Path, metavar="REPLICA", help="a file of `Replica.save`")
    load.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to save it instead of REPLICA"
    )
    _add_canister(load)
    for parser in inner.choices.values():
        add_output_options(parser)


def run_state(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command that the arguments name."""
    from scm.cli import state

    source, canister = arguments.source, arguments.canister
    match arguments.state_command:
        case "show":
            return state.run_show(source, canister, console)
        case "dump":
            return state.run_dump(
                source,
                canister,
                arguments.field,
                console,
                as_json=arguments.json,
                limit=arguments.limit,
                start=arguments.start,
            )
        case "check":
            return state.run_check(
                source,
                canister,
                console,
                with_values=not arguments.no_values,
                as_json=arguments.json,
            )
        case "save":
            return state.run_save(source, canister, arguments.image, console)
        case _:
            return state.run_load(source, arguments.replica, canister, arguments.output, console)


def _add(commands: _Parsers, name: str, help: str, example: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        epilog=f"example: scm state {example}",
    )
    what = "an image of stable memory" if name == "load" else _SOURCE_HELP
    parser.add_argument("source", type=Path, metavar="SOURCE", help=what)
    return parser


def _add_canister(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--canister", metavar="ID", help="the canister, if there are several")


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number, got `{text}`")
    return int(text)
