"""The timers of the catalogue of version pairs: `tests/cases/upgrades/timers.toml` as sources.

All cases share one canister in three versions: an install looks only at handlers that timers are
set for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tests.canisters.upgrade_catalogue import COMMON, Case, Side, load_cases

_ALL: Final = load_cases("timers.toml")
TIMERS: Final = [case for case in _ALL if case.verdict != "build"]
CHAINS: Final = [case for case in TIMERS if case.word("last_verdict")]
"""Cases with a third version."""

UNBUILT_TIMERS: Final = [case for case in _ALL if case.verdict == "build"]


def timer_source(side: Side, cases: Sequence[Case]) -> str:
    """The canister with all timers, as they are in one version."""
    parts = [
        COMMON.format(version=side),
        "@state\nclass Book:\n    fired: StableList[text] = StableList()",
        "@query\ndef fired(book: Book) -> list[text]:\n    return list(book.fired)",
    ]
    for case in cases:
        if has_handler(case, side):
            parts += _timer(case, side)
    return "\n\n\n".join([*parts, ""])


def has_handler(case: Case, side: Side) -> bool:
    return bool(case.side(side)["fate"] != "absent")


def is_set(case: Case, side: Side) -> bool:
    """Whether a version has a method that sets the timer: `@every` needs none."""
    return has_handler(case, side) and not case.side(side).get("every")


def _timer(case: Case, side: Side) -> Iterator[str]:
    """What a case declares, its handler, and the method that sets a timer for it."""
    words = case.side(side)
    handler, context = words["handler"], words["context"]
    if words["types"]:
        yield words["types"]
    if words.get("every"):
        yield (
            f"@every(seconds={words['every']})\ndef {handler}(book: Book) -> None:\n"
            f'    book.fired.append(f"{case.name}: {{VERSION}}")'
        )
        return
    parameters = f"book: Book, context: {context}" if context else "book: Book"
    yield (
        f"@on_timer{words['words']}\ndef {handler}({parameters}) -> None:\n"
        f'    book.fired.append(f"{case.name}: {{VERSION}} {words["shown"]}")'
    )
    given = f"{handler}, {words['value']}" if context else handler
    yield (
        f"@update\ndef {case.name}(book: Book, after: nat) -> None:\n"
        f"    ic.set_timer({given}, after=after)"
    )
    if words["more"]:
        yield words["more"]
