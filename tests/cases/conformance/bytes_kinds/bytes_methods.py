"""`bytes`: literals, indices, methods like those of texts, comparison, conversion."""


def run() -> str:
    data = b"one two\x00\xff"
    lines = [f"{data!r} {len(data)} {data[0]} {data[-1]} {data[:3]!r} {data[::-4]!r}"]
    lines.append(f"{data.split()} {b'a,b'.split(b',')} {b'-'.join([b'x', b'y'])!r}")
    lines.append(
        f"{data.find(b'two')} {b'tw' in data} {255 in data} {data.count(b'o')} {data.index(0)}"
    )
    lines.append(
        f"{b'abc'.upper()!r} {b' x '.strip()!r} {b'aXa'.replace(b'a', b'')!r} {b'7'.zfill(3)!r}"
    )
    lines.append(f"{b'ab' + b'c'!r} {b'ab' * 2!r} {b'a' < b'b'} {b'a' == b'a'} {bool(b'')}")
    lines.append(
        f"{bytes(3)!r} {bytes([1, 255])!r} {bytes('é', 'utf-8')!r} {bytes(range(65, 70))!r}"
    )
    lines.append(
        f"{data.hex()} {b'abcd'.hex('-')} {b'abcdef'.hex(':', 2)} {bytes.fromhex('0a FF')!r}"
    )
    lines.append(
        f"{b'abc'.translate(None, b'b')!r} {b'ab'.translate(bytes.maketrans(b'a', b'z'))!r}"
    )
    lines.append(
        f"{list(b'hi')} {sum(b'hi')} {max(b'hi')} {sorted(b'hi', reverse=True)} {tuple(b'')}"
    )
    lines.append(f"{b'%d%%' % 5!r} {b'a1'.isalnum()} {b'A'.isupper()} {b'x'.center(3, b'.')!r}")
    for values in ([256], [-1]):
        try:
            lines.append(repr(bytes(values)))
        except ValueError as error:
            lines.append(str(error))
    lines.append(f"{b'a'.decode() == 'a'} {b'k=v'.partition(b'=')} {b'x'.startswith((b'y', b'x'))}")
    return "\n".join(lines)
