"""Topological order: Kahn's and depth-first, cycles reported, connected components."""

from collections import deque
from collections.abc import Iterable


class CycleError(Exception):
    def __init__(self, path: list[str]) -> None:
        super().__init__(" -> ".join(path))
        self.path = path


def kahn(needs: dict[str, list[str]]) -> list[str]:
    waiting = {name: set(others) for name, others in needs.items()}
    for others in needs.values():
        for other in others:
            waiting.setdefault(other, set())
    order: list[str] = []
    while waiting:
        ready = sorted(name for name, others in waiting.items() if not others)
        if not ready:
            raise CycleError(sorted(waiting))
        order += ready
        waiting = {n: others.difference(ready) for n, others in waiting.items() if n not in ready}
    return order


def depth_first(needs: dict[str, list[str]]) -> list[str]:
    order: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in path:
            raise CycleError([*path[path.index(name) :], name])
        path.append(name)
        for other in needs.get(name, []):
            visit(other)
        order.append(path.pop())

    for name in needs:
        visit(name)
    return order


def components(edges: Iterable[tuple[int, int]], count: int) -> list[list[int]]:
    links: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        links[a].append(b)
        links[b].append(a)
    seen: set[int] = set()
    found = []
    for start in range(count):
        if start in seen:
            continue
        queue, part = deque([start]), []
        seen.add(start)
        while queue:
            part.append(queue.popleft())
            fresh = [n for n in links[part[-1]] if n not in seen]
            seen.update(fresh)
            queue.extend(fresh)
        found.append(sorted(part))
    return found


def run() -> str:
    needs = {"app": ["lib", "log"], "lib": ["core"], "log": ["core", "io"], "core": [], "io": []}
    lines = [" ".join(kahn(needs)), " ".join(depth_first(needs))]
    needs["core"] = ["app"]
    for order in (kahn, depth_first):
        try:
            order(needs)
        except CycleError as error:
            lines.append(f"cycle {error} ({len(error.path)})")
    lines.append(str(components([(0, 1), (2, 3), (1, 4)], 6)))
    return "\n".join(lines)
