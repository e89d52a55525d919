"""Messages made to hurt, in a canister: only refusals of Candid's come out, and in bounds.

A larger run is `tools/fuzz_canister`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from scm.candid.did_parser import parse_did
from scm.candid.table import encode_header
from scm.candid.types import Func
from scm.compiler.metadata import read_metadata
from scm.leb128 import write_unsigned
from scm.replica.state import Rejected
from scm.replica.trace import Executed
from scm.testing.building import install_canister
from scm.testing.hostile_candid import MESSAGE_BYTES, hostile_message

pytestmark = pytest.mark.toolchain
COMPILER = "optimizing"

COSTS = Path(__file__).parents[1] / "cases" / "canisters" / "costs"
COUNT = 600
FUEL_MAX = 1_000_000


@pytest.fixture(scope="module")
def wasm(build_canister):
    return build_canister(COSTS)


@pytest.fixture(scope="module")
def headers(wasm):
    """The header that each method expects."""
    section = read_metadata(wasm, "candid:service")
    assert section is not None
    interface = parse_did(section.decode())
    found = {}
    for method in interface.resolved().methods:
        function = interface.env.resolve(method.type)
        assert isinstance(function, Func)
        found[method.name] = encode_header(function.args, interface.env)
    return found


def last_fuel(replica) -> int:
    return next(event.fuel for event in reversed(replica.trace) if isinstance(event, Executed))


def test_hostile_messages_are_refused_as_candid_and_in_bounds(wasm, headers, replica):
    canister = install_canister(replica, wasm)
    methods = sorted(headers)
    outcomes = Counter[str]()
    for number in range(COUNT):
        random = Random(number)
        method = random.choice(methods)
        message = hostile_message(random, headers[method])
        assert len(message) <= MESSAGE_BYTES
        outcome = replica.query(canister.canister_id, method, message)

        assert last_fuel(replica) <= FUEL_MAX, (number, method, message.hex())
        if isinstance(outcome, Rejected):
            errors = [
                error for error in ("DecodeError", "CoercionError") if error in outcome.message
            ]
            assert errors, (number, method, message.hex(), outcome)
            outcomes[errors[0]] += 1
        else:
            outcomes["decoded"] += 1
    # Not all of one kind, or else the messages would test little.
    assert min(outcomes["decoded"], outcomes["DecodeError"], outcomes["CoercionError"]) > 5


def test_vecs_in_vecs_can_not_promise_more_elements_than_there_are_bytes(wasm, headers, replica):
    # Each of 120 trees says that the rest of the message is children of its own: room for all
    # that would be made before any of them is missed, and in a message of 1 MB it would be 1 GB.
    canister = install_canister(replica, wasm)
    message = headers["tree"]
    promise = b"\xf0\xff\x03"  # 65,520
    message += promise * 120 + b"\0" * 70_000
    outcome = replica.query(canister.canister_id, "tree", message)

    assert isinstance(outcome, Rejected)
    assert "DecodeError: the message is cut off" in outcome.message
    assert last_fuel(replica) < 3_000_000


def test_elements_without_bytes_are_counted_by_what_they_take(wasm, headers, replica):
    canister = install_canister(replica, wasm)
    for method, most in (("nulls", 1_000), ("bares", 1_000), ("nothings", 150)):
        for count, is_decoded in ((most, True), (4 * most, False)):
            message = headers[method] + write_unsigned(count)
            outcome = replica.query(canister.canister_id, method, message)
            assert isinstance(outcome, Rejected) != is_decoded, (method, count, outcome)
            assert last_fuel(replica) <= FUEL_MAX
