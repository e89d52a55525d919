# differs: the final sigma
"""Cases: `title`, `capitalize`, `swapcase`, `casefold`, and letters that change length."""


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def caesar(text: str, shift: int) -> str:
    out = []
    for c in text:
        if c.isascii() and c.isalpha():
            first = ord("A") if c.isupper() else ord("a")
            c = chr((ord(c) - first + shift) % 26 + first)
        out.append(c)
    return "".join(out)


def run() -> str:
    dotless = "\u0131"
    text = "they're Élan and ǆ 2nd"
    lines = [text.title(), text.capitalize(), text.swapcase(), text.upper(), text.lower()]
    lines.append(f"{'Straße'.casefold()} {'Straße'.upper()} {'STRASSE'.lower()} {'ß'.title()}")
    lines.append(f"{'ﬁ'.upper()} {len('İ'.lower())} {'ΣΑΣ'.lower()} {'ŉ'.upper()}")
    lines.append(f"{'Straße'.casefold() == 'STRASSE'.casefold()} {dotless.upper()}")
    lines.append(f"{camel('to_camel_case')} {snake('toSnakeCase')} {snake(camel('a_b_c'))}")
    lines.append(
        f"{caesar('Hello, Zoë!', 3)} {caesar(caesar('Hello', 13), 13)} {caesar('abc', -30)}"
    )
    lines.append(
        f"{'ABC'.isupper()} {'aBC'.islower()} {'A1'.isupper()} {'1'.isupper()} {'Ab Cd'.istitle()}"
    )
    return "\n".join(lines)
