"""`to_bytes` and `from_bytes`: order, sign, length, overflow."""


def minimal(number: int) -> bytes:
    """The shortest two's complement, big end first."""
    return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, signed=True)


def varint(number: int) -> bytes:
    out = bytearray(b"")
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def run() -> str:
    lines = [(1024).to_bytes(2, "big").hex(), (1024).to_bytes(4, "little").hex()]
    lines.append((-2).to_bytes(3, "big", signed=True).hex())
    low, high = b"\x00\xff", b"\xff\xfe"
    lines.append(f"{int.from_bytes(low)} {int.from_bytes(low, 'little')} {int.from_bytes(b'')}")
    lines.append(f"{int.from_bytes(high, signed=True)} {int.from_bytes(high, 'big')}")
    numbers = (0, 127, 128, -128, -129, 2**64, -(2**64), 10**20)
    lines.append(" ".join(minimal(number).hex() for number in numbers))
    lines.append(str(all(int.from_bytes(minimal(n), signed=True) == n for n in numbers)))
    lines.append(" ".join(varint(number).hex() for number in (0, 127, 128, 300, 2**70)))
    for number, length, signed in ((256, 1, False), (-1, 1, False), (128, 1, True)):
        try:
            number.to_bytes(length, "big", signed=signed)
        except OverflowError as error:
            lines.append(str(error))
    lines.append(str(int.from_bytes([1, 2, 3], "big")))
    lines.append(f"{(5).to_bytes()!r} {(0).to_bytes(0)!r}")
    return "\n".join(lines)
