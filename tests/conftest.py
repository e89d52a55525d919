"""Options of the test suite, and how property tests choose their examples."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, and no limit that a busy machine can break.
settings.register_profile(
    "scm", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# To look for more: `--hypothesis-profile explore`.
settings.register_profile(
    "explore", settings.get_profile("scm"), derandomize=False, max_examples=2_000
)
settings.load_profile("scm")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless",
        action="store_true",
        help="rewrite the expected results that lie next to the cases; review the diff",
    )
    parser.addoption(
        "--state-flips",
        type=int,
        default=300,
        help="how many bits of stable memory are flipped, one at a time (10000 to look for more)",
    )
    parser.addoption(
        "--chaos-messages",
        type=int,
        default=10_000,
        help="how many messages random histories of a canister have, in all (1000000 for more)",
    )
    parser.addoption(
        "--chaos-seed", type=int, default=0, help="after which seed those histories begin"
    )
    parser.addoption(
        "--chaos-run", type=int, default=1_000, help="how many messages each of those has at least"
    )
