"""Sound and colours, in memory."""


def wave():
    import io
    import wave

    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(b"\0\1" * 4)
    with wave.open(io.BytesIO(target.getvalue())) as sound:
        return f"{sound.getparams()} {sound.readframes(2)}"


def aifc():
    import aifc
    import io

    target = io.BytesIO()
    sound = aifc.open(target, "wb")
    sound.setparams((1, 2, 8000, 0, b"NONE", b"not compressed"))
    sound.writeframes(b"\0\1" * 4)
    data = target.getvalue()
    return f"{len(data)} {data[:4]}"


def sunau():
    import io
    import sunau

    target = io.BytesIO()
    sound = sunau.open(target, "wb")
    sound.setparams((1, 2, 8000, 4, "NONE", "not compressed"))
    sound.writeframes(b"\0\1" * 4)
    return f"{target.getvalue().hex()}"


def chunk():
    import chunk
    import io

    part = chunk.Chunk(io.BytesIO(b"ABCD\0\0\0\3xyz\0"))
    return f"{part.getname()} {part.getsize()} {part.read()}"


def sndhdr():
    """the tests of bytes; `what` reads a file"""
    import io
    import sndhdr

    header = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0@\x1f\0\0\1\0\x08\0data\0\0\0\0"
    return repr(sndhdr.test_wav(header, io.BytesIO(header)))


def imghdr():
    """of bytes: `what(None, h=data)`"""
    import imghdr

    return f"{imghdr.what(None, h=b'GIF89a')} {imghdr.what(None, h=b'none')}"


def audioop():
    import audioop

    return repr(
        [audioop.max(b"abcd", 2), audioop.add(b"ab", b"cd", 1), audioop.lin2ulaw(b"abcd", 2)]
    )


def colorsys():
    import colorsys

    return f"{colorsys.rgb_to_hsv(0.5, 0.25, 0.75)} {colorsys.hls_to_rgb(0.5, 0.5, 0.5)}"
