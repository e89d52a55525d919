"""`assert` with and without messages, side effects, what is in the exception."""


def check(value: int, log: list[str]) -> str:
    def text() -> str:
        log.append("message made")
        return f"{value} is too small"

    try:
        assert value > 10, text()
    except AssertionError as error:
        return f"AssertionError: {error}"
    return "fine"


def kinds() -> list[str]:
    found = []
    try:
        assert not "filled"
    except AssertionError as error:
        found.append(repr(error.args))
    try:
        assert tuple(found[1:]), ("a", 1)
    except AssertionError as second:
        found.append(repr(second.args))
    try:
        raise AssertionError("by hand")
    except AssertionError as third:
        found.append(str(third))
    return found


def invariant(values: list[int]) -> int:
    total = sum(values)
    assert all(value >= 0 for value in values), [value for value in values if value < 0]
    return total


def run() -> str:
    log: list[str] = []
    lines = [check(11, log), check(10, log), str(log), str(kinds()), str(invariant([1, 2]))]
    try:
        invariant([1, -2, -3])
    except AssertionError as error:
        lines.append(f"{error} {type(error.args[0]).__name__}")
    return "\n".join(lines)
