"""`encode` and `decode`: several encodings, error handlers, surrogates."""


def attempt(data: bytes, encoding: str, errors: str = "strict") -> str:
    try:
        return ascii(data.decode(encoding, errors))
    except UnicodeDecodeError as error:
        return f"{error.reason} at {error.start}:{error.end}"


def run() -> str:
    text = "é€🦊"
    lines = [text.encode().hex(), text.encode("utf-16-be").hex(), text.encode("utf-32-le").hex()]
    lines.append(f"{text.encode('ascii', 'replace')!r} {text.encode('ascii', 'ignore')!r}")
    lines.append(f"{text.encode('ascii', 'backslashreplace')!r}")
    lines.append(
        f"{text.encode('ascii', 'xmlcharrefreplace')!r} {text.encode('latin-1', 'replace')!r}"
    )
    broken = b"a\xffb\xc3"
    lines += [attempt(broken, "utf-8", errors) for errors in ("strict", "replace", "ignore")]
    lines += [attempt(broken, "utf-8", "backslashreplace"), attempt(broken, "latin-1")]
    lines += [
        attempt(b"\xed\xa0\x80", "utf-8"),
        attempt(b"\xf0\x9f", "utf-8"),
        attempt(b"\x80", "ascii"),
    ]
    lines += [attempt(b"\xff\xfea\x00", "utf-16"), attempt(b"a", "utf-16-le")]
    escaped = broken.decode("utf-8", "surrogateescape")
    lines.append(f"{escaped!a} {escaped.encode('utf-8', 'surrogateescape') == broken}")
    lone = "\ud800"
    try:
        lone.encode()
    except UnicodeEncodeError as error:
        lines.append(f"{error.reason} {lone!a} {lone.encode('utf-8', 'surrogatepass')!r}")
    lines.append(f"{len(lone)} {lone > text} {lone < text}")
    return "\n".join(lines)
