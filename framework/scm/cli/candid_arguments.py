"""The arguments of `scm candid`; what its commands do is in `candid.py`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_EXAMPLES = """\
examples:
  scm candid decode 4449444c00017d2a
  scm candid encode '(42 : nat, "x")'
  scm candid check deployed/vault.did build/vault.wasm
  scm candid hash owner subaccount
"""


def add_candid(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `candid` and its commands to those of `scm`."""
    candid = commands.add_parser(
        "candid",
        help="work with Candid values and interfaces",
        description="Decode and encode messages, compare interfaces, compute field ids.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = candid.add_subparsers(dest="candid_command", required=True, metavar="COMMAND")
    _add_decode(inner)
    _add_encode(inner)
    _add_check(inner)
    _add_hash(inner)
    for parser in inner.choices.values():
        add_output_options(parser)


def _add_decode(commands: _Parsers) -> None:
    decode = commands.add_parser(
        "decode",
        help="show a message as text",
        description="Show a message as text, by the given types or by its own, with ids for names.",
        epilog="example: scm candid decode 4449444c00017d2a --types '(nat)'",
    )
    decode.add_argument(
        "message",
        nargs="?",
        default="-",
        metavar="MESSAGE",
        help='hex, a text blob "...", or a file of bytes or such text; - for standard input',
    )
    _add_types(decode)


def _add_encode(commands: _Parsers) -> None:
    encode = commands.add_parser(
        "encode",
        help="make a message from text",
        description="Print the message for textual values, as hex.",
        epilog="example: scm candid encode '(42)' --did vault.did --method pay",
    )
    encode.add_argument(
        "values", metavar="VALUES", help="such as '(42, \"x\")'; - for standard input"
    )
    _add_types(encode)
    encode.add_argument("--raw", action="store_true", help="write the bytes themselves")


def _add_types(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--types", metavar="TYPES", help="such as '(nat, text)'")
    parser.add_argument("--did", type=Path, metavar="FILE", help="interface with the types")
    parser.add_argument("--method", metavar="NAME", help="types of the arguments of this method")
    parser.add_argument("--results", action="store_true", help="of its results instead")
    parser.add_argument("--init", action="store_true", help="types of the init arguments")


def _add_check(commands: _Parsers) -> None:
    check = commands.add_parser(
        "check",
        help="compare two interfaces",
        description="Check whether callers of the interface OLD can use NEW; each is a .did, .wasm"
        " or .wasm.gz.",
        epilog="example: scm candid check deployed/vault.did build/vault.wasm",
    )
    check.add_argument("old", type=Path, metavar="OLD", help="what callers know")
    check.add_argument("new", type=Path, metavar="NEW", help="what is to replace it")
    check.add_argument(
        "--strict", action="store_true", help="nor may a value silently turn into null"
    )
    check.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_hash(commands: _Parsers) -> None:
    hash = commands.add_parser(
        "hash",
        help="compute the ids of names",
        description="Print the id of each name of a field or variant tag.",
        epilog="example: scm candid hash owner subaccount",
    )
    hash.add_argument("names", nargs="+", metavar="NAME", help="the name, unquoted")
