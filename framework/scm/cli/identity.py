"""`scm identity`: who calls and deploys.  Private keys go from file to file, never to a screen."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from scm.errors import ConfigurationError

if TYPE_CHECKING:
    from scm.cli.console import Console

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_EXAMPLES: Final = """\
examples:
  scm identity new alice
  scm identity default alice
  dfx identity export bob | scm identity import bob -
"""
_KEY_TEXT_MAX: Final = 100_000


def add_identity(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `identity` and its commands to those of `scm`."""
    identity = commands.add_parser(
        "identity",
        help="make, list and import identities",
        description="Make, list and import identities: private keys, and the principals that they"
        "\nmake. Those of dfx and icp-cli can be used by their names if they are in files.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = identity.add_subparsers(dest="identity_command", metavar="COMMAND", required=True)
    parsers = [_add_new(inner), _add_list(inner), _add_show(inner)]
    parsers += [_add_import(inner), _add_export(inner), _add_default(inner)]
    for parser in parsers:
        add_output_options(parser)


def _add_new(inner: _Parsers) -> argparse.ArgumentParser:
    new = inner.add_parser(
        "new",
        help="make one",
        description="Make an identity. Its principal is printed on standard output.",
        epilog="example: scm identity new alice",
    )
    new.add_argument("name", metavar="NAME")
    new.add_argument(
        "--type",
        choices=("secp256k1", "ed25519", "p256"),
        default="secp256k1",
        help="the kind of its key (secp256k1)",
    )
    _add_encrypt(new)
    return new


def _add_list(inner: _Parsers) -> argparse.ArgumentParser:
    parser = inner.add_parser(
        "list",
        help="show all",
        description="Show all identities: scm's own, and those of dfx and icp-cli.",
        epilog="example: scm identity list",
    )
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    return parser


def _add_show(inner: _Parsers) -> argparse.ArgumentParser:
    show = inner.add_parser(
        "show",
        help="show the principal of one",
        description="Print the principal of an identity on standard output.",
        epilog="example: scm identity show alice",
    )
    show.add_argument("name", nargs="?", metavar="NAME", help="a name or a PEM file; the default")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    _add_password_file(show)
    return show


def _add_import(inner: _Parsers) -> argparse.ArgumentParser:
    parser = inner.add_parser(
        "import",
        help="keep a key from elsewhere",
        description="Keep a private key, as dfx, icp-cli or OpenSSL write it, under a name.",
        epilog="example: scm identity import alice alice.pem",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("file", metavar="FILE", help="a PEM file; - is standard input")
    parser.add_argument(
        "--delegation",
        type=Path,
        metavar="FILE",
        help="a chain of delegations to that key, as JSON",
    )
    _add_encrypt(parser)
    return parser


def _add_export(inner: _Parsers) -> argparse.ArgumentParser:
    export = inner.add_parser(
        "export",
        help="write a key to a file",
        description="Write the private key of an identity, not encrypted, to a new file that only"
        " its owner can read.",
        epilog="example: scm identity export alice alice.pem",
    )
    export.add_argument("name", metavar="NAME")
    export.add_argument("file", type=Path, metavar="FILE", help="the file, which is not there yet")
    _add_password_file(export)
    return export


def _add_default(inner: _Parsers) -> argparse.ArgumentParser:
    default = inner.add_parser(
        "default",
        help="show or set the one used where none is named",
        description="Show or set the identity that is used where none is named.",
        epilog="example: scm identity default alice",
    )
    default.add_argument("name", nargs="?", metavar="NAME")
    return default


def _add_encrypt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--encrypt", action="store_true", help="protect the key with a password")
    _add_password_file(parser)


def _add_password_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help="where the key's password is"
    )


def run_identity(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command that the arguments name; raises `ConfigurationError`."""
    match arguments.identity_command:
        case "new":
            _make(arguments, console)
        case "list":
            _list(console, as_json=arguments.json)
        case "show":
            _show(arguments, console)
        case "import":
            _import(arguments, console)
        case "export":
            _export(arguments, console)
        case _:
            _default(arguments.name, console)
    return 0


def _make(arguments: argparse.Namespace, console: Console) -> None:
    from scm.client.identities import KeyIdentity, new_key
    from scm.client.identity_store import check_name, store_identity

    check_name(arguments.name)
    password = _new_password(arguments)
    key = new_key(arguments.type)
    stored = store_identity(arguments.name, key, password=password)
    console.say(f"{stored.key_path}: only you can read it; there is no other copy")
    console.result(str(KeyIdentity(key).principal))


def _list(console: Console, *, as_json: bool) -> None:
    from scm.client.folders import chosen_identity
    from scm.client.identity_store import ANONYMOUS, default_name, list_identities

    chosen = chosen_identity() or default_name() or ANONYMOUS
    found = list_identities()
    if as_json:
        rows = [
            {"name": stored.name, "keeper": stored.keeper, "usable": stored.refusal is None}
            for stored in found
        ]
        console.result(json.dumps({"default": chosen, "identities": rows}, indent=2))
        return
    for stored in found:
        mark = "*" if stored.name == chosen else " "
        note = "" if stored.refusal is None else f"  ({stored.refusal[1]})"
        console.result(f"{mark} {stored.name:<20} {stored.keeper}{note}")
    console.result(f"{'*' if chosen == ANONYMOUS else ' '} {ANONYMOUS:<20} nobody's")


def _show(arguments: argparse.Namespace, console: Console) -> None:
    from scm.cli.passwords import ask_password
    from scm.client.identity_store import load_identity

    password = partial(ask_password, file=arguments.password_file)
    identity = load_identity(arguments.name, password, console.warn)
    if arguments.json:
        shown = {"principal": str(identity.principal), "kind": identity.kind}
        console.result(json.dumps(shown, indent=2))
    else:
        console.say(f"kind: {identity.kind}")
        console.result(str(identity.principal))


def _import(arguments: argparse.Namespace, console: Console) -> None:
    from scm.cli.passwords import ask_password
    from scm.client.identities import KeyIdentity
    from scm.client.identity_store import load_identity, store_identity
    from scm.client.pem import read_key

    if arguments.file == "-":
        text = "" if sys.stdin is None else sys.stdin.read(_KEY_TEXT_MAX)
        origin = "standard input"
    else:
        text = Path(arguments.file).read_text(encoding="utf-8", errors="replace")
        origin = f"`{arguments.file}`"
    # What protects the copy is asked for anew; a file has one password for both.
    key = read_key(text, origin, partial(ask_password, file=arguments.password_file))
    chain = None
    if arguments.delegation is not None:
        chain = arguments.delegation.read_text(encoding="utf-8")
    password = _new_password(arguments)
    stored = store_identity(arguments.name, key, password=password, chain=chain)
    console.say(f"{stored.key_path}: only you can read it")
    if chain is None:
        console.result(str(KeyIdentity(key).principal))
    else:
        given = None if password is None else lambda _origin: password
        console.result(str(load_identity(arguments.name, given).principal))


def _export(arguments: argparse.Namespace, console: Console) -> None:
    from scm.cli.passwords import ask_password
    from scm.client.identity_store import export_key, find_identity, read_stored_key

    stored = find_identity(arguments.name)
    if stored.refusal is not None:
        raise ConfigurationError(*stored.refusal)
    password = partial(ask_password, file=arguments.password_file)
    export_key(read_stored_key(stored, password, console.warn), arguments.file)
    console.say("this file is all that anybody needs to act as this identity: keep it to yourself")
    console.result(str(arguments.file))


def _default(name: str | None, console: Console) -> None:
    from scm.client.identity_store import ANONYMOUS, default_name, origin_of_default, set_default

    if name is None:
        from scm.client.folders import chosen_identity

        console.say(f"(as says: {origin_of_default()})")
        console.result(chosen_identity() or default_name() or ANONYMOUS)
        return
    set_default(name)
    console.say(f"`{name}` is used where no identity is named")


def _new_password(arguments: argparse.Namespace) -> str | None:
    from scm.cli.passwords import choose_password

    if not arguments.encrypt:
        return None
    return choose_password(arguments.name, arguments.password_file)
