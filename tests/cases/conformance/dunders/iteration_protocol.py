"""`__iter__` and `__next__` by hand; iterators used up; `iter` with a sentinel."""

from __future__ import annotations

from collections.abc import Callable, Iterator


class Countdown:
    def __init__(self, start: int) -> None:
        self.current = start

    def __iter__(self) -> Countdown:
        return self

    def __next__(self) -> int:
        if self.current <= 0:
            raise StopIteration
        self.current -= 1
        return self.current + 1


class Sequence:
    def __init__(self, start: int) -> None:
        self.start = start

    def __iter__(self) -> Iterator[int]:
        return Countdown(self.start)


def reader(values: list[str]) -> Callable[[], str]:
    rest = iter(values)
    return lambda: next(rest)


def run() -> str:
    once, again = Countdown(3), Sequence(3)
    lines = [f"{list(once)} {list(once)} {list(again)} {list(again)}"]
    lines.append(f"{next(Countdown(0), 'empty')} {3 in Sequence(5)} {7 in Sequence(5)}")
    lines.append(str([(a, b) for a in again for b in again if a > b]))
    lines.append(str(list(iter(reader(["a", "b", "stop", "c"]), "stop"))))
    first, *rest = Sequence(4)
    lines.append(f"{first} {rest} {dict(zip('xyz', again, strict=True))}")
    shared = Countdown(4)
    lines.append(str(list(zip(shared, shared, strict=True))))
    total = 0
    for number in Sequence(100):
        if number % 2:
            continue
        if number < 90:
            break
        total += number
    lines.append(f"{total} {' '.join(str(n) for n in Sequence(3))} {sorted(Sequence(3))}")
    return "\n".join(lines)
