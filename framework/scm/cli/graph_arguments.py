"""The arguments of `scm graph`; `graph.py` has what it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from scm.cli.console import Console

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_EXAMPLES = """\
examples:
  scm graph .                               Mermaid, for a page in Markdown
  scm graph build/vault.wasm -o vault.svg   a picture of a finished module
  scm graph build/vault.wasm .              what the code in this folder changes
"""


def add_graph(commands: _Parsers) -> None:
    """Add `graph` to the commands of `scm`."""
    graph = commands.add_parser(
        "graph",
        help="draw the state machine",
        description="Draw the methods and response handlers of a canister and the calls between\n"
        "them, or the difference between two versions; each is a .wasm, a .wasm.gz or a\nproject.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    graph.add_argument("path", type=Path, metavar="PATH", help="what to draw, or the old version")
    graph.add_argument("new", type=Path, nargs="?", metavar="NEW", help="the new version")
    graph.add_argument("-o", "--output", type=Path, metavar="FILE", help="the file to write")
    graph.add_argument(
        "--format",
        dest="drawing",
        choices=("mermaid", "svg", "json", "text"),
        help="default: by the ending of FILE, else mermaid",
    )
    graph.add_argument("-q", "--quiet", action="store_true", help="print errors only")


def run_graph(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    from scm.cli.graph import run

    return run(arguments.path, arguments.new, arguments.output, arguments.drawing, console)
