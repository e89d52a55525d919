"""Exact sums: decimals, fractions and integers; shares that add up; interest; change."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, getcontext, localcontext
from fractions import Fraction


def split(total: int, weights: list[int]) -> list[int]:
    """Shares in proportion, the largest remainders first."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_rest[: total - sum(shares)]:
        shares[index] += 1
    return shares


def compound(amount: Decimal, rate: Decimal, years: int) -> Decimal:
    for _ in range(years):
        amount = (amount * (1 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return amount


def egyptian(value: Fraction) -> list[str]:
    parts = []
    while value:
        unit = Fraction(1, -(-value.denominator // value.numerator))
        parts.append(str(unit))
        value -= unit
    return parts


def run() -> str:
    lines = [
        f"{split(100, [1, 1, 1])} {split(7, [5, 3, 2])} {split(0, [1, 2])} {split(10**20, [1, 2])}"
    ]
    lines.append(
        f"{Decimal('0.1') + Decimal('0.2')} {compound(Decimal(1000), Decimal('0.035'), 10)}"
    )
    lines.append(f"{Decimal(1) / Decimal(7)} {Decimal('2.50').normalize()} {Decimal('0.16'):.1f}")
    halves = [Decimal(text).quantize(Decimal(1), ROUND_HALF_EVEN) for text in ("0.5", "1.5", "2.5")]
    lines.append(" ".join(map(str, halves)))
    with localcontext() as context:
        context.prec = 50
        lines.append(str(Decimal(2).sqrt()))
    lines.append(f"{getcontext().prec} {egyptian(Fraction(7, 15))} {egyptian(Fraction(4, 13))}")
    lines.append(f"{sum([Fraction(1, 3)] * 3)} {Fraction('0.125')} {float(Fraction(1, 8))}")
    return "\n".join(lines)
