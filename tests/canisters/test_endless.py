"""What never ends does no harm: recursion raises, memory and instructions end in a trap."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain
COMPILER = "optimizing"

PROJECT = Path(__file__).parents[1] / "cases" / "canisters" / "depth"
KINDS = [
    *("function", "fixed width", "text", "two functions", "method", "generator", "slot"),
    *("inner function", "interpreted", "through interpreted code", "repr"),
]
BOUNDED = ["two functions", "method", "generator", "slot", "repr"]


@pytest.fixture
def depth(replica, build_canister):
    return install_canister(replica, build_canister(PROJECT))


@pytest.mark.parametrize("kind", KINDS)
def test_endless_recursion_raises(depth, kind):
    assert depth.deep(kind, 5_000).startswith("RecursionError: maximum recursion depth exceeded")
    assert depth.deep(kind, 5_000).startswith("RecursionError: maximum recursion depth exceeded")


@pytest.mark.parametrize("kind", BOUNDED)
def test_recursion_as_deep_as_python_allows_works(depth, kind):
    length = 330
    # Every second node counts twice.
    twice = str(sum(2 - index % 2 for index in range(length - 1)) + 1)
    expected = {"two functions": "True", "method": twice}.get(kind, str(length))
    assert depth.deep(kind, length) == expected


def test_an_uncaught_one_is_rolled_back(depth):
    with pytest.raises(RejectError, match="RecursionError: maximum recursion depth exceeded"):
        depth.uncaught()
    assert depth.increment() == 1


def test_memory_ends_in_a_memory_error(depth):
    with pytest.raises(RejectError, match="MemoryError"):
        depth.fill()
    assert depth.increment() == 1


def test_an_endless_loop_ends_at_the_limit(depth, replica):
    with pytest.raises(RejectError, match="instruction"):
        depth.spin()
    assert depth.increment() == 1
