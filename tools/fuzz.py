"""Decode mutated Candid messages: only `DecodeError` may come out, within bounds.

Each mutant of a valid message is decoded at its own types, at other types, and at none, by readers
and by the general way, which must agree; what was decoded must encode again and come back.  Run it
as `tools/fuzz`.  The message of a number depends on the seed and the number alone.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from attrs import define, field, frozen
from tools.candid_cases import CaseMaker
from tools.candid_mutations import mutate

from scm.candid import Codec, DecodeError, Type, TypeEnv, Vec, decode_untyped
from scm.candid.decode import decode_generally
from scm.candid.table import TypeTable, parse_header, table_from_types
from scm.candid.transcode import transcode
from scm.testing.candid_suite import read_suite_file

ROOT: Final = Path(__file__).resolve().parents[1]
SUITE: Final = ROOT.parent / "shared" / "candid"

POOL_SIZE: Final = 3_000
SECONDS_MAX: Final = 1.0
"""For one decoding, in processor time; the slowest take a small part of it."""

MEMORY_BASE: Final = 16_000_000
MEMORY_PER_BYTE: Final = 2_000
_MEMORY_SAMPLE: Final = 500
_ADDRESS_SPACE_MAX: Final = 4_000_000_000
_VIOLATIONS_SHOWN: Final = 5
_BATCH: Final = 50_000


@frozen(eq=False)
class Origin:
    """A valid message that mutants are made of, and its types in the forms that decoders want."""

    message: bytes
    values_at: int
    codec: Codec
    table: TypeTable

    @staticmethod
    def of(message: bytes | None, types: tuple[Type, ...], env: TypeEnv, values: object) -> Origin:
        """An origin from types; `message` `None`: made of the values."""
        codec = Codec(types, env)
        if message is None:
            assert isinstance(values, list)
            message = codec.encode(values)
        try:
            _, values_at = parse_header(message)
        except DecodeError:
            values_at = 0
        return Origin(message, values_at, codec, table_from_types(types, env))


def make_pool(seed: int) -> list[Origin]:
    """Valid messages of many types, then those of the official suite, where it is at hand."""
    pool: list[Origin] = []
    for number in range(POOL_SIZE):
        random = Random(f"{seed}/pool/{number}")
        maker = CaseMaker(random)
        types: list[Type] = [maker.type() for _ in range(random.randint(1, 3))]
        values: list[object] = [maker.value(type) for type in types]
        if number % 10 == 0:
            values[0] = [maker.value(types[0]) for _ in range(random.choice((20, 200)))]
            values[0] = bytes(range(200)) if maker.env.resolve(types[0]).opcode == -5 else values[0]
            types[0] = Vec(types[0])
        pool.append(Origin.of(None, tuple(types), maker.env, values))
    for path in sorted(SUITE.glob("*.test.did")):
        suite = read_suite_file(path)
        pool += [
            Origin.of(item.left, item.types, suite.env, None)
            for item in suite.assertions
            if isinstance(item.left, bytes)
        ]
    return pool


@define
class Report:
    """What a run has seen."""

    outcomes: Counter[str] = field(factory=Counter)
    slowest: tuple[float, int, str] = (0.0, -1, "")
    memory: tuple[int, int] = (0, -1)
    violations: list[str] = field(factory=list)

    def add(self, other: Report) -> None:
        """Take in another part of the run."""
        self.outcomes += other.outcomes
        self.slowest = max(self.slowest, other.slowest)
        self.memory = max(self.memory, other.memory)
        self.violations += other.violations


class Fuzzer:
    """Makes the mutant of each number and decodes it."""

    def __init__(self, seed: int) -> None:
        self.report: Final = Report()
        self._seed: Final = seed
        self._pool: Final = make_pool(seed)
        self._number = -1
        self._message = b""

    def run(self, number: int) -> None:
        """Try one mutant."""
        random = Random(f"{self._seed}/{number}")
        origin = random.choice(self._pool)
        other = random.choice(self._pool)
        self._number = number
        self._message = message = mutate(random, origin.message, other.message, origin.values_at)
        for name, expected in (("own types", origin), ("other types", other)):
            self._decode(name, expected)
        outcome = self._attempt("no types", lambda: decode_untyped(message))
        self.report.outcomes[f"no types: {_summary(outcome)}"] += 1
        if number % _MEMORY_SAMPLE == 0:
            self._measure(origin)

    def _decode(self, name: str, expected: Origin) -> None:
        message, codec = self._message, expected.codec
        general = self._attempt(name, lambda: decode_generally(message, expected.table))
        fast = self._attempt(name, lambda: codec.decode(message))
        self.report.outcomes[f"{name}: {_summary(general)}"] += 1
        if not _agree(general, fast):
            self._violation(f"{name}: the ways disagree: {general!r:.300} and {fast!r:.300}")
        rewritten = self._attempt(name, lambda: (transcode(message, codec.header),))
        if isinstance(general, tuple) != isinstance(rewritten, tuple):
            self._violation(f"{name}: rewriting disagrees: {general!r:.300} and {rewritten!r:.300}")
        if isinstance(general, tuple) and isinstance(rewritten, tuple):
            encoded = codec.encode(list(general))
            for again in (encoded, rewritten[0]):
                assert isinstance(again, bytes)
                if not _agree(general, codec.decode(again)):
                    self._violation(f"{name}: {general!r:.300} does not come back")

    def _attempt(self, name: str, decoder: Callable[[], tuple[object, ...]]) -> object:
        """The values or the `DecodeError`, in time."""
        started = time.process_time()
        try:
            outcome: object = decoder()
        except DecodeError as error:
            outcome = error
            if not 0 <= error.offset <= len(self._message):
                self._violation(f"{name}: the offset {error.offset} is outside")
        seconds = time.process_time() - started
        if seconds > self.report.slowest[0]:
            self.report.slowest = seconds, self._number, self._message[:200].hex()
        if seconds > SECONDS_MAX:
            self._violation(f"{name}: took {seconds:.1f} s")
        return outcome

    def _measure(self, origin: Origin) -> None:
        """The peak of memory, for the general way, the readers, and no types."""
        message = self._message
        allowed = MEMORY_BASE + MEMORY_PER_BYTE * len(message)
        for decoder in (
            lambda: decode_generally(message, origin.table),
            lambda: origin.codec.decode(message),
            lambda: decode_untyped(message),
        ):
            tracemalloc.start()
            self._attempt("memory", decoder)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            self.report.memory = max(self.report.memory, (peak, self._number))
            if peak > allowed:
                self._violation(f"{peak:,} bytes of memory for {len(message):,} of message")

    def _violation(self, what: str) -> None:
        shown = self._message.hex()
        self.report.violations.append(
            f"{what}\n  message: {shown if len(shown) <= 4000 else shown[:4000] + '...'}\n"
            f"  again:   tools/fuzz --seed {self._seed} --only {self._number}"
        )

    def crash(self, error: Exception) -> None:
        """Note an exception that is no `DecodeError`."""
        self._violation(f"{type(error).__name__}: {error!s:.300}")


def _summary(outcome: object) -> str:
    return "decoded" if isinstance(outcome, tuple) else type(outcome).__name__


def _agree(general: object, fast: object) -> bool:
    if isinstance(general, DecodeError) and isinstance(fast, DecodeError):
        return type(general) is type(fast) and str(general) == str(fast)
    # NaN equals nothing, hence the texts.
    return general == fast or repr(general) == repr(fast)


def fuzz_range(seed: int, numbers: range) -> Report:
    """Try a range of mutants in this process."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_MAX, _ADDRESS_SPACE_MAX))
    fuzzer = Fuzzer(seed)
    # Or else going over all that is in the pool would count as the time of some decoding.
    gc.collect()
    gc.freeze()
    for number in numbers:
        try:
            fuzzer.run(number)
        except Exception as error:
            fuzzer.crash(error)
        if len(fuzzer.report.violations) > 100:
            break
    return fuzzer.report


