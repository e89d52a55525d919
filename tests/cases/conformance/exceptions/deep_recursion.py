"""Endless recursion ends in a RecursionError, and the program goes on."""


def endless(number: int) -> int:
    return endless(number + 1) + 1


def depth(number: int) -> int:
    return 0 if number == 0 else 1 + depth(number - 1)


def run() -> str:
    lines = [str(depth(100))]
    try:
        lines.append(str(endless(0)))
    except RecursionError as error:
        lines.append(type(error).__name__)
    lines.append(str(depth(50)))
    lines.append(str(issubclass(RecursionError, RuntimeError)))
    return "\n".join(lines)
