"""The arguments of `scm check`; `check.py` has what it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from scm.cli.console import Console

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_EXAMPLES = """\
examples:
  scm check build/vault.wasm . --pending paid=2
  scm check deployed/scm.lock . --idle      response handlers only
"""


def add_check(commands: _Parsers) -> None:
    """Add `check` to the commands of `scm`."""
    check = commands.add_parser(
        "check",
        help="check an upgrade",
        description="Check whether NEW may replace OLD; each is a .wasm, a .wasm.gz, a project or"
        " a\nscm.lock, and OLD may be a canister in a file of `Replica.save`.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("old", type=Path, metavar="OLD", help="what is deployed")
    check.add_argument("new", type=Path, metavar="NEW", help="what is to replace it")
    check.add_argument(
        "--pending",
        type=_count,
        action="append",
        default=[],
        metavar="NAME=COUNT",
        help="calls that wait for a response handler; none for those not named",
    )
    check.add_argument("--idle", action="store_true", help="no call is waiting at all")
    check.add_argument(
        "--calls",
        metavar="FILE",
        help="the reply of `scm_pending`, or counts as JSON; - is standard input",
    )
    check.add_argument("--canister", metavar="ID", help="the canister, if there are several")
    check.add_argument("--json", action="store_true", help="the same as `--format json`")
    amount = check.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="nothing about what is safe")
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="print all that a failing tool said"
    )
    check.add_argument(
        "--format",
        choices=("full", "short", "json", "github"),
        default="full",
        help="lines (errors full or short), JSON, or annotations of a workflow",
    )


def run_check(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    from scm.cli import check

    options = check.CheckOptions(
        pending=dict(arguments.pending) if arguments.pending or arguments.idle else None,
        calls=arguments.calls,
        canister=arguments.canister,
        format="json" if arguments.json else arguments.format,
    )
    return check.run_check(arguments.old, arguments.new, options, console)


def _count(text: str) -> tuple[str, int]:
    name, separator, count = text.partition("=")
    if not (name and separator and count.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected NAME=COUNT, got `{text}`")
    return name, int(count)
