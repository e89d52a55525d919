"""`lru_cache` and `cache`: counts, the limit, clearing, keyword arguments, recursion."""

from functools import cache, lru_cache


@lru_cache(maxsize=2)
def square(number: int) -> int:
    return number * number


@cache
def ways(steps: int) -> int:
    return 1 if steps < 2 else ways(steps - 1) + ways(steps - 2)


@lru_cache
def grid(rows: int, columns: int = 1) -> int:
    if rows == 1 or columns == 1:
        return 1
    return grid(rows - 1, columns) + grid(rows, columns - 1)


@lru_cache(maxsize=None, typed=True)
def kind(value: object) -> str:
    return type(value).__name__


def run() -> str:
    square.cache_clear()
    ways.cache_clear()
    kind.cache_clear()
    for number in (1, 2, 1, 3, 2, 3):
        square(number)
    info = square.cache_info()
    lines = [f"{info.hits} {info.misses} {info.maxsize} {info.currsize}"]
    lines.append(f"{ways(90)} {ways.cache_info().misses}")
    lines.append(f"{grid(5, 5)} {grid(3)} {grid(rows=2, columns=7)}")
    lines.append(f"{kind(1)} {kind(1.0)} {kind(True)} {kind.cache_info().currsize}")
    try:
        kind([])  # type: ignore[arg-type]
    except TypeError as error:
        lines.append(str(error))
    lines.append(f"{square.__name__} {square.__wrapped__(9)} {square.cache_parameters()}")
    return "\n".join(lines)
