"""`//`, `%` and `divmod` with all signs, small and huge; the identity that binds them."""


def check(a: int, b: int) -> str:
    quotient, remainder = divmod(a, b)
    assert quotient == a // b
    assert remainder == a % b
    assert quotient * b + remainder == a
    assert remainder == 0 or (remainder > 0) == (b > 0)
    return f"{quotient} {remainder}"


def run() -> str:
    lines = [check(a, b) for a in (7, -7) for b in (2, -2)]
    lines += [check(0, -5), check(-1, 10**30), check(10**30, -7), check(-(10**30), 10**15)]
    lines += [check(2**63, 3), check(-(2**63), -1), check(2**62, -(2**62)), check(1, 2**64)]
    lines.append(f"{-7 // 2} {int(-7 / 2)} {-7 % 3} {7 % -3} {-(7 // 2)} {-1 // 4}")
    number = -(2**62)
    lines.append(f"{number // -1} {number % -1} {number // 2} {abs(number)} {-number}")
    number //= 7
    number %= 1000
    lines.append(str(number))
    return "\n".join(lines)
