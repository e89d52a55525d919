"""`memoryview`: windows on bytes that share memory, casts, slices, read-only ones."""


def checksum(view: memoryview) -> int:
    return sum(view) % 256


def run() -> str:
    buffer = bytearray(b"0123456789")
    view = memoryview(buffer)
    part = view[2:6]
    part[0] = 65
    part[1:3] = b"xy"
    lines = [f"{buffer!r} {bytes(part)!r} {part.tobytes()!r} {part.tolist()}"]
    lines.append(f"{len(view)} {view[0]} {view[-1]} {bytes(view[::-3])!r} {view.readonly}")
    lines.append(f"{checksum(view[:4])} {checksum(memoryview(b''))}")
    fixed = memoryview(b"abcd")
    try:
        fixed[0] = 1
    except TypeError as error:
        lines.append(str(error))
    words = memoryview(bytearray(8)).cast("H")
    words[1] = 0x0201
    lines.append(f"{words.tolist()} {words.itemsize} {words.nbytes} {bytes(words).hex()}")
    lines.append(
        f"{fixed == memoryview(b'abcd')} {fixed.hex()} {fixed.format} {fixed.shape} {98 in fixed}"
    )
    try:
        buffer.append(1)
    except BufferError as buffer_error:
        lines.append(type(buffer_error).__name__)
    part.release()
    view.release()
    buffer.append(33)
    lines.append(repr(buffer))
    return "\n".join(lines)
