"""Comprehensions with several loops and conditions, and comprehensions in comprehensions."""


def run() -> str:
    grid = [[row * 3 + column for column in range(3)] for row in range(3)]
    lines = [str(grid)]
    lines.append(str([value for row in grid for value in row if value % 2]))
    lines.append(str([[row[i] for row in grid] for i in range(3)]))
    lines.append(str([(a, b, c) for a in range(1, 15) for b in range(a, 15) for c in [a * a + b * b]
                      if c in {n * n for n in range(20)}]))  # fmt: skip
    lines.append(str(["".join(x + y for y in "ab") for x in "xyz" if x != "y"]))
    lines.append(str([[inner for inner in range(outer)] for outer in range(4)]))  # noqa: C416
    lines.append(str([n for n in range(60) if n % 2 == 0 if n % 3 == 0 if n % 5 == 0]))
    lines.append(str([x if x > 0 else -x for x in (-2, -1, 0, 1)]))
    lines.append(str([*(a for a in "abc"), *[b for b in "de"]]))  # noqa: C416
    return "\n".join(lines)
