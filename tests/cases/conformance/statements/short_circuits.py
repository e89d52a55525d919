"""`and`, `or`, `not`, conditional expressions: order, values, nesting, precedence."""


def say(name: str, value: object, log: list[str]) -> object:
    log.append(name)
    return value


def grade(score: int) -> str:
    return "A" if score > 90 else "B" if score > 80 else "C"


def default(value: str | None, other: str = "") -> str:
    return value or other or "none"


def run() -> str:
    lines = []
    for first in (0, 1):
        for second in ("", "x"):
            log: list[str] = []
            both = say("a", first, log) and say("b", second, log)
            either = say("c", first, log) or say("d", second, log)
            lines.append(f"{both!r} {either!r} {''.join(log)}")
    lines.append(
        f"{grade(95)}{grade(85)}{grade(10)} {default(None)} {default('', 'o')} {default('v', 'o')}"
    )
    numbers = [0, 3, 0, 5]
    lines.append(str([n or "zero" for n in numbers]))
    lines.append(str([10 // n if n else None for n in numbers]))
    flag = len(numbers) > 2
    lines.append(
        f"{not flag or numbers[0] == 0} {flag and not numbers[0]} {(1 if flag else 2) + 1}"
    )
    log = []
    result = "t" if say("cond", 1, log) else say("else", 0, log)
    lines.append(f"{result} {log}")
    text: str | None = None
    lines.append(f"{text is not None and len(text) > 3} {(text or 'abc')[1]}")
    total = sum(1 if n else -1 for n in numbers)
    lines.append(f"{total} {max(numbers) if numbers else 0} {-1 if not numbers else numbers[-1]}")
    return "\n".join(lines)
