"""The standard library in a canister gives what it gives on the host."""

import base64
import hashlib
import json
import random

import pytest

from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

DOCUMENT = '{"b": [1, 2.5, null, "\u00e9"], "a": {}}'


def shuffled(count):
    numbers = [*range(count)]
    random.Random(7).shuffle(numbers)
    return numbers


CASES = [
    ("sort_json", [DOCUMENT], json.dumps(json.loads(DOCUMENT), sort_keys=True)),
    ("third", ["10.5"], "3.5"),
    ("fraction", [4, 6], "2/3"),
    ("weekday", ["2026-08-17"], "Monday"),
    ("date_of", [1_000_000_000], "2001-09-09T01:46:40+00:00"),
    ("digits", ["a1b22"], ["1", "22"]),
    ("sha256", [b"abc"], hashlib.sha256(b"abc").hexdigest()),
    ("to_base64", [b"\xff\x00"], base64.b64encode(b"\xff\x00").decode()),
    ("median", [[1.0, 5.0, 2.0]], 2.0),
    ("wrap", ["the quick brown fox"], ["the quick", "brown fox"]),
    ("most_common", ["abcb"], "b"),
    ("smallest", [[9, 3, 7]], [3, 5, 7]),
    ("shuffled", [30], shuffled(30)),
    ("colour", [2], "BLUE"),
]


@pytest.mark.parametrize(("method", "arguments", "result"), CASES, ids=[case[0] for case in CASES])
def test_library_gives_what_it_gives_on_the_host(bench, method, arguments, result):
    assert bench.call(method, *arguments) == result


def test_exception_of_the_library_is_reported(bench):
    with pytest.raises(RejectError, match="JSONDecodeError: Expecting property name"):
        bench.sort_json("{")
