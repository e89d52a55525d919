"""Generators that meet themselves, ones that raise, and state kept between steps."""

from collections.abc import Generator, Iterator


def failing(at: int) -> Iterator[int]:
    for number in range(10):
        if number == at:
            raise OSError(f"at {number}")
        yield number


def permutations(items: list[int], start: int = 0) -> Iterator[tuple[int, ...]]:
    if start == len(items):
        yield tuple(items)
        return
    for index in range(start, len(items)):
        items[start], items[index] = items[index], items[start]
        yield from permutations(items, start + 1)
        items[start], items[index] = items[index], items[start]


def machine() -> Generator[str, int, None]:
    state = "idle"
    moves = {("idle", 1): "run", ("run", 0): "idle", ("run", 2): "halt"}
    while state != "halt":
        event = yield state
        state = moves.get((state, event), state)


def run() -> str:
    lines = []
    generator = failing(2)
    seen = []
    try:
        for number in generator:
            seen.append(number)  # noqa: PERF402
    except OSError as error:
        lines.append(f"{seen} OSError {error}")
    lines.append(str(list(generator)))
    lines.append(str(list(permutations([1, 2, 3]))))
    device = machine()
    trail = [next(device)]
    for event in (2, 1, 1, 0, 1):
        trail.append(device.send(event))  # noqa: PERF401
    lines.append(" ".join(trail))
    lines.append(str(sum(1 for _ in permutations([*range(5)]))))
    try:
        device.send(2)
    except StopIteration as stop:
        lines.append(f"stopped {stop.value}")
    return "\n".join(lines)
