"""Records packed with `struct` and by hand, both orders, and read back with a cursor."""

import struct


class Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) < size:
            raise EOFError(f"{size - len(part)} bytes missing")
        self._at += size
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self) -> str:
        return self.take(self.number(1)).decode()


def write(name: str, age: int) -> bytes:
    raw = name.encode()
    return bytes([len(raw)]) + raw + age.to_bytes(2, "little")


def run() -> str:
    reader = Reader(write("zoë", 300) + write("", 7))
    lines = [f"{reader.text()} {reader.number(2)} {reader.text()!r} {reader.number(2)}"]
    try:
        reader.number(4)
    except EOFError as error:
        lines.append(str(error))
    packed = struct.pack("<BhIqd3s?", 255, -2, 2**32 - 1, -(2**63), 0.5, b"ab", True)
    lines.append(f"{packed.hex()} {struct.calcsize('<BhIqd3s?')}")
    lines.append(str(struct.unpack("<BhIqd3s?", packed)))
    lines.append(
        f"{struct.pack('>I', 1).hex()} {struct.pack('!2H', 1, 2)!r} {struct.pack('<f', 0.1).hex()}"
    )
    lines.append(str(list(struct.iter_unpack(">H", bytes(range(6))))))
    try:
        struct.pack("<B", 256)
    except struct.error as packing_error:
        lines.append(str(packing_error))
    return "\n".join(lines)
