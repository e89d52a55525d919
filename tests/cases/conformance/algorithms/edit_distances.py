"""Levenshtein distance, the edits themselves, and longest increasing subsequences."""

from bisect import bisect_left


def distance(first: str, second: str) -> int:
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


def edits(first: str, second: str) -> list[str]:
    rows, columns = len(first) + 1, len(second) + 1
    table = [[i + j if i == 0 or j == 0 else 0 for j in range(columns)] for i in range(rows)]
    for i in range(1, rows):
        for j in range(1, columns):
            change = table[i - 1][j - 1] + (first[i - 1] != second[j - 1])
            table[i][j] = min(change, table[i - 1][j] + 1, table[i][j - 1] + 1)
    steps = []
    i, j = rows - 1, columns - 1
    while i or j:
        if i and j and table[i][j] == table[i - 1][j - 1] + (first[i - 1] != second[j - 1]):
            if first[i - 1] != second[j - 1]:
                steps.append(f"{first[i - 1]}>{second[j - 1]}")
            i, j = i - 1, j - 1
        elif i and table[i][j] == table[i - 1][j] + 1:
            steps.append(f"-{first[i - 1]}")
            i -= 1
        else:
            steps.append(f"+{second[j - 1]}")
            j -= 1
    return steps[::-1]


def longest_rise(values: list[int]) -> int:
    tails: list[int] = []
    for value in values:
        at = bisect_left(tails, value)
        tails[at : at + 1] = [value]
    return len(tails)


def run() -> str:
    pairs = [("kitten", "sitting"), ("", "abc"), ("same", "same"), ("flaw", "lawn"), ("é", "e")]
    lines = [f"{a}/{b}: {distance(a, b)} {edits(a, b)}" for a, b in pairs]
    lines.append(
        f"{longest_rise([3, 1, 4, 1, 5, 9, 2, 6])} {longest_rise([])} {longest_rise([5, 4])}"
    )
    return "\n".join(lines)
