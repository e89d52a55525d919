# differs: an int where a float is declared
"""Dijkstra with a heap, Floyd-Warshall, and breadth-first search in a maze."""

import heapq
from collections import deque

Graph = dict[str, dict[str, int]]
GRAPH: Graph = {
    "a": {"b": 7, "c": 9, "f": 14},
    "b": {"c": 10, "d": 15},
    "c": {"d": 11, "f": 2},
    "d": {"e": 6},
    "f": {"e": 9},
    "e": {},
    "z": {"a": 1},
}
MAZE = ("S.#.", ".#..", "...#", "#..E")


def dijkstra(graph: Graph, start: str) -> dict[str, tuple[int, str]]:
    best: dict[str, tuple[int, str]] = {}
    heap = [(0, start, start)]
    while heap:
        distance, node, path = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = (distance, path)
        for neighbour, length in graph[node].items():
            if neighbour not in best:
                heapq.heappush(heap, (distance + length, neighbour, path + neighbour))
    return best


def all_pairs(graph: Graph) -> dict[tuple[str, str], float]:
    table = {(a, b): graph[a].get(b, 0 if a == b else float("inf")) for a in graph for b in graph}
    for k in graph:
        for i in graph:
            for j in graph:
                table[i, j] = min(table[i, j], table[i, k] + table[k, j])
    return table


def solve(maze: tuple[str, ...]) -> int:
    queue = deque([(0, 0, 0)])
    seen = {(0, 0)}
    while queue:
        x, y, steps = queue.popleft()
        if maze[y][x] == "E":
            return steps
        for nx, ny in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            inside = 0 <= ny < len(maze) and 0 <= nx < len(maze[0])
            if inside and (nx, ny) not in seen and maze[ny][nx] != "#":
                seen.add((nx, ny))
                queue.append((nx, ny, steps + 1))
    return -1


def run() -> str:
    lines = [str(dijkstra(GRAPH, "a")), str(dijkstra(GRAPH, "e"))]
    table = all_pairs(GRAPH)
    lines.append(f"{table['z', 'e']} {table['e', 'a']} {table['b', 'e']} {table['c', 'c']}")
    lines.append(f"{solve(MAZE)} {solve(('S#', '#E'))}")
    return "\n".join(lines)
