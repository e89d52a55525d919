"""Exceptions of our own: attributes, `__str__`, order of handlers, arguments, repr."""


class BankError(Exception):
    """Root."""


class AmountError(BankError, ValueError):
    def __init__(self, amount: int, limit: int = 0) -> None:
        super().__init__(amount, limit)
        self.amount = amount
        self.limit = limit

    def __str__(self) -> str:
        return f"{self.amount} is not over {self.limit}"


class MissingError(BankError):
    code = 404


def pay(amount: int, accounts: list[str], name: str) -> str:
    if amount <= 0:
        raise AmountError(amount)
    if name not in accounts:
        raise MissingError(name, "unknown")
    return f"paid {amount}"


def attempt(amount: int, name: str) -> str:
    try:
        return pay(amount, ["ann"], name)
    except MissingError as missing:
        return f"{missing.code} {missing.args} {missing}"
    except ValueError as wrong:
        return f"{wrong} {wrong.args} {wrong!r} {isinstance(wrong, BankError)}"


def run() -> str:
    lines = [attempt(5, "ann"), attempt(0, "ann"), attempt(5, "bob")]
    lines.append(f"{Exception()!s}|{Exception('a')!s}|{Exception('a', 1)!s}|{Exception()!r}")
    lines.append(f"{KeyError('k')!s} {KeyError('k', 2)!s} {KeyError()!s}")
    lines.append(f"{issubclass(AmountError, BankError)} {MissingError.__mro__[1].__name__}")
    lines.append(str([cls.__name__ for cls in AmountError.__mro__[:4]]))
    return "\n".join(lines)
