"""Closures that share and change a variable, and independent copies of it."""

from collections.abc import Callable


def make_counter(start: int = 0) -> tuple[Callable[[], int], Callable[[int], None]]:
    count = start

    def step() -> int:
        nonlocal count
        count += 1
        return count

    def reset(to: int) -> None:
        nonlocal count
        count = to

    return step, reset


def make_account() -> dict[str, Callable[[int], int]]:
    balance = 100

    def deposit(amount: int) -> int:
        nonlocal balance
        balance += amount
        return balance

    def withdraw(amount: int) -> int:
        nonlocal balance
        if amount > balance:
            raise ValueError(f"only {balance}")
        balance -= amount
        return balance

    return {"in": deposit, "out": withdraw}


def run() -> str:
    step, reset = make_counter()
    other, _ = make_counter(10)
    lines = [f"{step()} {step()} {other()} {step()} {other()}"]
    reset(40)
    lines.append(f"{step()} {other()}")
    account = make_account()
    lines.append(f"{account['in'](50)} {account['out'](120)}")
    try:
        account["out"](31)
    except ValueError as error:
        lines.append(str(error))
    lines.append(str(account["in"](0)))
    return "\n".join(lines)
