"""`deque`: both ends, `maxlen`, `rotate`, indices, changes while walking."""

from collections import deque


def josephus(count: int, step: int) -> list[int]:
    circle = deque(range(1, count + 1))
    out = []
    while circle:
        circle.rotate(1 - step)
        out.append(circle.popleft())
    return out


def moving_average(values: list[int], size: int) -> list[float]:
    window: deque[int] = deque(maxlen=size)
    averages = []
    for value in values:
        window.append(value)
        averages.append(sum(window) / len(window))
    return averages


def run() -> str:
    queue = deque("bc")
    queue.appendleft("a")
    queue.extend("de")
    queue.extendleft("xy")
    lines = [f"{queue} {len(queue)} {queue[0]} {queue[-1]} {queue.popleft()} {queue.pop()}"]
    queue.rotate(2)
    queue.remove("a")
    queue.insert(1, "!")
    lines.append(f"{list(queue)} {queue.index('b')} {queue.count('b')} {'x' in queue}")
    lines.append(
        f"{deque([1, 2, 3], maxlen=2)} {deque([1]) == deque([1])} {deque([1]) + deque([2])}"
    )
    lines.append(f"{josephus(7, 3)} {moving_average([1, 2, 3, 10], 2)}")
    for action in (deque[int]().pop, deque[int]().popleft):
        try:
            action()
        except IndexError as error:
            lines.append(str(error))
    try:
        for item in queue:
            queue.append(item)
    except RuntimeError as mutated:
        lines.append(str(mutated))
    lines.append("".join(reversed(queue)))
    return "\n".join(lines)
