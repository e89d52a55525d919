"""Decorators on methods, static methods, class methods and properties."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def checked(function: F) -> F:
    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(arg, int) and arg < 0 for arg in args):
            raise ValueError(f"{function.__name__} got a negative number")
        return function(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


class Account:
    rate = 2

    def __init__(self, balance: int) -> None:
        self.balance = balance

    @checked
    def deposit(self, amount: int) -> int:
        self.balance += amount
        return self.balance

    @classmethod
    @checked
    def interest(cls, amount: int) -> int:
        return amount * cls.rate

    @staticmethod
    @checked
    def double(amount: int) -> int:
        return amount * 2

    @property
    @checked
    def doubled(self) -> int:
        return self.balance * 2


def run() -> str:
    account = Account(10)
    lines = [f"{account.deposit(5)} {account.interest(7)} {Account.double(4)} {account.doubled}"]
    for action in (account.deposit, Account.interest, account.double):
        try:
            action(-1)
        except ValueError as error:
            lines.append(str(error))
    lines.append(f"{account.balance} {Account.deposit.__name__}")
    return "\n".join(lines)
