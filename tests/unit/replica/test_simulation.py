"""Random histories: cycles are conserved, every call is answered once, and the seed decides all."""

from __future__ import annotations

import pytest

from scm.testing.histories import RandomHistory


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_nothing_is_lost(seed: int) -> None:
    history = RandomHistory(seed)
    history.run(500)
    counts = history.counts()
    # The history is worth something: calls were answered, and messages got lost.
    assert counts["answers"] > 50
    assert counts["messages lost"] > 5


@pytest.mark.parametrize("seed", range(4))
def test_with_fees_nothing_is_lost_either(seed: int) -> None:
    history = RandomHistory(seed, fees=True)
    history.run(500)
    counts = history.counts()
    assert counts["answers"] > 50
    # Some canisters were too poor, or ran out.
    assert counts["calls refused for cycles"] > 5


def test_the_same_seed_gives_the_same_trace() -> None:
    hashes = []
    for seed in (1, 1, 2):
        history = RandomHistory(seed)
        history.run(300)
        hashes.append(history.trace_hash())
    assert hashes[0] == hashes[1] != hashes[2]
