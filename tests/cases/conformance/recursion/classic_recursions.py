"""Ackermann, Hanoi, mutual recursion, McCarthy, Catalan, partitions."""


def ackermann(m: int, n: int) -> int:
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def hanoi(count: int, source: str, target: str, spare: str, moves: list[str]) -> None:
    if count:
        hanoi(count - 1, source, spare, target, moves)
        moves.append(source + target)
        hanoi(count - 1, spare, target, source, moves)


def male(n: int) -> int:
    return n - female(male(n - 1)) if n else 0


def female(n: int) -> int:
    return n - male(female(n - 1)) if n else 1


def mccarthy(n: int) -> int:
    return n - 10 if n > 100 else mccarthy(mccarthy(n + 11))


def catalan(n: int) -> int:
    return 1 if n == 0 else sum(catalan(i) * catalan(n - 1 - i) for i in range(n))


def partitions(n: int, largest: int) -> list[list[int]]:
    if n == 0:
        return [[]]
    return [
        [first, *rest]
        for first in range(min(n, largest), 0, -1)
        for rest in partitions(n - first, first)
    ]


def run() -> str:
    moves: list[str] = []
    hanoi(4, "a", "c", "b", moves)
    lines = [f"{ackermann(2, 3)} {ackermann(1, 20)}", f"{len(moves)} {' '.join(moves)}"]
    lines.append(f"{[male(n) for n in range(10)]} {[female(n) for n in range(10)]}")
    lines.append(f"{mccarthy(1)} {mccarthy(150)} {[catalan(n) for n in range(8)]}")
    lines.append(str(partitions(5, 5)))
    return "\n".join(lines)
