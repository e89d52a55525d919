"""Checksums with 32-bit masks: CRC-32, Adler, FNV, a linear generator, a bloom filter, Luhn."""

MASK = 0xFFFFFFFF


def crc32(data: bytes) -> int:
    value = MASK
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value ^ MASK


def adler32(data: bytes) -> int:
    a, b = 1, 0
    for byte in data:
        a = (a + byte) % 65521
        b = (b + a) % 65521
    return b << 16 | a


def fnv(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def random_numbers(seed: int, count: int) -> list[int]:
    numbers = []
    for _ in range(count):
        seed = (seed * 1664525 + 1013904223) & MASK
        numbers.append(seed)
    return numbers


def luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


class Bloom:
    def __init__(self) -> None:
        self.bits = 0

    def add(self, word: str) -> None:
        for salt in (b"a", b"b", b"c"):
            self.bits |= 1 << fnv(salt + word.encode()) % 256

    def __contains__(self, word: str) -> bool:
        return all(self.bits >> fnv(s + word.encode()) % 256 & 1 for s in (b"a", b"b", b"c"))


def run() -> str:
    data = b"123456789"
    lines = [f"{crc32(data):08x} {adler32(data):08x} {fnv(data):016x} {crc32(b'')} {adler32(b'')}"]
    lines.append(str(random_numbers(42, 4)))
    lines.append(f"{luhn('79927398713')} {luhn('79927398710')} {luhn('')}")
    bloom = Bloom()
    for word in ("red", "green", "blue"):
        bloom.add(word)
    lines.append(f"{'red' in bloom} {'blue' in bloom} {'mauve' in bloom} {bloom.bits.bit_count()}")
    return "\n".join(lines)
