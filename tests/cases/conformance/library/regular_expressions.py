"""`re`: groups, names, flags, lazy and greedy, substitution with a function, look-around."""

import re

LOG = re.compile(r"(?P<level>[A-Z]+)\s+(?P<code>\d{3})?\s*(?P<text>.*)")


def bump(match: re.Match[str]) -> str:
    return str(int(match.group()) + 1)


def run() -> str:
    lines = []
    for text in ("ERROR 404 not found", "INFO all fine", "lower"):
        match = LOG.match(text)
        lines.append(str(match.groupdict()) if match else f"no match in {text!r}")
    lines.append(str(re.findall(r"(\w)(\d)", "a1b2 c")) + str(re.split(r"[,;]\s*", "a, b;c")))
    lines.append(re.sub(r"\d+", bump, "v1.9.99"))
    lines.append(re.sub(r"(\w+) (\w+)", r"\2 \g<1>", "hello big world", count=1))
    lines.append(str(re.findall("<.+?>", "<a><b>") + re.findall("<.+>", "<a><b>")))
    lines.append(str([m.span() for m in re.finditer("ab*", "abbb a xab")]))
    lines.append(str(re.findall(r"(?<=\$)\d+(?!\d|%)", "$5 $10% 7 $42")))
    lines.append(
        str(bool(re.fullmatch("ÉT", "ét", re.IGNORECASE)))
        + str(re.search("^b", "a\nb", re.MULTILINE))
    )
    lines.append(re.escape("a.b*c") + str(re.findall(rb"[\x00-\x1f]", b"a\x01\n")))
    optional = re.match("(a)?(b)", "b")
    lines.append(f"{re.subn('a', 'b', 'banana')} {optional.groups('-') if optional else None}")
    try:
        re.compile("(unclosed")
    except re.error as error:
        lines.append(str(error))
    return "\n".join(lines)
