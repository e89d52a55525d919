"""Send mutated Candid messages to a canister with methods of many types, and bound what they cost.

Half are made to hurt (`scm.testing.hostile_candid`); the others are mutants of a valid message for
a method of `tests/cases/canisters/costs`, or of random other types.  All are cut to 1 kB.  The
canister may answer, or reject with `DecodeError` or `CoercionError`; it may spend a million fuel.
Exit code 1, with the message, where it does else.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from tools.candid_cases import CaseMaker
from tools.candid_mutations import mutate

from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.candid.table import encode_header, parse_header
from scm.candid.types import Func
from scm.compiler.builds import BuildOptions
from scm.compiler.metadata import read_metadata
from scm.compiler.pipeline import build
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.replica.trace import Executed
from scm.testing.building import compiled_modules_folder
from scm.testing.hostile_candid import hostile_message

COSTS: Final = Path(__file__).resolve().parents[1] / "tests" / "cases" / "canisters" / "costs"
MESSAGE_BYTES_MAX: Final = 1_000
FUEL_MAX: Final = 1_000_000
_ERRORS: Final = ("DecodeError: ", "CoercionError: ")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/fuzz_canister", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    output = COSTS.parents[3] / "build" / "fuzz_canister"
    wasm = build(COSTS, BuildOptions(output=output), lambda report: None).wasm_path.read_bytes()
    replica = Replica(cache_directory=compiled_modules_folder())
    canister = replica.create_canister()
    replica.install(canister, wasm, encode([], []))
    outcomes: Counter[str] = Counter()
    most = 0
    for method, mutant in _mutants(wasm, options.seed, options.count):
        outcome = replica.query(canister, method, mutant)
        fuel = next(event.fuel for event in reversed(replica.trace) if isinstance(event, Executed))
        most = max(most, fuel)
        is_clean = not isinstance(outcome, Rejected)
        if isinstance(outcome, Rejected):
            is_clean = any(error in outcome.message for error in _ERRORS)
        outcomes["answered" if not isinstance(outcome, Rejected) else "rejected"] += 1
        if not is_clean or fuel > FUEL_MAX:
            print(f"{method} {mutant.hex()}: {fuel:,} fuel, {outcome}")
            return 1
        replica.trace.clear()
    print(
        f"{options.count:,} mutants, seed {options.seed}: {dict(outcomes)}, at most {most:,} fuel"
    )
    return 0


def _mutants(wasm: bytes, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Methods, and what to send them."""
    section = read_metadata(wasm, "candid:service")
    assert section is not None
    interface = parse_did(section.decode())
    functions: dict[str, Func] = {}
    for item in interface.resolved().methods:
        function = interface.env.resolve(item.type)
        assert isinstance(function, Func)
        functions[item.name] = function
    names = sorted(functions)
    last = b"DIDL\0\0"
    for number in range(count):
        random = Random(f"{seed}/{number}")
        method = random.choice(names)
        if random.random() < 0.5:
            header = encode_header(functions[method].args, interface.env)
            yield method, hostile_message(random, header)
            continue
        maker = CaseMaker(random, interface.env if random.random() < 0.8 else None)
        types = [*functions[method].args] if maker.env is interface.env else [maker.type()]
        if not all(maker.has_value(type) for type in types):
            continue
        message = encode(types, [maker.value(type) for type in types], maker.env)
        mutant = mutate(random, message, last, parse_header(message)[1])
        last = message
        yield method, mutant[:MESSAGE_BYTES_MAX]


if __name__ == "__main__":
    sys.exit(main())
