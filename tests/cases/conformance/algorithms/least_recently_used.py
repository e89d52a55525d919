"""A cache of bounded size by hand: a dict and a doubly linked list with sentinels."""

from __future__ import annotations

from collections.abc import Iterator


class Link:
    def __init__(self, key: str = "", value: int = 0) -> None:
        self.key = key
        self.value = value
        self.before: Link = self
        self.after: Link = self

    def unlink(self) -> None:
        self.before.after = self.after
        self.after.before = self.before

    def insert_after(self, other: Link) -> None:
        self.before, self.after = other, other.after
        other.after.before = self
        other.after = self


class Cache:
    def __init__(self, size: int) -> None:
        self.size = size
        self.links: dict[str, Link] = {}
        self.head = Link()
        self.hits = 0

    def get(self, key: str) -> int | None:
        link = self.links.get(key)
        if link is None:
            return None
        self.hits += 1
        link.unlink()
        link.insert_after(self.head)
        return link.value

    def put(self, key: str, value: int) -> str | None:
        dropped = None
        if key in self.links:
            self.links[key].unlink()
        elif len(self.links) == self.size:
            oldest = self.head.before
            oldest.unlink()
            del self.links[oldest.key]
            dropped = oldest.key
        link = self.links[key] = Link(key, value)
        link.insert_after(self.head)
        return dropped

    def __iter__(self) -> Iterator[str]:
        link = self.head.after
        while link is not self.head:
            yield link.key
            link = link.after


def run() -> str:
    cache = Cache(3)
    dropped = [cache.put(key, number) for number, key in enumerate("abcad")]
    lines = [f"{dropped} {list(cache)}"]
    lines.append(f"{cache.get('a')} {cache.get('b')} {cache.get('c')} {list(cache)} {cache.hits}")
    lines.append(f"{cache.put('e', 9)} {cache.put('f', 8)} {list(cache)} {sorted(cache.links)}")
    single = Cache(1)
    lines.append(f"{[single.put(key, 0) for key in 'xyy']} {list(single)}")
    return "\n".join(lines)
