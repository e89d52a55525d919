"""One name for unlike exceptions, values and loop variables in the same function."""


def caught(text: str) -> str:
    try:
        number = int(text)
    except ValueError as error:
        return f"ValueError {error}"
    try:
        return str(10 // number)
    except ZeroDivisionError as error:
        return f"ZeroDivisionError {error}"


def both(table: dict[str, int], name: str) -> str:
    try:
        return str(100 // table[name])
    except KeyError as error:
        return f"KeyError {error}"
    except ArithmeticError as error:
        return f"{type(error).__name__} {error}"


def run() -> str:
    lines = [caught("x"), caught("0"), caught("5")]
    table = {"a": 3, "zero": 0}
    lines += [both(table, "a"), both(table, "b"), both(table, "zero")]
    for item in (1, 2):
        lines.append(str(item + 1))
    for item in "ab":  # type: ignore[assignment]
        lines.append(str(item))
    return "\n".join(lines)
