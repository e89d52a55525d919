"""Memo tables by hand: knapsack, edit paths, coin change, longest common subsequence."""


def coins(amount: int, kinds: tuple[int, ...], known: dict[tuple[int, int], int]) -> int:
    if amount == 0:
        return 1
    if amount < 0 or not kinds:
        return 0
    key = (amount, len(kinds))
    if key not in known:
        known[key] = coins(amount - kinds[0], kinds, known) + coins(amount, kinds[1:], known)
    return known[key]


def common(first: str, second: str) -> str:
    known: dict[tuple[int, int], str] = {}

    def best(i: int, j: int) -> str:
        if i == len(first) or j == len(second):
            return ""
        if (i, j) not in known:
            if first[i] == second[j]:
                known[i, j] = first[i] + best(i + 1, j + 1)
            else:
                known[i, j] = max(best(i + 1, j), best(i, j + 1), key=len)
        return known[i, j]

    return best(0, 0)


def knapsack(items: list[tuple[int, int]], room: int, at: int = 0) -> int:
    if at == len(items):
        return 0
    weight, worth = items[at]
    skipped = knapsack(items, room, at + 1)
    return (
        skipped if weight > room else max(skipped, worth + knapsack(items, room - weight, at + 1))
    )


def steps(n: int, known: dict[int, int]) -> int:
    if n not in known:
        known[n] = steps(n - 1, known) + steps(n - 2, known)
    return known[n]


def run() -> str:
    table: dict[tuple[int, int], int] = {}
    lines = [f"{coins(100, (50, 20, 10, 5, 2, 1), table)} {len(table)} {coins(3, (2,), {})}"]
    lines.append(f"{common('nematode knowledge', 'empty bottle')} {common('abc', 'xyz')!r}")
    lines.append(str(knapsack([(12, 4), (2, 2), (1, 1), (1, 2), (4, 10)], 15)))
    lines.append(str(steps(200, {0: 1, 1: 1})))
    return "\n".join(lines)
