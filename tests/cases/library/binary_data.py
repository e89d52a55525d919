"""Binary data."""


def struct():
    import struct

    packed = struct.pack(">Hiqd4s", 1, -2, 3, 0.5, b"abcd")
    return f"{packed.hex()} {struct.unpack('>HiqdI', packed)} {struct.calcsize('<bI')}"


def codecs():
    """`utf-8`, `utf-16`, `utf-32`, `latin-1`, `ascii`; another one if it is named in the
    source, or imported"""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    parts = [decoder.decode(part) for part in (b"\xc3", b"\xa9")]
    return repr(
        [parts, codecs.encode("abc", "rot13"), codecs.encode(b"a", "hex"), "€".encode("cp1252")]
    )


def encodings():
    import encodings
    import encodings.aliases

    return f"{encodings.normalize_encoding('utf 8')} {encodings.aliases.aliases['latin1']}"


def encodings__idna():
    import encodings.idna

    return f"{'bücher.example'.encode('idna')} {encodings.idna.ToUnicode('xn--bcher-kva')}"


def encodings__punycode():
    import encodings.punycode

    return f"{encodings.punycode.punycode_encode('bücher')} {b'bcher-kva'.decode('punycode')}"
