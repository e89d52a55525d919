"""`return`, `break` and `continue` in `finally` override what was under way."""

# ruff: noqa: B012, SIM107


def overridden() -> str:
    try:
        return "try"
    finally:
        return "finally"


def swallowed() -> str:
    try:
        raise ValueError("lost")
    finally:
        return "swallowed"


def unchanged() -> list[int]:
    values = [1]
    number = 1
    try:
        return [number, *values]
    finally:
        number = 99
        values.append(number)


def broken() -> list[int]:
    seen = []
    for number in range(5):
        try:
            seen.append(number)
            if number == 1:
                raise KeyError(number)
        finally:
            if number == 1:
                break
    return seen


def nested(log: list[str]) -> str:
    try:
        try:
            log.append("a")
            raise ValueError("first")
        finally:
            log.append("b")
            raise KeyError("second")
    except KeyError as error:
        log.append(str(error.__context__))
        return "key"
    finally:
        log.append("c")


def run() -> str:
    log: list[str] = []
    lines = [overridden(), swallowed(), str(unchanged()), str(broken()), nested(log)]
    lines.append(" ".join(log))
    return "\n".join(lines)
