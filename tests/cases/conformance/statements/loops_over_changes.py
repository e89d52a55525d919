"""Loops whose bodies bind the names that they run over, and what is left of their variables."""


def shrink(queue: list[int]) -> list[int]:
    seen = []
    for item in queue:
        seen.append(item)
        queue = [other for other in queue if other != item]
    return seen


def bounds(n: int) -> list[int]:
    found = []
    for index in range(n):
        n = 5
        found += [index]
    for index in range(2, n, 2):
        n = 100
        found += [index]
    return found


def factors(n: int) -> list[int]:
    found = []
    for divisor in range(2, n):
        if n == 1:
            break
        while n % divisor == 0:
            found += [divisor]
            n //= divisor
    return found


def others(xs: list[int], names: dict[int, str], word: str) -> list[object]:
    found: list[object] = []
    for index, item in enumerate(xs):
        xs = [7, 8, 9]
        found += [(index, item)]
    for left, right in zip(xs, word, strict=False):
        xs, word = [0], "z"
        found += [(left, right)]
    for item in reversed(xs):
        xs = []
        found += [item]
    for key in names:
        names = {7: "seven", 8: "eight"}
        found += [key]
    for key, value in names.items():
        names = {}
        found += [(key, value)]
    for letter in word:
        word += letter
        found += [letter]
    xs = [1, 2]
    found += [[item for item in xs if (xs := [item])]]
    for xs in [[1, 2], [3]]:
        for item in xs:
            xs = []
            found += [item]
    return found


def last_index(xs: list[int], wanted: int) -> int:
    i = -1
    for i in range(len(xs)):
        if xs[i] == wanted:
            break
    return i


class Cursor:
    def __init__(self) -> None:
        self.at = 3

    def move(self, count: int) -> int:
        for self.at in range(count):
            assert self.at < count
        return self.at


def nested(n: int) -> list[int]:
    found = []
    for i in range(3):
        for i in range(n):
            found += [10 + i]
        found += [i]
    j = 55
    for j in range(5, 5):
        found += [j]
    found += [j]
    k = 7
    for k, m in zip(range(n), range(n), strict=True):
        found += [k + m]
    else:
        found += [k]
    p, q = 9, 8
    for p, q in enumerate(range(n), 2):
        found += [p * q]
    for p, q in enumerate(found[:n]):
        found += [p * q]
    return [*found, p, q]


def again(n: int) -> list[int]:
    found: list[int] = []
    i = 9
    while len(found) < 6:
        found += [i]
        for i in range(n):
            found += [10 + i]
        n -= 1
    j = 4
    found += [j]
    for j in range(n):
        found += [j]
    return found


def unbound(n: int) -> str:
    try:
        for i in range(n):
            assert i < n
        return str(i)
    except UnboundLocalError:
        return "unbound"


def closures(n: int) -> list[int]:
    index = 40

    def look() -> int:
        return index

    found = []
    for index in range(n):
        found += [look() + 0 * index]
    return [*found, look()]


def run() -> str:
    lines = [str(shrink([1, 2, 3])), str(bounds(3)), str(factors(12)), str(factors(90))]
    lines.append(str(others([1, 2, 3], {1: "a", 2: "b"}, "xy")))
    lines.append(f"{last_index([], 3)} {last_index([4, 3, 5], 3)} {last_index([4], 3)}")
    lines += [
        f"{Cursor().move(n)} {nested(n)} {again(n)} {unbound(n)} {closures(n)}" for n in range(3)
    ]
    return "\n".join(lines)
