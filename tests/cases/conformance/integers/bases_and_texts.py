# differs: the text of an error
"""Texts of numbers in all bases and back, underscores, signs, prefixes, refusals."""

SPACED = "  -42\n"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def to_base(number: int, base: int) -> str:
    sign, number = ("-", -number) if number < 0 else ("", number)
    digits = []
    while True:
        number, digit = divmod(number, base)
        digits.append(DIGITS[digit])
        if number == 0:
            return sign + "".join(reversed(digits))


def attempt(text: str, base: int = 10) -> str:
    try:
        return str(int(text, base))
    except ValueError as error:
        return str(error)


def run() -> str:
    numbers = (0, 1, -255, 10**30, -(2**70))
    bases = (2, 7, 16, 36)
    lines = [str(all(int(to_base(n, b), b) == n for n in numbers for b in bases))]
    lines.append(f"{to_base(10**30, 36)} {to_base(-255, 2)} {to_base(0, 16)}")
    lines.append(f"{bin(-10)} {oct(511)} {hex(-(2**64))} {bin(0)}")
    lines.append(f"{int(SPACED)} {int('+7')} {int('1_000')} {int('0x1F', 16)} {int('0b11', 0)}")
    lines.append(f"{int('zz', 36)} {int('-0o17', 8)} {int('٣٤')} {0b1010_0101} {0o17} {0xFF}")
    lines += [attempt(""), attempt("1__0"), attempt("12", 2), attempt("0x", 16), attempt("1.5")]
    lines += [attempt("10", 1), attempt("08", 0), attempt("٣")]
    lines.append(f"{int(-2.9)} {int(2.9)} {int(1e20)} {int(True)} {int(SPACED.encode())}")
    lines.append(str(int("9" * 50) + 1))
    return "\n".join(lines)
