"""`__len__`, `__getitem__` with slices, `__setitem__`, `__delitem__`, `__contains__`, iteration."""

from __future__ import annotations

from collections.abc import Iterator


class Ring:
    def __init__(self, *items: int) -> None:
        self._items = list(items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, key: int | slice) -> int | list[int]:
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            return [self._items[i] for i in range(start, stop, step)]
        return self._items[key % len(self)]

    def __setitem__(self, key: int, value: int) -> None:
        self._items[key % len(self)] = value

    def __delitem__(self, key: int) -> None:
        del self._items[key % len(self)]

    def __contains__(self, item: object) -> bool:
        return item in self._items or item == "ring"

    def __iter__(self) -> Iterator[int]:
        return iter(self._items)

    def __reversed__(self) -> Iterator[int]:
        yield from self._items[::-1]


class Squares:
    """Iterated through `__getitem__` alone."""

    def __getitem__(self, index: int) -> int:
        if index >= 5:
            raise IndexError(index)
        return index * index


def run() -> str:
    ring = Ring(1, 2, 3, 4)
    lines = [f"{len(ring)} {ring[0]} {ring[5]} {ring[-1]} {ring[1:3]} {ring[::-2]} {ring[9:]}"]
    ring[6] = 30
    del ring[4]
    lines.append(f"{list(ring)} {list(reversed(ring))} {2 in ring} {9 in ring} {'ring' in ring}")
    lines.append(f"{sum(ring)} {bool(Ring())} {bool(ring)} {[*ring, *Ring(7)]} {max(ring)}")
    squares = Squares()
    lines.append(f"{[n for n in squares]} {9 in squares} {8 in squares}")  # type: ignore[attr-defined, operator, unused-ignore]  # noqa: C416
    return "\n".join(lines)
