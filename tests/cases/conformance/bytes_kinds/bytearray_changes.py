"""`bytearray`: built from values, changed in place, grown, shrunk, sliced."""


def xor(data: bytes, key: bytes) -> bytearray:
    out = bytearray(data)
    for index in range(len(out)):
        out[index] ^= key[index % len(key)]
    return out


def run() -> str:
    buffer = bytearray(b"abc")
    buffer.append(100)
    buffer.extend(b"ef")
    buffer += b"g"
    lines = [repr(buffer)]
    buffer[0] = 65
    buffer[1:3] = b"----"
    del buffer[-1]
    lines.append(f"{buffer!r} {len(buffer)} {buffer.pop()} {buffer.pop(0)} {buffer!r}")
    buffer.insert(2, 42)
    buffer.reverse()
    buffer.remove(42)
    lines.append(f"{buffer!r} {bytes(buffer)!r} {buffer == bytes(buffer)} {buffer.decode()}")
    buffer[::2] = b"123"[: len(buffer[::2])]
    lines.append(repr(buffer))
    buffer.clear()
    lines.append(f"{buffer!r} {bool(buffer)} {bytearray(2)!r} {bytearray([7, 8])!r}")
    lines.append(f"{xor(bytes(xor(b'secret', b'key')), b'key')!r} {xor(b'ab', b'ab').hex()}")
    copied = bytearray(b"same")
    alias = copied
    alias *= 2
    lines.append(f"{copied!r} {copied is alias} {copied[2:6]!r} {type(copied[2:6]).__name__}")
    try:
        copied[0] = 256
    except ValueError as error:
        lines.append(str(error))
    return "\n".join(lines)
