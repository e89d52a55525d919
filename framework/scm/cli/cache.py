"""`scm cache`: what is in the build cache, and removing it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from scm.cli.console import Console
    from scm.compiler.cache_upkeep import CacheEntry

_Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_EXAMPLES: Final = """\
examples:
  scm cache                                 where it is, and how large
  scm cache clear                           remove everything
  scm cache clear --older-than 3            remove what was not used for 3 days
"""


def add_cache(commands: _Parsers, add_output_options: Callable[..., None]) -> None:
    """Add `cache` and its commands to those of `scm`."""
    cache = commands.add_parser(
        "cache",
        help="show or clear the build cache",
        description="Show or clear the build cache. Without a COMMAND: show.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = cache.add_subparsers(dest="cache_command", metavar="COMMAND")
    show = inner.add_parser(
        "show",
        help="where it is, and how large",
        description="Show where the build cache is, and how large.",
        epilog="example: scm cache show",
    )
    clear = inner.add_parser(
        "clear",
        help="remove what is in it",
        description="Remove what is in the build cache.",
        epilog="example: scm cache clear --stage modules --older-than 3",
    )
    clear.add_argument("--stage", metavar="S", help="that of this stage only")
    clear.add_argument(
        "--older-than",
        type=_days,
        metavar="DAYS",
        help="what was not used for so many days only",
    )
    for parser in (show, clear):
        add_output_options(parser)


def run_cache(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command that the arguments name; raises `ConfigurationError`."""
    if arguments.cache_command == "clear":
        return run_clear(arguments.stage, arguments.older_than, console)
    return run_show(console)


def run_show(console: Console) -> int:
    """The folder, a line for each stage, and the sum."""
    from scm.cli.console import format_size
    from scm.compiler.cache import default_cache
    from scm.compiler.cache_upkeep import STAGES, find_entries

    cache = default_cache()
    entries = find_entries(cache.folder)
    console.result(str(cache.folder))
    for stage in sorted(STAGES):
        found = [entry for entry in entries if entry.stage == stage]
        if found:
            console.result(f"  {stage:<16} {_describe(found)}")
    console.result(f"  {'all':<16} {_describe(entries)}")
    console.say(f"(builds cut it back to {format_size(cache.max_bytes)}: `SCM_CACHE_MAX_BYTES`)")
    return 0


def run_clear(stage: str | None, days: int | None, console: Console) -> int:
    """Remove entries, and tell how many."""
    from scm.cli.console import format_size
    from scm.compiler.cache import default_cache
    from scm.compiler.cache_upkeep import DAY_SECONDS, clear

    removed = clear(default_cache(), stage, None if days is None else days * DAY_SECONDS)
    count = removed.entry_count
    entries = "1 entry" if count == 1 else f"{count:,} entries"
    console.say(f"removed {entries}, {format_size(removed.size_bytes)}")
    return 0


def _describe(entries: list[CacheEntry]) -> str:
    from scm.cli.console import format_size

    count = len(entries)
    size = format_size(sum(entry.size_bytes for entry in entries))
    return f"{count:>7,} {'entry  ' if count == 1 else 'entries'} {size:>10}"


def _days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number of days, got `{text}`")
    return int(text)
