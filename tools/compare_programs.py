"""What `tools/compare` measures, what came of it, and the goals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from scm.model import Principal

AHEAD_OF_MOTOKO_MIN: Final = 12
MOTOKO_TIMES_MAX: Final = 1.5
INTERPRETED_TIMES_MIN: Final = 15

_ROWS: Final = [
    {
        "id": 2**40 + number,
        "owner": Principal(bytes([1, 2, 3, 4, 5, 6, 7, 8, 1, 1])),
        "name": f"user {number}",
        "amount": 10**12 + number,
    }
    for number in range(10_000)
]


@frozen
class Program:
    """One method of the canisters of `bench_programs`, with its argument, and what it may cost.

    `without`: a method whose cost is taken off.  `filled`: what the canister keeps before.
    `skipped`: languages that have it not.  The goals: fuel, pages changed and written, and whether
    it only computes, so that it should cost a fifteenth of what the interpreter takes.  `reason`:
    why it may cost more than 1.5 times what Motoko takes.
    """

    title: str
    method: str
    arguments: tuple[object, ...] = ()
    without: str = ""
    filled: tuple[object, ...] = ()
    skipped: tuple[str, ...] = ()
    fuel_max: int | None = None
    changed_max: int | None = None
    written_max: int | None = None
    is_computing: bool = False
    reason: str = ""


@frozen
class Cost:
    """Of one message: fuel, and pages of 4 KiB of the memory that it changes, and writes at all."""

    fuel: int
    changed: int
    written: int


@frozen
class Result:
    """What a program costs by language."""

    program: Program
    costs: dict[str, Cost]

    def ratio(self, language: str, other: str) -> float | None:
        """The fuel of one language by that of another, if it is in both."""
        if language not in self.costs or other not in self.costs:
            return None
        return self.costs[language].fuel / self.costs[other].fuel


COUNTER_PROGRAMS: Final = (
    Program("no-op", "nothing", fuel_max=3_000, changed_max=8, written_max=24),
    Program("increment a counter", "increment", fuel_max=3_000),
)
PROGRAMS: Final = (
    # The message and its reply are most of it.
    Program("fib(25), iterative", "fib_iterative", (25,)),
    Program("fib(20), recursive, int", "fib", (20,), fuel_max=1_100_000, is_computing=True),
    Program("fib(20), recursive, i64", "fib_i64", (20,), fuel_max=340_000, is_computing=True),
    Program("sum to 10,000", "sum_to", (10_000,), is_computing=True),
    Program("ackermann(3, 6)", "ackermann", (6,), is_computing=True),
    Program("sieve of 100,000", "count_primes", (100_000,), is_computing=True),
    Program("sort 10,000", "sort_random_numbers", (10_000,), without="digest_random_numbers"),
    Program("2,000 appends to a text", "build_text", (2_000,)),
    Program("dict of 10,000", "fill_dict", (10_000,)),
    Program("10,000 changes of records", "move_money", (10_000,)),
    Program("SHA-256 of 100 kB", "sha256", (100_000,)),
    Program("JSON of 200 rows", "round_trip_json", (200,), skipped=("Motoko", "C")),
    Program("Candid: 10,000 rows in", "take", (_ROWS,)),
    Program("Candid: 10,000 rows out", "give", filled=(_ROWS,)),
)


def missed_goals(results: Sequence[Result]) -> list[str]:
    """What is to be better, a line each."""
    missed = [line for result in results for line in _missed_by(result)]
    ratios = [result.ratio("scm", "Motoko") for result in results]
    ahead = sum(ratio is not None and ratio < 1 for ratio in ratios)
    if ahead < AHEAD_OF_MOTOKO_MIN:
        missed.append(f"ahead of Motoko in {ahead} programs, not in {AHEAD_OF_MOTOKO_MIN}")
    return missed


def _missed_by(result: Result) -> list[str]:
    program, ours = result.program, result.costs["scm"]
    missed = [
        f"{actual:,} {unit}, at most {most:,}"
        for unit, actual, most in (
            ("fuel", ours.fuel, program.fuel_max),
            ("pages changed", ours.changed, program.changed_max),
            ("pages written", ours.written, program.written_max),
        )
        if most is not None and actual > most
    ]
    to_motoko = result.ratio("scm", "Motoko")
    if to_motoko is not None and to_motoko > MOTOKO_TIMES_MAX and not program.reason:
        missed.append(f"{to_motoko:.2f} times Motoko, at most {MOTOKO_TIMES_MAX}, and no reason")
    to_interpreted = result.ratio("CPython", "scm")
    is_slow = to_interpreted is not None and to_interpreted < INTERPRETED_TIMES_MIN
    if program.is_computing and is_slow:
        missed.append(
            f"interpreted it costs {to_interpreted:.1f} times as much, not {INTERPRETED_TIMES_MIN}"
        )
    return [f"{program.title}: {line}" for line in missed]
