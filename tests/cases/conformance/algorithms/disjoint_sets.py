"""Union-find with path halving; Kruskal's spanning tree; islands in a grid."""


class Sets:
    def __init__(self, count: int) -> None:
        self.parent = list(range(count))
        self.size = [1] * count
        self.count = count

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, first: int, second: int) -> bool:
        a, b = self.find(first), self.find(second)
        if a == b:
            return False
        if self.size[a] < self.size[b]:
            a, b = b, a
        self.parent[b] = a
        self.size[a] += self.size[b]
        self.count -= 1
        return True


def spanning_tree(count: int, edges: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    sets = Sets(count)
    return [edge for edge in sorted(edges) if sets.join(edge[1], edge[2])]


def islands(grid: list[str]) -> int:
    width = len(grid[0])
    sets = Sets(width * len(grid))
    water = 0
    for y, row in enumerate(grid):
        for x, cell in enumerate(row):
            if cell == ".":
                water += 1
                continue
            if x and row[x - 1] == "#":
                sets.join(y * width + x, y * width + x - 1)
            if y and grid[y - 1][x] == "#":
                sets.join(y * width + x, (y - 1) * width + x)
    return sets.count - water


def run() -> str:
    sets = Sets(6)
    lines = [
        f"{sets.join(0, 1)} {sets.join(1, 0)} {sets.join(2, 3)} {sets.join(3, 1)} {sets.count}"
    ]
    lines.append(
        f"{sets.find(0) == sets.find(2)} {sets.find(0) == sets.find(5)} {sorted(sets.size)}"
    )
    edges = [(7, 0, 1), (5, 1, 2), (8, 0, 2), (9, 1, 3), (7, 2, 3), (5, 3, 4), (15, 0, 4)]
    tree = spanning_tree(5, edges)
    lines.append(f"{tree} {sum(edge[0] for edge in tree)}")
    lines.append(
        f"{islands(['##..#', '#...#', '..#..', '##.##'])} {islands(['...'])} {islands(['#'])}"
    )
    return "\n".join(lines)
