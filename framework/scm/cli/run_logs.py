"""Logs of canisters on the console of `scm run`, as they come."""

from __future__ import annotations

from typing import Final

from scm.cli.console import Console
from scm.cli.printable import printable
from scm.model import Principal
from scm.network.core import Core

_LINE_MAX: Final = 4_000


class LogPrinter:
    """Prints what canisters have logged since the last time."""

    def __init__(self, console: Console) -> None:
        self._console: Final = console
        self._names: Final[dict[Principal, str]] = {}
        self._printed: Final[dict[Principal, int]] = {}
        self._is_first = True

    def name(self, canister_id: Principal, name: str) -> None:
        """Call a canister by a name from now on."""
        self._names[canister_id] = name

    def print_new(self, core: Core) -> None:
        """Print new records; of those from before this process only that they are there."""
        for canister_id, canister in core.state.canisters.items():
            printed = self._printed.get(canister_id, 0)
            if canister.next_log_index == printed:
                continue
            self._printed[canister_id] = canister.next_log_index
            if self._is_first:
                continue
            who = self._names.get(canister_id) or str(canister_id)
            for record in canister.logs:
                if record.index >= printed:
                    text = record.content[:_LINE_MAX].decode("utf-8", "replace")
                    for line in text.splitlines():
                        self._console.say(f"[{who}] {printable(line)}")
        self._is_first = False
