"""Guards: order, side effects, guards that raise, and guards that use captured names."""


def check(log: list[str], name: str, result: bool) -> bool:
    log.append(name)
    return result


def classify(number: int, log: list[str]) -> str:
    match number:
        case n if check(log, "big", n > 100):
            return "big"
        case 7 if check(log, "seven", False):
            return "never"
        case 7 | 8 if check(log, "near", True):
            return "near"
        case n if check(log, "even", n % 2 == 0) and check(log, "positive", n > 0):
            return "even"
    return "rest"


def ordered(triple: tuple[int, int, int]) -> str:
    match triple:
        case (a, b, c) if a < b < c:
            return "rising"
        case (a, b, c) if a > b > c:
            return "falling"
        case (a, b, c) if len({a, b, c}) == 1:
            return "flat"
        case _:
            return "mixed"


def risky(number: int) -> str:
    try:
        match number:
            case n if 10 // n > 3:
                return "small"
            case _:
                return "large"
    except ZeroDivisionError:
        return "zero"


def run() -> str:
    lines = []
    for number in (200, 7, 8, 4, -4, 9):
        log: list[str] = []
        lines.append(f"{number} {classify(number, log)} {' '.join(log)}")
    lines.append(" ".join(ordered(t) for t in [(1, 2, 3), (3, 2, 1), (5, 5, 5), (1, 3, 2)]))
    lines.append(" ".join(risky(number) for number in (2, 5, 0, -1)))
    return "\n".join(lines)
