"""Factorials, powers, Fibonacci numbers and their digits; square roots of huge numbers."""

from math import comb, factorial, isqrt, perm


def digit_sum(number: int) -> int:
    return sum(int(digit) for digit in str(number))


def factorial_by_hand(number: int) -> int:
    result = 1
    for factor in range(2, number + 1):
        result *= factor
    return result


def fibonacci(number: int) -> int:
    a, b = 0, 1
    for bit in bin(number)[2:]:
        a, b = a * (2 * b - a), a * a + b * b
        if bit == "1":
            a, b = b, a + b
    return a


def run() -> str:
    lines = [str(digit_sum(factorial_by_hand(300))), str(len(str(factorial(500))))]
    lines.append(str(factorial(40) == factorial_by_hand(40)))
    lines.append(f"{digit_sum(3**1000)} {str(7**400)[:12]} {str(7**400)[-12:]}")
    lines.append(f"{fibonacci(300)} {digit_sum(fibonacci(2000))}")
    root = isqrt(2 * 10**60)
    lines.append(f"{root} {root**2 <= 2 * 10**60 < (root + 1) ** 2}")
    lines.append(f"{comb(100, 50)} {perm(20, 5)} {isqrt(0)} {isqrt(10**40 - 1)}")
    lines.append(f"{2**521 - 1 > 10**156} {10**156 > 2**520} {-(10**50) < -(10**49)}")
    lines.append(f"{10**25 == 10**25 + 0} {10**40 // 10**39} {(10**40 + 5) % 10**10}")
    lines.append(str(sum(10**n for n in range(0, 30, 3))))
    return "\n".join(lines)
