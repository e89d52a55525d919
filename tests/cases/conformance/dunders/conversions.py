"""`__index__`, `__int__`, `__float__`, `__complex__`, `__bytes__`, `__round__`, `__format__`."""

from math import ceil, floor, trunc


class Roman:
    VALUES = (("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1))

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value

    def __str__(self) -> str:
        rest, text = self.value, ""
        for letters, size in self.VALUES:
            while rest >= size:
                text += letters
                rest -= size
        return text

    def __format__(self, spec: str) -> str:
        return format(str(self), spec) if not spec.endswith("d") else format(self.value, spec)


class Half:
    def __init__(self, halves: int) -> None:
        self.halves = halves

    def __float__(self) -> float:
        return self.halves / 2

    def __int__(self) -> int:
        return self.halves // 2

    def __complex__(self) -> complex:
        return complex(0, self.halves / 2)

    def __bytes__(self) -> bytes:
        return b"h" * self.halves

    def __round__(self, digits: int = 0) -> str:
        return f"round {digits}"

    def __floor__(self) -> int:
        return self.halves // 2

    def __ceil__(self) -> int:
        return -(-self.halves // 2)

    def __trunc__(self) -> int:
        return 99


def run() -> str:
    three, half = Roman(3), Half(5)
    lines = [f"{'abcdef'[three]} {[1, 2, 3, 4][three:]} {list(range(three))} {hex(three)}"]
    lines.append(f"[{Roman(14):>6}] [{Roman(9):03d}] {Roman(18)} {bytes(three)!r} {int(three)}")
    lines.append(f"{float(half)} {int(half)} {complex(half)} {bytes(half)!r}")
    lines.append(f"{round(half)} {round(half, 2)} {floor(half)} {ceil(half)} {trunc(half)}")
    try:
        lines.append("abc"[half])  # type: ignore[index]
    except TypeError as error:
        lines.append(type(error).__name__)
    return "\n".join(lines)
