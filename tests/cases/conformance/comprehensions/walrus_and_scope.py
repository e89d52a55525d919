"""The walrus in conditions and comprehensions; the scope of loop variables."""

import re

NUMBER = re.compile(r"\d+")


def until_small(value: int) -> list[int]:
    seen = []
    while (value := value // 2) > 3:
        seen.append(value)
    return [*seen, value]


def run() -> str:
    lines = []
    n = "kept"
    doubled = [n * 2 for n in range(3)]
    lines.append(f"{doubled} {n}")
    found = [number for text in ("a1", "b", "c22") if (match := NUMBER.search(text))
             for number in [int(match.group())]]  # fmt: skip
    lines.append(str(found))
    total = 0
    lines.append(f"{[total := total + value for value in (1, 2, 3)]} {total}")
    if (size := len(found)) > 1:
        lines.append(f"size {size}")
    lines.append(str(until_small(100)))
    lines.append(str(any((witness := value) > 2 for value in (1, 2, 3, 4))))
    lines.append(str(witness))
    lines.append(f"{(y := 5) + y} {y}")
    for i in range(3):  # noqa: B007
        pass
    lines.append(str(i))
    lines.append(str([(x := value, x**2) for value in (2, 3)] + [(x, 0)]))
    return "\n".join(lines)
