from .more import *  # noqa: F403


def double(number: int) -> int:
    return 2 * number
