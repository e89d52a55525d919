"""`break` and `continue` in nested loops and `try`; changing what is walked; `range` forms."""


def spiral(size: int) -> list[list[int]]:
    grid = [[0] * size for _ in range(size)]
    x, y, dx, dy = 0, 0, 1, 0
    for number in range(1, size * size + 1):
        grid[y][x] = number
        if not (0 <= x + dx < size and 0 <= y + dy < size) or grid[y + dy][x + dx]:
            dx, dy = -dy, dx
        x, y = x + dx, y + dy
    return grid


def guarded(texts: list[str]) -> list[int]:
    numbers = []
    for text in texts:
        try:
            number = int(text)
        except ValueError:
            if text == "stop":
                break
            continue
        else:
            if number < 0:
                continue
        finally:
            numbers.append(len(text))
        numbers.append(number * 100)
    return numbers


def outer_inner(limit: int) -> list[str]:
    seen = []
    for a in range(limit):
        for b in range(limit):
            if b > a:
                break
            if (a + b) % 2:
                continue
            seen.append(f"{a}{b}")
        if a == 3:
            break
    return seen


def run() -> str:
    lines = [str(spiral(4)), str(guarded(["1", "x", "-5", "22", "stop", "9"])), str(outer_inner(9))]
    lines.append(
        f"{list(range(5, 0, -2))} {list(range(0))} {list(range(3, 3))} {range(0, 10, 3)[-1]}"
    )
    lines.append(f"{len(range(0, -10, -3))} {7 in range(1, 10, 3)} {range(2) == range(0, 2, 1)}")
    number, steps = 27, 0
    while number != 1:
        number = 3 * number + 1 if number % 2 else number // 2
        steps += 1
    lines.append(str(steps))
    index = 10
    for index in range(3):
        index *= 2
    lines.append(str(index))
    for index in range(5, 5):
        lines.append(f"never {index}")
    lines.append(str(index))
    return "\n".join(lines)
