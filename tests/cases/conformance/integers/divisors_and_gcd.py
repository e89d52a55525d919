"""`gcd`, `lcm`, Euclid extended, perfect numbers, and sums over ranges."""

from functools import reduce
from math import gcd, lcm, prod


def extended(a: int, b: int) -> tuple[int, int, int]:
    if b == 0:
        return a, 1, 0
    divisor, x, y = extended(b, a % b)
    return divisor, y, x - a // b * y


def divisors(number: int) -> list[int]:
    small = [d for d in range(1, int(number**0.5) + 1) if number % d == 0]
    return small + [number // d for d in reversed(small) if d * d != number]


def chinese(remainders: dict[int, int]) -> int:
    modulus = prod(remainders)
    total = 0
    for prime, remainder in remainders.items():
        rest = modulus // prime
        total += remainder * rest * pow(rest, -1, prime)
    return total % modulus


def run() -> str:
    lines = [f"{gcd(12, -18)} {gcd(0, 5)} {gcd()} {gcd(2**100, 6**50) == 2**50}"]
    lines.append(f"{lcm(4, 6)} {lcm()} {lcm(0, 3)} {lcm(*range(1, 30))}")
    divisor, x, y = extended(240, 46)
    lines.append(f"{divisor} {x} {y} {240 * x + 46 * y}")
    lines.append(f"{divisors(360)} {divisors(49)}")
    lines.append(str([n for n in range(2, 600) if sum(divisors(n)) == 2 * n]))
    lines.append(str(chinese({3: 2, 5: 3, 7: 2})))
    lines.append(f"{reduce(gcd, [84, 36, 120])} {prod(range(1, 21))} {prod(())}")
    lines.append(f"{sum(range(10**5))} {len(range(0, 10**8, 7))} {10**12 in range(0, 10**13, 5)}")
    return "\n".join(lines)
