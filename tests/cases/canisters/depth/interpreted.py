"""Code that is interpreted."""

import canister


def endless(n: int) -> int:
    assert locals()
    return endless(n + 1)


def and_back(n: int) -> int:
    assert locals()
    return canister.through_interpreted(n + 1)


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value
