"""A simulation with an event queue: a shop with one till; generators as processes."""

import heapq
from collections import deque
from collections.abc import Generator


class Simulation:
    def __init__(self) -> None:
        self.now = 0
        self.log: list[str] = []
        self._events: list[tuple[int, int, Generator[int, None, None]]] = []
        self._number = 0
        self.queue: deque[str] = deque()
        self.busy = False

    def start(self, process: Generator[int, None, None], after: int = 0) -> None:
        self._number += 1
        heapq.heappush(self._events, (self.now + after, self._number, process))

    def run(self) -> None:
        while self._events:
            self.now, _, process = heapq.heappop(self._events)
            try:
                delay = next(process)
            except StopIteration:
                continue
            self.start(process, delay)

    def note(self, text: str) -> None:
        self.log.append(f"{self.now:02} {text}")


def customer(shop: Simulation, name: str, items: int) -> Generator[int, None, None]:
    shop.note(f"{name} enters")
    yield 2
    shop.queue.append(name)
    while shop.busy or shop.queue[0] != name:
        yield 1
    shop.queue.popleft()
    shop.busy = True
    shop.note(f"{name} pays")
    try:
        yield items * 3
    finally:
        shop.busy = False
        shop.note(f"{name} leaves")


def run() -> str:
    shop = Simulation()
    for arrival, (name, items) in enumerate([("ann", 2), ("bob", 1), ("cy", 3)]):
        shop.start(customer(shop, name, items), arrival)
    shop.run()
    return "\n".join([*shop.log, str(shop.now)])
