"""Endless generators with `islice` and `takewhile`; a sieve built of generators."""

from collections.abc import Iterator
from itertools import count, islice, takewhile


def fibonacci() -> Iterator[int]:
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def without_multiples(numbers: Iterator[int], prime: int) -> Iterator[int]:
    return (number for number in numbers if number % prime)


def primes() -> Iterator[int]:
    numbers: Iterator[int] = count(2)
    while True:
        prime = next(numbers)
        yield prime
        numbers = without_multiples(numbers, prime)


def collatz(number: int) -> Iterator[int]:
    while number != 1:
        yield number
        number = number // 2 if number % 2 == 0 else 3 * number + 1
    yield 1


def run() -> str:
    lines = [str(list(islice(fibonacci(), 12)))]
    lines.append(str(next(islice(fibonacci(), 150, None))))
    lines.append(str(list(islice(primes(), 12))))
    lines.append(str(list(takewhile(lambda n: n < 60, fibonacci()))))
    lines.append(str(list(collatz(6))))
    lines.append(str(sum(1 for _ in collatz(27))))
    lines.append(str(list(islice(fibonacci(), 5, 20, 5))))
    return "\n".join(lines)
