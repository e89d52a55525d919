"""Generator expressions: lazy, used once, the first iterable at once, short circuits."""

from collections.abc import Iterator


def noisy(log: list[int], limit: int) -> Iterator[int]:
    for number in range(limit):
        log.append(number)
        yield number


def run() -> str:
    log: list[int] = []
    squares = (n * n for n in noisy(log, 5))
    lines = [str(log), f"{next(squares)} {next(squares)} {log}", str(list(squares)), str(log)]
    lines.append(f"{list(squares)} {next(squares, 'done')}")
    log.clear()
    lines.append(f"{any(n > 2 for n in noisy(log, 10))} {log}")
    log.clear()
    lines.append(f"{all(n < 1 for n in noisy(log, 10))} {log}")
    factor = 2
    scaled = (n * factor for n in range(3))
    factor = 100
    lines.append(str(list(scaled)))
    lines.append(f"{sum(n for n in range(101))} {max((len(w), w) for w in ('a', 'bcd', 'efg'))}")
    lines.append("-".join(str(n) for n in range(3)))
    pairs = ((a, b) for a in range(2) for b in (x * 10 for x in range(2)))
    lines.append(str(list(pairs)))
    lines.append(str(dict((n, str(n)) for n in range(2))))  # noqa: C402
    return "\n".join(lines)
