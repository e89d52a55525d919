"""`permutations`, `combinations` with and without repetition; a puzzle by exhaustion."""

from itertools import combinations, combinations_with_replacement, permutations, product


def send_more_money() -> str:
    for m, o, r, y in product((1,), (0,), range(2, 10), range(2, 10)):
        for s, e, n, d in permutations(range(2, 10), 4):
            if len({s, e, n, d, m, o, r, y}) != 8:
                continue
            if s < 8 or (d + e) % 10 != y:
                continue
            send = s * 1000 + e * 100 + n * 10 + d
            more = m * 1000 + o * 100 + r * 10 + e
            if send + more == m * 10000 + o * 1000 + n * 100 + e * 10 + y:
                return f"{send}+{more}={send + more}"
    return "none"


def subsets(items: str) -> list[str]:
    return ["".join(c) for size in range(len(items) + 1) for c in combinations(items, size)]


def run() -> str:
    lines = [" ".join("".join(p) for p in permutations("abc"))]
    lines.append(f"{list(permutations([1, 2, 3], 2))} {len(list(permutations(range(6))))}")
    lines.append(f"{list(combinations('abcd', 3))} {list(combinations([1], 2))}")
    lines.append(str(list(combinations_with_replacement("ab", 3))))
    lines.append(str(subsets("xyz")))
    lines.append(str([c for c in combinations(range(1, 10), 3) if sum(c) == 12]))
    lines.append(send_more_money())
    return "\n".join(lines)
