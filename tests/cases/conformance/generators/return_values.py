"""What generators return, `StopIteration`, and one that is raised inside."""

from collections.abc import Generator, Iterator


def count_down(start: int) -> Generator[int, None, str]:
    while start > 0:
        yield start
        start -= 1
    return "liftoff"


def collect(generator: Generator[int, None, str]) -> tuple[list[int], str]:
    values = []
    while True:
        try:
            values.append(next(generator))
        except StopIteration as stop:
            return values, stop.value


def capture(results: list[str]) -> Generator[int, None, None]:
    results.append((yield from count_down(2)))
    results.append((yield from count_down(0)))


def leaking(values: Iterator[int]) -> Iterator[int]:
    while True:
        yield next(values)


def nothing() -> Iterator[int]:
    return
    yield 1


def run() -> str:
    lines = [str(collect(count_down(3))), str(collect(count_down(0)))]
    results: list[str] = []
    lines.append(f"{list(capture(results))} {results}")
    try:
        list(leaking(iter([1, 2])))
    except RuntimeError as error:
        lines.append(f"{error}; {type(error.__cause__).__name__}")
    lines.append(f"{list(nothing())} {next(nothing(), None)}")
    lines.append(str([*count_down(2), *count_down(1)]))
    return "\n".join(lines)
