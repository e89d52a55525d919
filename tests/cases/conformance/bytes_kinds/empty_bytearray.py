"""`bytearray()` without an argument."""


def encode(number: int) -> bytes:
    out = bytearray()
    while True:
        out.append(number % 128)
        number //= 128
        if not number:
            return bytes(out)


def gather(parts: list[bytes]) -> bytearray:
    whole = bytearray()
    for part in parts:
        whole += part
        whole.append(0)
    return whole


def run() -> str:
    lines = [
        repr(bytearray()),
        encode(300).hex(),
        encode(0).hex(),
        repr(gather([b"ab", b"", b"c"])),
    ]
    lines.append(f"{gather([])!r} {bytearray() == b''} {len(bytearray())} {bool(bytearray())}")
    return "\n".join(lines)
