"""`i64` of mypy_extensions, within its range: arithmetic, comparison, conversion, bits."""

from mypy_extensions import i64


def checksum(text: str) -> i64:
    value: i64 = 7
    for character in text:
        value = (value * 31 + ord(character)) % 1_000_000_007
    return value


def count_bits(number: i64) -> i64:
    count: i64 = 0
    while number != 0:
        count += number & 1
        number >>= 1
    return count


def power(base: i64, exponent: int) -> i64:
    result = i64(1)
    for _ in range(exponent):
        result *= base
    return result


def run() -> str:
    lines = [str(checksum("canister")), str(count_bits(2**62 - 1)), str(power(-3, 39))]
    low: i64 = -(2**63)
    high: i64 = 2**63 - 1
    lines.append(f"{low} {high} {low + high} {low // 3} {low % 3} {high // -7} {high % -7}")
    lines.append(f"{low < high} {high == 2**63 - 1} {int(high) + 1} {high ^ low} {~high == low}")
    values: list[i64] = [5, -2, 2**40]
    lines.append(f"{sorted(values)} {sum(values)} {i64(7.9)} {i64('12')} {values[0] << 3}")
    return "\n".join(lines)
