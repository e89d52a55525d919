"""`pow` with a modulus, inverses, a primality test, and RSA with small numbers."""

from math import gcd


def is_prime(number: int) -> bool:
    if number < 2 or any(number % p == 0 and number != p for p in (2, 3, 5, 7, 11, 13)):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd //= 2
        twos += 1
    for base in (2, 3, 5, 7, 11, 13, 17):
        value = pow(base, odd, number)
        if number == base or value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


def run() -> str:
    lines = [str(pow(3, 1000, 10**9 + 7)), str(pow(2, 10**6, 1009)), str(pow(7, 0, 1))]
    lines.append(f"{pow(3, -1, 11)} {pow(-2, 3, 5)} {pow(2, 3, -5)} {pow(2**200, 3, 10**20 + 39)}")
    try:
        pow(6, -1, 9)
    except ValueError as error:
        lines.append(str(error))
    lines.append(str([n for n in range(900, 1000) if is_prime(n)]))
    lines.append(f"{is_prime(2**127 - 1)} {is_prime(2**127 + 1)} {is_prime(3215031751)}")
    p, q, e = 10**9 + 7, 998244353, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    message = 123456789012345
    secret = pow(message, e, p * q)
    lines.append(f"{secret} {pow(secret, d, p * q) == message} {gcd(e, p - 1)}")
    return "\n".join(lines)
