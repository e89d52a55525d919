# differs: keywords for positional-only parameters
"""Positional-only, keyword-only, defaults, `*args`, `**kwargs`, in all combinations."""

# ruff: noqa: PIE804

from collections.abc import Callable
from typing import Any


def plain(a: int, b: int = 2) -> str:
    return f"{a},{b}"


def positional(a: int, b: int = 5, /, c: int = 6) -> str:
    return f"{a},{b},{c}"


def keyword(*, a: int, b: int = 7) -> str:
    return f"{a},{b}"


def everything(a: int, /, b: int, *rest: int, c: int = 3, **named: int) -> str:
    return f"{a},{b},{rest},{c},{sorted(named.items())}"


def same_name(a: int, /, **named: int) -> str:
    return f"{a},{named}"


def refused(function: Callable[..., str], *args: Any, **kwargs: Any) -> str:
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        return type(error).__name__


def run() -> str:
    lines = [f"{plain(1)} {plain(b=1, a=0)} {plain(*[3, 4])} {plain(**{'a': 9})}"]
    lines.append(f"{positional(1)} {positional(1, 2, 3)} {positional(1, c=0)}")
    lines.append(f"{keyword(a=1)} {keyword(b=2, a=3)}")
    lines.append(everything(1, 2))
    lines.append(everything(1, 2, 3, 4, c=5, d=6, e=7))
    lines.append(everything(1, b=2, z=0))
    lines.append(everything(*range(4), **{"c": 9, "y": 1}))
    lines.append(same_name(1, a=2))
    lines.append(refused(positional, a=1) + refused(keyword, 1) + refused(plain, 1, a=2))
    lines.append(refused(everything, 1) + refused(plain, 1, 2, 3) + refused(keyword))
    lines.append(f"{refused(same_name, 5, b=6)} {refused(plain, b=1, a=0)}")
    return "\n".join(lines)
