"""`islice`, `takewhile`, `dropwhile`, `filterfalse`, `cycle`, `repeat`, `count`."""

from itertools import count, cycle, dropwhile, filterfalse, islice, repeat, takewhile


def round_robin(*groups: str) -> list[str]:
    waiting = [iter(group) for group in groups]
    out = []
    while waiting:
        for iterator in list(waiting):
            try:
                out.append(next(iterator))
            except StopIteration:
                waiting.remove(iterator)
    return out


def run() -> str:
    numbers = [1, 3, 4, 5, 6, 7]
    lines = [str(list(takewhile(lambda n: n % 2, numbers)))]
    lines.append(str(list(dropwhile(lambda n: n % 2, numbers))))
    lines.append(str(list(filterfalse(lambda n: n % 2, numbers))))
    lines.append("".join(islice(cycle("abc"), 7)))
    lines.append(f"{list(repeat('x', 3))} {list(map(pow, numbers[:3], repeat(2)))}")
    lines.append(f"{list(islice(count(10, -3), 4))} {list(islice(count(0.5, 0.25), 3))}")
    lines.append(f"{list(islice('abcdefgh', 2, None, 3))} {list(islice('ab', 0))}")
    lines.append("".join(round_robin("abc", "d", "ef")))
    source = iter(range(10))
    lines.append(f"{list(islice(source, 3))} {next(source)} {sum(source)}")
    lines.append(str([*zip(count(1), "ab", strict=False)]))
    return "\n".join(lines)
