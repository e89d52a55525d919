"""The programs by themselves, as one would write them in Python: no decorators, nothing of scm.

Compiled by mypyc in one canister, and bytecode for the interpreter in the other.
"""

import hashlib
import json

from mypy_extensions import i64


def fib_iterative(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fib_i64(n: i64) -> i64:
    return n if n < 2 else fib_i64(n - 1) + fib_i64(n - 2)


def sum_to(n: int) -> int:
    total = 0
    for number in range(1, n + 1):
        total += number
    return total


def ackermann(m: int, n: int) -> int:
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def count_primes(limit: int) -> int:
    """The sieve of Eratosthenes."""
    is_prime = [True] * (limit + 1)
    number = 2
    while number * number <= limit:
        if is_prime[number]:
            multiple = number * number
            while multiple <= limit:
                is_prime[multiple] = False
                multiple += number
        number += 1
    count = 0
    for number in range(2, limit + 1):
        if is_prime[number]:
            count += 1
    return count


def after(number: int) -> int:
    """The next random number; all from 1 to 65,536 come before one comes again."""
    return number * 75 % 65_537


def random_numbers(count: int) -> list[int]:
    numbers = []
    number = 1
    for _ in range(count):
        number = after(number)
        numbers.append(number)
    return numbers


def digest_of(numbers: list[int]) -> int:
    """A number that tells their order."""
    digest = 0
    for number in numbers:
        digest = (digest * 31 + number) % 65_537
    return digest


def digest_random_numbers(count: int) -> int:
    """What `sort_random_numbers` does besides sorting."""
    return digest_of(random_numbers(count))


def sort_random_numbers(count: int) -> int:
    numbers = random_numbers(count)
    numbers.sort()
    return digest_of(numbers)


def build_text(count: int) -> str:
    text = ""
    for number in range(count):
        text += f"{number},"
    return text


def fill_dict(count: int) -> int:
    """Put `count` numbers in, then look each up."""
    places: dict[int, int] = {}
    number = 1
    for place in range(count):
        number = after(number)
        places[number] = place
    total = 0
    number = 1
    for _ in range(count):
        number = after(number)
        total += places[number]
    return total


class Account:
    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.balance = 0
        self.changes = 0

    def deposit(self, amount: int) -> None:
        self.balance += amount
        self.changes += 1

    def withdraw(self, amount: int) -> bool:
        if amount > self.balance:
            return False
        self.balance -= amount
        self.changes += 1
        return True


def move_money(count: int) -> int:
    accounts = [Account(f"user {number}") for number in range(10)]
    refused = 0
    for step in range(count):
        account = accounts[step % 10]
        if step % 3 < 2:
            account.deposit(step)
        elif not account.withdraw(step):
            refused += 1
    total = refused
    for account in accounts:
        total += account.balance + account.changes + len(account.owner)
    return total


def sha256(size: int) -> bytes:
    content = bytes(range(250)) * (size // 250)
    return hashlib.sha256(content).digest()


def round_trip_json(count: int) -> int:
    rows = [
        {"id": number, "name": f"user {number}", "tags": ["a", "b"], "is_active": number % 2 == 0}
        for number in range(count)
    ]
    text = json.dumps(rows)
    if json.loads(text) != rows:
        raise ValueError("not what it was")
    return len(text)
