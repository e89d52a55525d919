"""The order of try, except, else and finally, for every way out of the block."""

from collections.abc import Callable


def walk(action: Callable[[], int], log: list[str]) -> str:
    try:
        log.append("try")
        result = action()
    except ZeroDivisionError:
        log.append("zero")
        return "handled"
    except (TypeError, ValueError) as error:
        log.append(type(error).__name__)
        raise
    else:
        log.append("else")
        return f"result {result}"
    finally:
        log.append("finally")


def looped(log: list[str]) -> None:
    for number in range(4):
        try:
            if number == 1:
                continue
            if number == 3:
                break
            log.append(f"body{number}")
        finally:
            log.append(f"fin{number}")
    else:
        log.append("no break")


def run() -> str:
    lines = []
    actions: list[Callable[[], int]] = [lambda: 1, lambda: 1 // 0, lambda: int("x"), lambda: [][0]]
    for action in actions:
        log: list[str] = []
        try:
            log.append(walk(action, log))
        except (ValueError, LookupError) as error:
            log.append(f"out {type(error).__name__}")
        lines.append(" ".join(log))
    steps: list[str] = []
    looped(steps)
    lines.append(" ".join(steps))
    return "\n".join(lines)
