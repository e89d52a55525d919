"""Prime numbers: Eratosthenes by slices, segmented, factorization, totients, twin primes."""

from itertools import pairwise


def sieve(limit: int) -> list[int]:
    flags = [True] * (limit + 1)
    flags[0:2] = [False, False]
    for number in range(2, int(limit**0.5) + 1):
        if flags[number]:
            flags[number * number :: number] = [False] * len(
                range(number * number, limit + 1, number)
            )
    return [number for number, is_prime in enumerate(flags) if is_prime]


def segment(low: int, high: int) -> list[int]:
    flags = bytearray(b"\x01") * (high - low)
    for prime in sieve(int(high**0.5) + 1):
        start = max(prime * prime, (low + prime - 1) // prime * prime)
        for multiple in range(start, high, prime):
            flags[multiple - low] = 0
    return [low + index for index, flag in enumerate(flags) if flag]


def factorize(number: int) -> dict[int, int]:
    factors: dict[int, int] = {}
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            factors[divisor] = factors.get(divisor, 0) + 1
            number //= divisor
        divisor += 1 if divisor == 2 else 2
    if number > 1:
        factors[number] = factors.get(number, 0) + 1
    return factors


def totient(number: int) -> int:
    for prime in factorize(number):
        number = number // prime * (prime - 1)
    return number


def run() -> str:
    primes = sieve(2000)
    lines = [f"{len(primes)} {primes[-3:]} {sum(primes)} {sieve(1)} {sieve(2)}"]
    lines.append(str(segment(10**9, 10**9 + 100)))
    lines.append(str([factorize(number) for number in (1, 2, 97, 360, 2**20, 600851475143)]))
    lines.append(f"{[totient(number) for number in range(1, 13)]} {totient(10**6)}")
    lines.append(str([(a, b) for a, b in pairwise(primes) if b - a == 2][-2:]))
    return "\n".join(lines)
