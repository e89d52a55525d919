# differs: int compared with float
"""`hex`, `fromhex`, `as_integer_ratio`, `is_integer`, `frexp`, `fsum` and exact comparisons."""

from math import frexp, fsum, ldexp, modf, nextafter, ulp


def run() -> str:
    lines = [f"{(0.1).hex()} {(1.0).hex()} {(-0.0).hex()} {(5e-324).hex()} {(255.5).hex()}"]
    lines.append(f"{float.fromhex('0x1.8p3')} {float.fromhex('-0x.1')} {float.fromhex('inf')}")
    lines.append(
        f"{(0.75).as_integer_ratio()} {(-2.5).as_integer_ratio()} {(3.0).as_integer_ratio()}"
    )
    top, bottom = (0.1).as_integer_ratio()
    lines.append(f"{top} {bottom} {top / bottom == 0.1}")
    lines.append(f"{(2.0).is_integer()} {(2.5).is_integer()} {(1e300).is_integer()}")
    lines.append(f"{frexp(10.0)} {frexp(0.0)} {ldexp(0.625, 4)} {modf(-3.25)}")
    tenths = [0.1] * 10
    lines.append(
        f"{sum(tenths)} {fsum(tenths)} {fsum([1e16, 1.0, -1e16])} {sum([1e16, 1.0, -1e16])}"
    )
    lines.append(f"{0.1 + 0.2 == 0.3} {0.5 == 1 / 2} {2**53 + 1 == 2.0**53} {3 == 3.0}")
    lines.append(f"{nextafter(1.0, 2.0)} {ulp(1.0)} {ulp(1e16)}")
    lines.append(str({1: "int", 2.5: "float"}[1.0]))
    return "\n".join(lines)
