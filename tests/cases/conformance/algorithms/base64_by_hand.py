"""Base64 with bit operations, compared with the library's; hex and base 58 likewise."""

import base64

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def encode(data: bytes) -> str:
    out = []
    for start in range(0, len(data), 3):
        part = data[start : start + 3]
        bits = int.from_bytes(part.ljust(3, b"\0"), "big")
        letters = [ALPHABET[bits >> shift & 63] for shift in (18, 12, 6, 0)]
        out.append("".join(letters[: len(part) + 1]).ljust(4, "="))
    return "".join(out)


def decode(text: str) -> bytes:
    if len(text) % 4:
        raise ValueError(f"{len(text)} characters are no multiple of 4")
    out = b""
    for start in range(0, len(text), 4):
        part = text[start : start + 4]
        bits = 0
        for c in part:
            bits = bits << 6 | (ALPHABET.index(c) if c != "=" else 0)
        out += bits.to_bytes(3, "big")[: 3 - part.count("=")]
    return out


def encode58(data: bytes) -> str:
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        out = BASE58[digit] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def run() -> str:
    samples = [b"", b"f", b"fo", b"foo", b"foob", bytes(range(250, 256)), "naïve".encode()]
    lines = [" ".join(encode(sample) for sample in samples)]
    lines.append(str([encode(sample) == base64.b64encode(sample).decode() for sample in samples]))
    lines.append(str([decode(encode(sample)) == sample for sample in samples]))
    for text in ("abc", "a$cd"):
        try:
            decode(text)
        except ValueError as error:
            lines.append(str(error))
    lines.append(f"{encode58(b'hello')} {encode58(bytes(3))} {encode58(bytes([0, 255]))}")
    return "\n".join(lines)