def parts_of(count: int) -> Iterator[range]:
    """The numbers, in batches."""
    for start in range(0, count, _BATCH):
        yield range(start, min(start + _BATCH, count))


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the mutant of one number")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    total = Report()
    if options.only is not None:
        total = fuzz_range(options.seed, range(options.only, options.only + 1))
        options.count = 1
    else:
        with ProcessPoolExecutor(options.processes) as executor:
            parts = executor.map(partial(fuzz_range, options.seed), parts_of(options.count))
            for done, report in enumerate(parts, 1):
                total.add(report)
                tried = min(done * _BATCH, options.count)
                print(f"{tried:,} tried, {len(total.violations)} violations", file=sys.stderr)
    print(f"{options.count:,} mutants, seed {options.seed}")
    for outcome, count in sorted(total.outcomes.items()):
        print(f"  {count:10,}  {outcome}")
    seconds, number, message = total.slowest
    print(f"  slowest decoding: {seconds * 1000:.0f} ms, mutant {number} ({message:.80}...)")
    peak, number = total.memory
    print(f"  most memory, of every {_MEMORY_SAMPLE}th: {peak:,} bytes, mutant {number}")
    print(f"  {len(total.violations)} violations")
    for violation in total.violations[:_VIOLATIONS_SHOWN]:
        print(violation)
    return 1 if total.violations else 0


if __name__ == "__main__":
    sys.exit(main())
