"""Booleans: subclass of int, arithmetic, `bool()` of everything, `and`/`or` values."""

# The linter would simplify what is the theme.
# ruff: noqa: F601, RUF010, RUF021, SIM208, SIM222, SIM223, UP003

from typing import Any


class Empty:
    def __len__(self) -> int:
        return 0


class No:
    def __bool__(self) -> bool:
        return False


def run() -> str:
    lines = [f"{True + True} {True * 10} {-True} {sum([True, False, True])} {True / 2}"]
    values: list[Any] = [0, 0.0, "", "0", [], [0], {}, set(), None, (), range(0), b"", 0j, -1]
    lines.append("".join("T" if value else "F" for value in values))
    lines.append(f"{bool(Empty())} {bool(No())} {not No()} {bool(object())}")
    lines.append(f"{isinstance(True, int)} {type(True).__name__} {type(True + 0).__name__}")
    lines.append(f"{0 or 'x'} {'a' and ''!r} {None or 0 or []} {1 and 2 and 3}")
    lines.append(f"{['no', 'yes'][True]} {'ab'[False]} { {1: 'one'}[True] }")
    lines.append(f"{True == 1} {[True, 1, 1.0].count(1)} {str(True)} {int(False)} {bool('False')}")
    lines.append(f"{True and not False or False} {not not 5} {(1 < 2) + (2 < 1)}")
    lines.append(f"{True!r:>6} {True:d} {True:>6} {False:5.1f}")
    lines.append(str({True: "a", 1: "b", 0: "c", False: "d"}))
    return "\n".join(lines)
