"""`heapq`: push, pop, heapify, n smallest, merge; a priority queue with changes."""

import heapq
from itertools import count


class Tasks:
    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._removed: set[int] = set()
        self._numbers = count()
        self._entry: dict[str, int] = {}

    def add(self, name: str, priority: int) -> None:
        if name in self._entry:
            self._removed.add(self._entry[name])
        number = next(self._numbers)
        self._entry[name] = number
        heapq.heappush(self._heap, (priority, number, name))

    def pop(self) -> str:
        while self._heap:
            _, number, name = heapq.heappop(self._heap)
            if number not in self._removed:
                del self._entry[name]
                return name
        raise LookupError("no tasks")


def run() -> str:
    values = [9, 4, 7, 1, 8, 2]
    heapq.heapify(values)
    lines = [f"{values[0]} {[heapq.heappop(values) for _ in range(3)]} {sorted(values)}"]
    lines.append(
        f"{heapq.heappushpop(values, 0)} {heapq.heapreplace(values, 100)} {sorted(values)}"
    )
    lines.append(
        f"{heapq.nsmallest(2, [5, 1, 4])} {heapq.nlargest(2, ['aa', 'b', 'ccc'], key=len)}"
    )
    lines.append(str(list(heapq.merge([1, 4, 9], [2, 3], [], [10]))))
    tasks = Tasks()
    for name, priority in (("write", 5), ("read", 1), ("rest", 5), ("read", 9)):
        tasks.add(name, priority)
    lines.append(" ".join(tasks.pop() for _ in range(3)))
    try:
        tasks.pop()
    except LookupError as error:
        lines.append(str(error))
    return "\n".join(lines)
