"""Classes over `collections.abc`: the methods that come for free."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence, Set


class Span(Sequence[int]):
    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high

    def __len__(self) -> int:
        return self.high - self.low

    def __getitem__(self, index: int) -> int:  # type: ignore[override]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.low + index


class Folded(MutableMapping[str, int]):
    def __init__(self) -> None:
        self._items: dict[str, int] = {}

    def __getitem__(self, key: str) -> int:
        return self._items[key.casefold()]

    def __setitem__(self, key: str, value: int) -> None:
        self._items[key.casefold()] = value

    def __delitem__(self, key: str) -> None:
        del self._items[key.casefold()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class Bits(Set[int]):
    def __init__(self, items: object) -> None:
        self.mask = sum(1 << item for item in set(items))  # type: ignore[call-overload]

    def __contains__(self, item: object) -> bool:
        return isinstance(item, int) and bool(self.mask >> item & 1)

    def __iter__(self) -> Iterator[int]:
        return (n for n in range(self.mask.bit_length()) if self.mask >> n & 1)

    def __len__(self) -> int:
        return self.mask.bit_count()


def run() -> str:
    span, folded = Span(3, 7), Folded()
    lines = [f"{list(span)} {5 in span} {span.index(6)} {span.count(9)} {list(reversed(span))}"]
    folded.update({"A": 1}, B=2)
    lines.append(f"{folded['a']} {'b' in folded} {folded.pop('B')} {folded.setdefault('C', 3)}")
    lines.append(
        f"{dict(folded)} {folded.get('q', 0)} {folded == {'a': 1, 'c': 3}} {sorted(folded.items())}"
    )
    odd, low = Bits([1, 3, 5]), Bits(range(4))
    lines.append(
        f"{list(odd | low)} {list(odd & low)} {list(odd - low)} {list(odd ^ low)} {odd <= low}"
    )
    lines.append(f"{isinstance(folded, Mapping)} {isinstance(span, Set)} {odd == Bits((5, 3, 1))}")
    return "\n".join(lines)
