# refused: except-name
"""One name for unlike exceptions in the same function: builtin ones, and classes of our own."""


class LimitError(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class NameProblemError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def builtin(text: str) -> str:
    try:
        number = int(text)
    except ValueError as error:
        return f"ValueError {error}"
    try:
        return str(10 // number)
    except ZeroDivisionError as error:
        return f"ZeroDivisionError {error}"


def check(name: str, count: int) -> None:
    if not name:
        raise NameProblemError("empty")
    if count > 3:
        raise LimitError(count)


def own(name: str, count: int) -> str:
    try:
        check(name, count)
    except LimitError as error:
        return f"limit {error.limit + 1}"
    except NameProblemError as error:
        return f"name {error.name.upper()}"
    return "fine"


def run() -> str:
    lines = [builtin("x"), builtin("0"), builtin("5")]
    lines += [own("a", 1), own("a", 9), own("", 1)]
    return "\n".join(lines)
