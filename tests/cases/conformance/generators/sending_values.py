"""`send`: a running mean, a generator that is primed, and what `send` returns."""

from collections.abc import Generator


def mean() -> Generator[float, float, str]:
    total, count, average = 0.0, 0, 0.0
    while True:
        value = yield average
        if value < 0:
            return f"{count} values"
        total += value
        count += 1
        average = total / count


def echo() -> Generator[str, str | None, None]:
    received = yield "ready"
    while received is not None:
        received = yield received.upper()


def run() -> str:
    running = mean()
    lines = [str(next(running)), str(running.send(4)), str(running.send(8)), str(running.send(0))]
    try:
        running.send(-1)
    except StopIteration as stop:
        lines.append(str(stop.value))
    talk = echo()
    lines.append(f"{next(talk)} {talk.send('a')} {talk.send('b')}")
    lines.append(str(next(talk, "over")))
    lines.append(str(next(talk, "still over")))
    fresh = echo()
    try:
        fresh.send("too early")
    except TypeError as error:
        lines.append(str(error))
    return "\n".join(lines)
