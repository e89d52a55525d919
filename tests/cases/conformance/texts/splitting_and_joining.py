"""`split`, `rsplit`, `partition`, `splitlines`, `join` with their edge cases."""

# ruff: noqa: SIM905


def run() -> str:
    text = "  one two   three "
    lines = [str(text.split()), str(text.split(" ")), str(text.split(None, 1))]
    lines.append(str("a,b,,c,".split(",")) + str("a,b,,c,".rsplit(",", 2)) + str("".split(",")))
    lines.append(f"{''.split()} {'abc'.split('abc')} {'a--b-c'.split('--')} {'xyz'.split('q')}")
    lines.append(f"{'k=v=w'.partition('=')} {'k=v=w'.rpartition('=')} {'kv'.partition('=')}")
    lines.append(f"{'kv'.rpartition('=')} {'='.partition('=')}")
    breaks = "a\nb\r\nc\rd\x0be\x85f\u2028g\n"
    lines.append(str(breaks.splitlines()))
    lines.append(str("a\nb\r\n\n".splitlines(keepends=True)) + str("".splitlines()))
    lines.append("-".join(["x"]) + "|" + ", ".join("abc") + "|" + "".join([]) + "|")
    lines.append(" ".join(sorted({"b": 1, "a": 2})) + "/".join(str(n) for n in range(3)))
    for action in (lambda: "a".split(""), lambda: ",".join(["a", 1])):  # type: ignore[list-item]
        try:
            lines.append(str(action()))
        except (ValueError, TypeError) as error:
            lines.append(str(error))
    lines.append(str("a\tb\fc\xa0d\u3000e".split()))
    lines.append(str([part.strip("-") for part in "--a-b--".split("-b")]))
    return "\n".join(lines)
